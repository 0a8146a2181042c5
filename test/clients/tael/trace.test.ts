import {describe, expect, it} from 'vitest'
import {fc} from '../../helpers/check.ts'
import {buildTrace, preorder, type Trace} from '../../../src/clients/tael/trace.ts'
import {summariseTraces} from '../../../src/clients/tael/trace-summary.ts'
import {waterfallRows} from '../../../src/clients/tael/waterfall.ts'
import {formatInstantNs} from '../../../src/clients/tael/instant.ts'
import type {Span} from '../../../src/clients/tael/model.ts'

const base = 1_780_000_000_000_000_000n

/** A span by its place: id, parent, start and end in milliseconds. */
function span(id: string, parent: string | null, fromMs: number, toMs: number, extra: Partial<Span> = {}): Span {
  return {
    traceId: 't', spanId: id, parentSpanId: parent, service: 's', operation: `op ${id}`, kind: 'internal',
    startTime: formatInstantNs(base + BigInt(Math.round(fromMs * 1e6))),
    endTime: formatInstantNs(base + BigInt(Math.round(toMs * 1e6))),
    durationMs: toMs - fromMs, status: 'ok', attributes: {}, events: [], ...extra,
  }
}

const ids = (trace: Trace): string[] => [...preorder(trace.roots)].map(node => node.span.spanId)
const node = (trace: Trace, id: string) => [...preorder(trace.roots)].find(each => each.span.spanId === id)!

describe('the tree', () => {
  it('puts each span below its own parent, siblings by start', () => {
    const trace = buildTrace([
      span('b2', 'b', 6, 7), span('a1', 'a', 2, 3), span('b', 'r', 5, 8), span('a', 'r', 1, 4), span('r', null, 0, 10),
    ])!
    expect(ids(trace)).toEqual(['r', 'a', 'a1', 'b', 'b2'])
    expect(trace.complete).toBe(true)
    expect(node(trace, 'b2')).toMatchObject({depth: 2, offsetMs: 6})
  })

  it('marks orphans, and takes several roots', () => {
    const trace = buildTrace([span('r', null, 0, 10), span('o', 'gone', 3, 4), span('r2', null, 11, 12)])!
    expect(trace.missingParents).toEqual(['gone'])
    expect(trace.complete).toBe(false)
    expect(node(trace, 'o').orphan).toBe(true)
    expect(ids(trace)).toEqual(['r', 'r2', 'o'])
  })

  it('is incomplete without any root', () => {
    expect(buildTrace([span('o', 'gone', 3, 4)])!.complete).toBe(false)
  })

  it('cuts loops of parents, and a span that is its own parent', () => {
    expect(ids(buildTrace([span('a', 'b', 0, 5), span('b', 'a', 1, 4)])!)).toEqual(['a', 'b'])
    expect(ids(buildTrace([span('a', 'a', 0, 5)])!)).toEqual(['a'])
  })

  it('counts a span that was sent twice once', () => {
    expect(buildTrace([span('r', null, 0, 10), span('r', null, 0, 10)])!.spanCount).toBe(1)
  })

  it('is nothing without spans', () => {
    expect(buildTrace([])).toBeUndefined()
  })

  it('holds 10,000 levels', () => {
    const deep = Array.from({length: 10_000}, (_, at) => span(`s${at}`, at === 0 ? null : `s${at - 1}`, at * 0.001, 20))
    const trace = buildTrace(deep)!
    expect(node(trace, 's9999').depth).toBe(9_999)
    expect(waterfallRows(trace, {collapse: 5, maxRows: 500}).rows.length).toBeLessThanOrEqual(1_001)
  })

  it('loses and invents no span, whatever the parents', () => {
    fc.assert(fc.property(fc.array(
      fc.tuple(fc.nat(12), fc.option(fc.nat(14), {nil: null}), fc.nat(50), fc.nat(50)),
    ), rows => {
      const spans = rows.map(
        ([id, parent, from, length]) => span(String(id), parent === null ? null : String(parent), from, from + length),
      )
      const wanted = [...new Set(spans.map(each => each.spanId))].sort()
      const trace = buildTrace(spans)
      expect(trace ? ids(trace).sort() : []).toEqual(wanted)
    }))
  })
})

