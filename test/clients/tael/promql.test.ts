import {expect, test} from 'vitest'
import type {Doc} from '../../../src/clients/tael/merge-lists.ts'
import {mergeSeries} from '../../../src/clients/tael/merge-series.ts'
import {splitPromql} from '../../../src/clients/tael/promql-split.ts'

test.each([
  ['up', 'up', [], undefined],
  [' http.requests{code=~"2..", by="sum(x) > 1"} ', 'http.requests{code=~"2..", by="sum(x) > 1"}', [], undefined],
  ['up >= 0.5', 'up', [], {op: '>=', threshold: 0.5}],
  ['sum(up)', 'up', [['sum', []]], undefined],
  ['sum(up) by (service, zone) > 3', 'up', [['sum', ['service', 'zone']]], {op: '>', threshold: 3}],
  [
    'avg by (service)(rate(up{a="("}[5m])) != 1', 'rate(up{a="("}[5m])', [['avg', ['service']]],
    {op: '!=', threshold: 1},
  ],
  ['max(sum(up) by (service))', 'up', [['sum', ['service']], ['max', []]], undefined],
  [
    'count(histogram_quantile(0.9, h) by (service))', 'histogram_quantile(0.9, h) by (service)', [['count', []]],
    undefined,
  ],
  [
    'histogram_quantile(0.95, h{a="b"}) by (x) > 100', 'histogram_quantile(0.95, h{a="b"}) by (x)', [],
    {op: '>', threshold: 100},
  ],
  ['summary.count', 'summary.count', [], undefined],
] as const)('%s is asked of shards as %s', (query, leaf, aggregations, compare) => {
  expect(splitPromql(query)).toMatchObject({leaf, aggregations: aggregations.map(([op, by]) => ({op, by})), compare})
})

test.each([
  ['a + b'], ['sum('], ['sum(up) by service'], ['up >'], ['up > soon'], ['sum(up))'], [''], ['rate'],
  ['sum without (a) (up)'], ['up > 1.2.3'],
])(
  '"%s" is left to the server', query => expect(splitPromql(query)).toBeUndefined())

const at = (second: number) => `2026-11-21T10:00:0${second}Z`
const series = (value: number | null, second: number, labels: Doc): Doc =>
  ({metric: 'm', labels, timestamp: at(second), value})
const answer = (query: string, ...shards: Doc[][]) => {
  const {document, estimates} = mergeSeries(
    shards.map(each => ({query: 'asked', series: each})), query, splitPromql(query),
  )
  return {query: document['query'], count: document['count'], estimates, series:
    (document['series'] as Doc[]).map(each => [each['metric'], each['labels'], each['value'], each['timestamp']])}
}
const [a, b] = [{service: 'a', zone: '1'}, {service: 'b', zone: '1'}]

test('the newest point of a series counts, and sums are made over all series', () => {
  const shards = [[series(1, 1, a), series(5, 2, b)], [series(7, 3, a)]]
  expect(answer('m', ...shards)).toEqual({
    query: 'm', count: 2, estimates: [], series: [['m', a, 7, at(3)], ['m', b, 5, at(2)]],
  })
  expect(answer('sum(m)', ...shards).series).toEqual([['sum', {}, 12, at(3)]])
  expect(answer('avg(m) by (zone)', ...shards).series).toEqual([['avg', {zone: '1'}, 6, at(3)]])
  expect(answer('max(sum(m) by (service))', ...shards).series).toEqual([['max', {}, 7, at(3)]])
  expect(answer('count(m) by (nothing)', ...shards).series).toEqual([['count', {}, 2, at(3)]])
  expect(answer('sum(m) > 12', ...shards)).toMatchObject({count: 0, series: [], estimates: []})
  expect(answer('sum(m) >= 12', ...shards).series.length).toBe(1)
})

test('no number is no number, and loses against one', () => {
  const shards = [[series(null, 1, a)], [series(4, 1, b)]]
  expect(answer('sum(m)', ...shards).series[0]![2]).toBe(null)
  expect(answer('min(m)', ...shards).series[0]![2]).toBe(4)
  expect(answer('m > 1', ...shards).series.map(each => each[2])).toEqual([4])
})

test('a rate that two shards give of one series is an estimate; of one shard alone it is exact', () => {
  expect(answer('rate(m[5m])', [series(1, 1, a)], [series(3, 1, a)])).toMatchObject({
    estimates: ['series.value'], series: [['m', a, 2, at(1)]],
  })
  expect(answer('sum(rate(m[5m]))', [series(1, 1, a)], [series(3, 1, b)])).toMatchObject({
    estimates: [], series: [['sum', {}, 4, at(1)]],
  })
  expect(answer('not (a)', [series(1, 1, a)], [series(3, 1, b)]).estimates).toEqual(['series.value'])
})
