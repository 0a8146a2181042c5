import {durationMs, timeText, logDocument, pointDocument, type StoredSpan} from './records.ts'
import type {Backend} from './store.ts'

const all = Number.MAX_SAFE_INTEGER

/** Documents that the server computes from a window. `nowNs` is its clock. */
export function services(backend: Backend): unknown {
  const groups = Map.groupBy(backend.spans({limit: all, attributes: []}), span => span.service)
  const rows = [...groups].map(([name, spans]) => ({
    avg_duration_ms: mean(spans.map(durationMs)), error_rate: errorRate(spans), name, span_count: spans.length,
    trace_count: new Set(spans.map(span => span.traceId)).size,
  }))
  return {services: rows.sort((a, b) => b.span_count - a.span_count)}
}

export function summary(backend: Backend, nowNs: bigint, seconds: number, service?: string): Record<string, unknown> {
  const sinceNs = nowNs - BigInt(seconds) * 1_000_000_000n
  const spans = backend.spans({sinceNs, service, limit: all, attributes: []})
  const logs = backend.logs({sinceNs, service, limit: all, attributes: []})
  const points = backend.points({sinceNs, service, limit: all})
  const durations = spans.map(durationMs).sort((a, b) => a - b)
  const failing = Map.groupBy(spans.filter(isError), span => `${span.service}\u0000${span.operation}`)
  const severity = (...names: string[]) => logs.filter(log => names.includes(log.severity)).length
  return {
    logs: {
      debug: severity('debug'), error: severity('error', 'fatal'), info: severity('info'), total: logs.length,
      warn: severity('warn'),
    },
    metrics: {point_count: points.length, unique_names: new Set(points.map(point => point.name)).size},
    service_filter: service ?? null,
    top_error_operations: [...failing.values()]
      .map(each => ({error_count: each.length, operation: each[0]!.operation, service: each[0]!.service}))
      .sort((a, b) => b.error_count - a.error_count).slice(0, 10),
    top_services: serviceRows(spans).slice(0, 10),
    traces: {
      avg_ms: mean(durations), error_count: spans.filter(isError).length, error_rate: errorRate(spans),
      max_ms: durations.at(-1) ?? 0, p50_ms: percentile(durations, 0.5), p95_ms: percentile(durations, 0.95),
      p99_ms: percentile(durations, 0.99),
      span_count: spans.length, trace_count: new Set(spans.map(span => span.traceId)).size,
    },
    window_seconds: seconds,
  }
}

interface ServiceRow {
  service: string
  span_count: number
  error_rate: number
  p95_ms: number
}

function serviceRows(spans: StoredSpan[]): ServiceRow[] {
  return [...Map.groupBy(spans, span => span.service)]
    .map(([service, own]) => ({
      error_rate: errorRate(own), p95_ms: percentile(own.map(durationMs).sort((a, b) => a - b), 0.95), service,
      span_count: own.length,
    }))
    .sort((a, b) => b.span_count - a.span_count)
}

/** Of the ten busiest services of each window: error rate up by more than 0.05, p95 by half and 25 ms. */
export function anomalies(
  backend: Backend, nowNs: bigint, current: number, baseline: number, service?: string,
): unknown {
  const rows = (seconds: number) => summary(backend, nowNs, seconds, service)['top_services'] as ServiceRow[]
  const before = new Map(rows(baseline).map(row => [row.service, row]))
  const found = rows(current).flatMap(row => {
    const base = before.get(row.service)
    if (!base) return []
    const out: Record<string, unknown>[] = []
    if (row.error_rate > base.error_rate + 0.05) {
      const [from, to] = [base.error_rate, row.error_rate]
      const words = `from ${(from * 100).toFixed(1)}% to ${(to * 100).toFixed(1)}%`
      out.push(anomaly(row.service, 'error_rate', to > from + 0.2, [from, to], `error rate increased ${words}`))
    }
    if (row.p95_ms > base.p95_ms * 1.5 && row.p95_ms - base.p95_ms > 25) {
      const [from, to] = [base.p95_ms, row.p95_ms]
      const words = `from ${from.toFixed(1)}ms to ${to.toFixed(1)}ms`
      out.push(anomaly(row.service, 'p95_latency', to > from * 2, [from, to], `p95 latency increased ${words}`))
    }
    return out
  })
  return {anomalies: found, baseline_seconds: baseline, current_seconds: current, service_filter: service ?? null}
}

