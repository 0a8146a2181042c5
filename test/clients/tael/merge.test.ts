import {expect, test} from 'vitest'
import {
  mergeComments, mergeLogs, mergeMetrics, mergeRollups, mergeSpans, mergeTrace,
} from '../../../src/clients/tael/merge-lists.ts'
import type {Doc} from '../../../src/clients/tael/merge-lists.ts'
import {mergeAnomalies} from '../../../src/clients/tael/merge-anomalies.ts'
import {
  correlationOf, mergeDiff, mergeIngest, mergeServices, mergeSummary, mergeTopology,
} from '../../../src/clients/tael/merge-reports.ts'

const at = (second: number, fraction = '') => `2026-11-21T10:00:0${second}${fraction}Z`
const span = (trace: string, id: string, start_time: string): Doc => ({trace_id: trace, span_id: id, start_time})

test('spans: one of each (trace, span), newest first to the nanosecond, cut to the limit', () => {
  const docs = [
    {spans: [span('t', 'a', at(3, '.000000001')), span('t', 'b', at(1))]},
    {spans: [span('t', 'c', at(3, '.000000002')), span('t', 'a', at(3, '.000000001')), span('u', 'a', at(2))]},
  ]
  const ids = (limit?: number) =>
    (mergeSpans(docs, limit).document['spans'] as Doc[]).map(each => `${each['trace_id']}${each['span_id']}`)
  expect(ids()).toEqual(['tc', 'ta', 'ua', 'tb'])
  expect(ids(2)).toEqual(['tc', 'ta'])
})

test('a trace is the union, oldest first, counted anew', () => {
  const merged = mergeTrace([
    {trace_id: 't', span_count: 1, spans: [span('t', 'b', at(2))]},
    {trace_id: 't', span_count: 2, spans: [span('t', 'a', at(1)), span('t', 'b', at(2))]},
  ])
  expect(merged.document).toMatchObject({trace_id: 't', span_count: 2, spans: [{span_id: 'a'}, {span_id: 'b'}]})
})

test('logs and points are the same when their content is, whatever the order of attributes', () => {
  const log = (attributes: Doc): Doc => ({timestamp: at(1), body: 'x', attributes})
  expect(mergeLogs([
    {logs: [log({a: '1', b: '2'})]}, {logs: [log({b: '2', a: '1'}), log({a: '1', b: '3'})]},
  ]).document['count']).toBe(2)
  const point = (value: number | bigint): Doc => ({timestamp: at(1), name: 'm', value})
  expect(mergeMetrics(
    [{metrics: [point(1), point(9007199254740993n)]}, {metrics: [point(1), point(9007199254740992n)]}], true,
  ).document['count']).toBe(3)
})

test('points without a name are sorted by name before the limit cuts, as the server does', () => {
  const docs = [
    {metrics: [{name: 'a', timestamp: at(5)}, {name: 'c', timestamp: at(1)}]},
    {metrics: [{name: 'c', timestamp: at(2)}]},
  ]
  expect(mergeMetrics(docs, false, 2).document['metrics']).toEqual([
    {name: 'c', timestamp: at(2)}, {name: 'c', timestamp: at(1)},
  ])
})

test('comments of all shards, each once, in their order', () => {
  const docs = [
    {comments: [{id: '2', created_at: at(2)}]},
    {comments: [{id: '1', created_at: at(1)}, {id: '2', created_at: at(2)}]},
  ]
  expect(mergeComments(docs).document['comments']).toEqual([{id: '1', created_at: at(1)}, {id: '2', created_at: at(2)}])
})

test('rollup buckets add up', () => {
  const row = (min: number, max: number, sum: number, count: number): Doc =>
    ({bucket_start: at(0), service: 's', name: 'm', min, max, sum, count, avg: sum / count})
  expect(mergeRollups([{rollups: [row(1, 5, 6, 2)]}, {rollups: [row(0, 4, 12, 4)]}]).document['rollups'])
    .toEqual([{bucket_start: at(0), service: 's', name: 'm', min: 0, max: 5, sum: 18, count: 6, avg: 3}])
})