describe('figures', () => {
  it('keeps nanoseconds in durations, offsets and self time', () => {
    const trace = buildTrace([span('r', null, 0, 1), span('a', 'r', 0.000_001, 0.000_003)])!
    expect(node(trace, 'a').offsetMs).toBe(0.000_001)
    expect(node(trace, 'r').selfMs).toBe(0.999_998)
  })

  it.each([
    ['no children', [], 10],
    ['one inside', [[2, 4]], 8],
    ['overlapping', [[2, 6], [4, 8]], 4],
    ['one within another', [[2, 8], [3, 4]], 4],
    ['reaching out on both sides', [[-5, 2], [8, 20]], 6],
    ['covering all', [[-1, 11]], 0],
  ])('self time with %s', (_, children, self) => {
    const trace = buildTrace([
      span('r', null, 0, 10), ...(children as number[][]).map(([from, to], at) => span(`c${at}`, 'r', from!, to!)),
    ])!
    expect(node(trace, 'r').selfMs).toBe(self)
  })

  it('marks the path that decides the duration', () => {
    const trace = buildTrace([
      span('r', null, 0, 10), span('fast', 'r', 1, 3), span('slow', 'r', 1, 6), span('last', 'r', 7, 9),
      span('deep', 'slow', 2, 5),
    ])!
    const critical = [...preorder(trace.roots)].filter(each => each.critical).map(each => each.span.spanId)
    expect(critical.sort()).toEqual(['deep', 'last', 'r', 'slow'])
  })

  it.each([
    [-1, 5, 'early'], [2, 11, 'late'], [2, 5, null],
  ])('a child of [%s, %s] in [0, 10] is %s', (from, to, skew) => {
    expect(node(buildTrace([span('r', null, 0, 10), span('c', 'r', from, to)])!, 'c').skew).toBe(skew)
  })
})

describe('rows', () => {
  const options = {collapse: 5, maxRows: 500}
  const tree = buildTrace([
    span('r', null, 0, 10, {status: 'error'}), span('a', 'r', 1, 2, {service: 'db'}), span('b', 'r', 3, 9),
    span('b1', 'b', 4, 8, {service: 'db', status: 'error'}),
  ])!

  it.each([
    ['everything', {}, ['s op r', 'db op a', 's op b', 'db op b1'], 0],
    ['errors and what leads to them', {errorsOnly: true}, ['s op r', 's op b', 'db op b1'], 1],
    ['a service and what leads to it', {services: ['db']}, ['s op r', 'db op a', 's op b', 'db op b1'], 0],
    ['long spans', {minDurationMs: 4}, ['s op r', 's op b', 'db op b1'], 1],
    ['the top', {depth: 0}, ['s op r'], 3],
  ])('shows %s', (_, filter, labels, hidden) => {
    const shown = waterfallRows(tree, {...options, ...filter})
    expect(shown.rows.map(row => row.label)).toEqual(labels)
    expect(shown.hidden).toBe(hidden)
  })

  it('makes one row of many alike siblings, but never of failed or critical ones', () => {
    const many = Array.from({length: 37}, (_, at) =>
      span(`c${at}`, 'r', at / 10, at / 10 + 0.05, {operation: 'GET /item'}))
    const {rows, hidden} = waterfallRows(buildTrace([
      span('r', null, 0, 10), ...many, span('end', 'r', 0, 9.9),
      span('bad', 'r', 1, 2, {operation: 'GET /item', status: 'error'}),
    ])!, options)
    expect(rows.map(row => row.label)).toEqual(['s op r', 's op end', 's GET /item ×37', 's GET /item'])
    expect(hidden).toBe(0)
  })

  it('folds beyond the limit and says how much', () => {
    const many = Array.from({length: 1_000}, (_, at) =>
      span(`c${at}`, 'r', at / 100, at / 100 + 0.005, {operation: `op ${at}`}))
    const {rows, hidden} = waterfallRows(buildTrace([span('r', null, 0, 10), ...many])!, {...options, maxRows: 50})
    const said = rows.filter(row => row.kind === 'folded').reduce(
      (sum, row) => sum + Number(/\d+/.exec(row.label)![0]), 0,
    )
    expect(rows.filter(row => row.kind === 'span')).toHaveLength(50)
    expect(said).toBe(hidden)
    expect(hidden + 50).toBe(1_001)
  })

  it('puts orphans below a row that names their parent', () => {
    const {rows} = waterfallRows(
      buildTrace([span('r', null, 0, 10), span('o', 'gone', 3, 4), span('p', 'o', 3, 4)])!, options,
    )
    expect(rows.map(row => [row.label, row.depth])).toEqual([
      ['s op r', 0], ['(missing parent gone)', 0], ['s op o', 1], ['s op p', 2],
    ])
  })
})

describe('summaries', () => {
  it('are newest first and name the root', () => {
    const summaries = summariseTraces([
      [
        span('r', null, 0, 10, {traceId: 'old', operation: 'root'}),
        span('c', 'r', 1, 2, {traceId: 'old', service: 'db', status: 'error'}),
      ],
      [span('x', 'gone', 20, 21, {traceId: 'new'})],
      [],
    ])
    expect(summaries).toMatchObject([
      {traceId: 'new', complete: false, spans: 1},
      {traceId: 'old', complete: true, operation: 'root', services: ['db', 's'], errors: 1, durationMs: 10},
    ])
  })
})
