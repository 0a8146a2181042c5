import {readFileSync} from 'node:fs'
import {describe, expect, it} from 'vitest'
import * as wire from '../../../src/clients/tael/wire.ts'
import * as reports from '../../../src/clients/tael/wire-reports.ts'
import type {Json} from '../../../src/clients/net/json.ts'

/** A recorded answer of the real server. */
const recorded = (name: string): Json =>
  (JSON.parse(
    readFileSync(new URL(`../../fixtures/tael/${name}.json`, import.meta.url), 'utf8'),
  ) as {response: {body: Json}}).response.body

describe('recorded answers decode', () => {
  it.each([
    ['traces', wire.decodeSpans], ['trace.llm', wire.decodeSpans], ['logs', wire.decodeLogs],
    ['metrics', wire.decodePoints],
    ['metrics.histogram', wire.decodePoints], ['metrics.promql', wire.decodeSeries],
    ['metrics.rollups', wire.decodeRollups],
    ['services', wire.decodeServices], ['comments.of-trace', wire.decodeComments], ['sql.group-by', wire.decodeRows],
  ] as const)('%s, as a list', (name, decode) => {
    expect((decode as (value: Json) => unknown[])(recorded(name)).length).toBeGreaterThan(0)
  })

  it.each([
    ['metrics.by-name', wire.decodeMetricDetail], ['summary', reports.decodeSummary],
    ['summary.empty', reports.decodeSummary],
    ['anomalies', reports.decodeAnomalies], ['correlate', reports.decodeCorrelation],
    ['topology', reports.decodeTopology],
    ['diff', reports.decodeDiff], ['diff.no-data', reports.decodeDiff], ['ingest.status', reports.decodeIngest],
  ] as const)('%s, as a report', (name, decode) => {
    expect((decode as (value: Json) => unknown)(recorded(name))).toBeTypeOf('object')
  })

  it('recomputes durations from the times, since the server\'s are off by float rounding', () => {
    const span = wire.decodeSpans(recorded('trace.llm'))[0]!
    expect(span.durationMs).toBe(842)
  })

  it('keeps what a language model\'s span carries', () => {
    expect(wire.decodeSpans(recorded('trace.llm'))[1]!.llm).toMatchObject({operation: 'chat'})
  })
})

describe('what is not an answer', () => {
  it.each([
    [{}, 'answer.spans'],
    [{spans: {}}, 'answer.spans'],
    [{spans: [{}]}, 'answer.spans[0].start_time'],
    [null, 'answer'],
  ])('%j names the member', (value, path) => {
    expect(() => wire.decodeSpans(value as Json)).toThrow(
      expect.objectContaining({code: 'DECODE', message: expect.stringContaining(path)}),
    )
  })
})

describe('a window without spans', () => {
  it('has no rates and latencies in a summary, but counts', () => {
    expect(reports.decodeSummary(recorded('summary.empty')).traces).toEqual({
      spans: 0, traces: 0, errors: 0, errorRate: null, avgMs: null, maxMs: null, p50Ms: null, p95Ms: null, p99Ms: null,
    })
  })
  it('has none in a comparison either, nor a difference to the other side', () => {
    const side = (current: number, baseline: number) => ({current, baseline, delta: current - baseline, ratio: null})
    const {items} = reports.decodeDiff({
      current_window_seconds: 60, baseline_window_seconds: 360, service_filter: null, note: null,
      spans_per_second: side(0, 2), log_errors_per_second: side(0, 1),
      error_rate: side(0, 0.5), avg_ms: side(0, 3), p50_ms: side(0, 3), p95_ms: side(0, 3), p99_ms: side(0, 3),
    })
    expect(items.find(item => item.metric === 'error_rate')).toEqual({
      metric: 'error_rate', current: null, baseline: 0.5, delta: null, ratio: null,
    })
    expect(items.find(item => item.metric === 'spans_per_second')).toMatchObject({current: 0, baseline: 2, delta: -2})
  })
})