test('services weigh by spans', () => {
  const row = (span_count: number, avg_duration_ms: number, error_rate: number): Doc =>
    ({name: 's', span_count, trace_count: 1, avg_duration_ms, error_rate})
  const merged = mergeServices([{services: [row(1, 10, 1)]}, {services: [row(3, 2, 0)]}])
  expect(merged).toEqual({
    estimates: ['trace_count'],
    document: {services: [{name: 's', span_count: 4, trace_count: 2, avg_duration_ms: 4, error_rate: 0.25}]},
  })
})

const summary = (spans: number, errors: number, ms: number): Doc => ({
  traces: {
    span_count: spans, trace_count: 1, error_count: errors, error_rate: 0, avg_ms: ms, max_ms: ms, p50_ms: ms,
    p95_ms: ms, p99_ms: ms,
  },
  top_services: [{service: 's', span_count: spans, error_rate: 0, p95_ms: ms}],
  top_error_operations: [{service: 's', operation: 'o', error_count: errors}],
  logs: {total: 1, error: 1, warn: 0, info: 0, debug: 0}, metrics: {point_count: 2, unique_names: 2},
})

test('a summary adds counts, recomputes the error rate, and marks percentiles', () => {
  const {document, estimates} = mergeSummary([summary(1, 1, 10), summary(3, 0, 2)])
  expect(document).toMatchObject({
    traces: {span_count: 4, error_count: 1, error_rate: 0.25, avg_ms: 4, max_ms: 10},
    top_services: [{service: 's', span_count: 4}], top_error_operations: [{error_count: 1}],
    logs: {total: 2, error: 2}, metrics: {point_count: 4, unique_names: 2},
  })
  expect(estimates).toContain('traces.p95_ms')
})

test('an idle shard makes nothing an estimate, and an idle pair gives zeroes', () => {
  expect(mergeSummary([summary(0, 0, 0), summary(3, 0, 2)]).estimates).toEqual([])
  expect(mergeSummary([summary(0, 0, 0), summary(0, 0, 0)]).document['traces']).toMatchObject({
    span_count: 0, error_rate: 0, p95_ms: 0,
  })
})

const windows = (now: [
  spans: number, rate: number, p95: number,
], before: [spans: number, rate: number, p95: number]) => {
  const side = ([span_count, error_rate, p95_ms]: number[], window_seconds: number): Doc =>
    ({
      window_seconds, service_filter: null,
      top_services: [{service: 's', span_count: span_count!, error_rate: error_rate!, p95_ms: p95_ms!}],
    })
  return {current: side(now, 60), baseline: side(before, 360)}
}
const found = (...docs: ReturnType<typeof windows>[]) =>
  (mergeAnomalies(docs).document['anomalies'] as Doc[]).map(each => [
    each['kind'], each['severity'], each['current'], each['baseline'],
  ])

test('error rates are judged over all spans, not slice by slice', () => {
  // One shard alone would say 60 % after 30 %, and high; over both it is 30 % after 15 %.
  expect(found(windows([10, 0.6, 5], [20, 0.3, 5]), windows([10, 0, 5], [20, 0, 5]))).toEqual([
    ['error_rate', 'medium', 0.3, 0.15],
  ])
  expect(found(windows([10, 0.5, 5], [20, 0, 5]), windows([10, 0.5, 5], [20, 0, 5]))).toEqual([
    ['error_rate', 'high', 0.5, 0],
  ])
  expect(found(windows([10, 0.05, 5], [20, 0, 5]))).toEqual([])
})

test('a p95 that rose is told as the shard saw it that saw most, and is an estimate', () => {
  const docs = [windows([10, 0, 200], [20, 0, 100]), windows([10, 0, 900], [20, 0, 100])]
  expect(found(...docs)).toEqual([['p95_latency', 'high', 900, 100]])
  expect(mergeAnomalies(docs)).toMatchObject({
    estimates: ['anomalies.p95_latency'], document: {current_seconds: 60, baseline_seconds: 360, service_filter: null},
  })
  expect(found(windows([10, 0, 149], [20, 0, 100]))).toEqual([])
  expect(found(windows([10, 0, 40], [20, 0, 16]))).toEqual([])
  expect(mergeAnomalies([docs[0]!]).estimates).toEqual([])
})