function anomaly(
  service: string, kind: string, high: boolean, [baseline, current]: [number, number], words: string,
): Record<string, unknown> {
  const severity = high ? 'high' : 'medium'
  return {baseline, current, delta: current - baseline, description: `${service} ${words}`, kind, service, severity}
}

export function diff(backend: Backend, nowNs: bigint, current: number, baseline: number, service?: string): unknown {
  const report = (seconds: number) =>
    summary(backend, nowNs, seconds, service) as Record<'traces' | 'logs', Record<string, number>>
  const figures = ({traces, logs}: ReturnType<typeof report>, seconds: number): Record<string, number> => ({
    spans_per_second: traces['span_count']! / seconds, error_rate: traces['error_rate']!, p50_ms: traces['p50_ms']!,
    p95_ms: traces['p95_ms']!, p99_ms: traces['p99_ms']!, avg_ms: traces['avg_ms']!,
    log_errors_per_second: logs['error']! / seconds,
  })
  const [latest, longer] = [report(current), report(baseline)]
  const [now, before] = [figures(latest, current), figures(longer, baseline)]
  const rows = Object.keys(now).map(key => [key, {
    baseline: before[key], current: now[key], delta: now[key]! - before[key]!,
    ratio: before[key] === 0 ? null : now[key]! / before[key]!,
  }])
  return {
    ...Object.fromEntries(rows), baseline_window_seconds: baseline, current_window_seconds: current,
    service_filter: service ?? null,
    note: 'the baseline window contains the current one, so rates compare directly but totals do not',
    totals: {
      baseline_error_count: longer.traces['error_count'], baseline_span_count: longer.traces['span_count'],
      current_error_count: latest.traces['error_count'], current_span_count: latest.traces['span_count'],
    },
  }
}

/** Calls between services, from parents found by span id alone. */
export function topology(backend: Backend, sinceNs: bigint | undefined, limit: number): unknown {
  const spans = backend.spans({sinceNs, limit, attributes: []})
  const byId = new Map(spans.map(span => [span.spanId, span]))
  const outside = spans.filter(span => span.parentSpanId !== null && !byId.has(span.parentSpanId)).length
  const calls = Map.groupBy(spans.filter(span => {
    const parent = span.parentSpanId === null ? undefined : byId.get(span.parentSpanId)
    return parent && parent.service !== span.service
  }), span => `${byId.get(span.parentSpanId!)!.service}\u0000${span.service}`)
  return {
    edges: [...calls].sort(byKey).map(([key, own]) => {
      const [from, to] = key.split('\u0000')
      const errors = own.filter(isError).length
      const avg = mean(own.map(durationMs))
      return {avg_duration_ms: avg, calls: own.length, error_rate: errorRate(own), errors, from, to}
    }),
    services: [...Map.groupBy(spans, span => span.service)].sort(byKey).map(([service, own]) => (
      {error_count: own.filter(isError).length, error_rate: errorRate(own), service, span_count: own.length})),
    spans_examined: spans.length,
    spans_with_parent_outside_window: outside,
  }
}

export function correlate(backend: Backend, traceId: string): unknown {
  const spans = backend.trace(traceId)
  const first = spans[0]
  if (!first) return undefined
  const endNs = spans.reduce((latest, span) => (span.endNs > latest ? span.endNs : latest), first.endNs)
  return {
    duration_ms: Number(endNs - first.startNs) / 1e6, end_time: timeText(endNs, '+00:00'),
    start_time: timeText(first.startNs, '+00:00'), error_count: spans.filter(isError).length,
    services: [...new Set(spans.map(span => span.service))],
    span_count: spans.length, trace_id: traceId,
    logs: backend.logs({traceId, limit: 500, attributes: []}).map(logDocument),
    metrics: backend.points({service: first.service, limit: 500}).map(pointDocument),
  }
}

const mean = (values: number[]): number =>
  (values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length)
const isError = (span: StoredSpan): boolean => span.status === 'error'
const errorRate = (spans: StoredSpan[]): number =>
  (spans.length === 0 ? 0 : spans.filter(isError).length / spans.length)
const byKey = ([a]: [string, unknown], [b]: [string, unknown]): number => (a < b ? -1 : 1)
/** The element at round((n - 1) p) of the sorted values. */
const percentile = (sorted: number[], p: number): number => sorted[Math.round((sorted.length - 1) * p)] ?? 0