test('window figures: rates and totals add, means weigh by spans, the error rate comes of the totals, a zero baseline has no ratio', () => {
  const side = (current: number, baseline: number): Doc => ({current, baseline, delta: 0, ratio: null})
  const doc = (spans: number[], errors: number[], mean: Doc): Doc => ({
    spans_per_second: side(spans[0]! / 60, spans[1]! / 60), log_errors_per_second: side(0, 0), error_rate: side(1, 1),
    totals: {
      current_span_count: spans[0]!, baseline_span_count: spans[1]!, current_error_count: errors[0]!,
      baseline_error_count: errors[1]!,
    },
    ...Object.fromEntries(['avg_ms', 'p50_ms', 'p95_ms', 'p99_ms'].map(each => [each, mean])),
  })
  const {document, estimates} = mergeDiff([doc([60, 60], [6, 0], side(10, 4)), doc([180, 60], [6, 12], side(2, 2))])
  expect(document['spans_per_second']).toEqual({current: 4, baseline: 2, delta: 2, ratio: 2})
  expect(document['avg_ms']).toEqual({current: 4, baseline: 3, delta: 1, ratio: 4 / 3})
  expect(document['error_rate']).toEqual({current: 0.05, baseline: 0.1, delta: -0.05, ratio: 0.5})
  expect(document['log_errors_per_second']).toEqual({current: 0, baseline: 0, delta: 0, ratio: null})
  expect(document['totals']).toEqual({
    current_span_count: 240, baseline_span_count: 120, current_error_count: 12, baseline_error_count: 12,
  })
  expect(estimates).toEqual(['p50_ms', 'p95_ms', 'p99_ms'])
})

test('a correlation is counted over the union of the spans, to the microsecond', () => {
  const one = (service: string, start: string, end: string, status: string): Doc =>
    ({service, start_time: start, end_time: end, status})
  const spans = [one('a', at(1, '.000000250'), at(2), 'ok'), one('b', at(1, '.5'), at(3, '.000999'), 'error')]
  expect(correlationOf('t', spans, {logs: [], metrics: []})).toEqual({
    trace_id: 't', span_count: 2, error_count: 1, services: ['a', 'b'], logs: [], metrics: [],
    start_time: '2026-11-21T10:00:01.000000250+00:00', end_time: '2026-11-21T10:00:03.000999+00:00',
    duration_ms: 2000.998,
  })
})

test('calls between services add up', () => {
  const doc = (calls: number, errors: number, ms: number, outside: number): Doc => ({
    services: [{service: 'a', span_count: calls, error_count: errors, error_rate: 0}], spans_examined: calls,
    spans_with_parent_outside_window: outside,
    edges: [{from: 'a', to: 'b', calls, errors, error_rate: errors / calls, avg_duration_ms: ms}],
  })
  const merged = mergeTopology([doc(1, 1, 8, 0), doc(3, 0, 4, 2)])
  expect(merged).toMatchObject({
    estimates: ['edges.calls'],
    document: {
      spans_examined: 4, edges: [{calls: 4, errors: 1, error_rate: 0.25, avg_duration_ms: 5}],
      services: [{span_count: 4, error_rate: 0.25}],
    },
  })
})

test('ingest counters add, the newest acceptance counts', () => {
  const doc = (records: number, last_accepted_at: string | null): Doc => ({
    pipelines: [{pipeline: 'p', batches: 1, records, errors: 0, shed: 1, last_accepted_at}],
    backpressure: {in_flight: 1, max_in_flight: 512}, metric_series: {tracked: 1, limit: 10, dropped_points: 0},
  })
  expect(mergeIngest([doc(1, null), doc(2, at(3))]).document).toMatchObject({
    pipelines: [{batches: 2, records: 3, shed: 2, last_accepted_at: at(3)}],
    backpressure: {in_flight: 2, max_in_flight: 1024},
  })
})
