/** Records as tael-server sends them. Times are nanoseconds since the epoch inside the store. */
export interface StoredSpan {
  traceId: string
  spanId: string
  parentSpanId: string | null
  service: string
  operation: string
  kind: string
  startNs: bigint
  endNs: bigint
  status: 'ok' | 'error' | 'unset'
  attributes: Record<string, string>
  events: {name: string; atNs: bigint; attributes: Record<string, string>}[]
  llm?: Record<string, unknown>
}

export interface StoredLog {
  atNs: bigint
  service: string
  severity: string
  body: string
  traceId: string | null
  spanId: string | null
  attributes: Record<string, string>
}

export interface StoredPoint {
  atNs: bigint
  service: string
  name: string
  type: string
  value: number
  unit: string
  attributes: Record<string, string>
  histogram?: {bounds: number[]; counts: number[]; count: number; sum: number; min?: number; max?: number; temporality: string}
}

export interface StoredComment {
  id: string
  trace_id: string
  span_id: string | null
  author: string
  body: string
  created_at: string
}

export const durationMs = (span: StoredSpan): number => Number(span.endNs - span.startNs) / 1e6

/** RFC 3339 UTC with 0, 3, 6 or 9 digits, as few as say it exactly; the real server writes it so too. */
export function timeText(ns: bigint, zone = 'Z'): string {
  const seconds = ns / 1_000_000_000n
  const rest = String(ns % 1_000_000_000n).padStart(9, '0')
  const digits = rest.endsWith('000000000') ? '' : rest.endsWith('000000') ? rest.slice(0, 3) : rest.endsWith('000') ? rest.slice(0, 6) : rest
  return `${new Date(Number(seconds) * 1_000).toISOString().slice(0, 19)}${digits ? `.${digits}` : ''}${zone}`
}

export function spanDocument(span: StoredSpan): Record<string, unknown> {
  return {
    attributes: span.attributes,
    duration_ms: durationMs(span),
    end_time: timeText(span.endNs),
    events: span.events.map(each => ({attributes: each.attributes, name: each.name, timestamp: timeText(each.atNs)})),
    kind: span.kind,
    ...(span.llm ? {llm: span.llm} : {}),
    operation: span.operation,
    parent_span_id: span.parentSpanId,
    service: span.service,
    span_id: span.spanId,
    start_time: timeText(span.startNs),
    status: span.status,
    trace_id: span.traceId,
  }
}

export function logDocument(log: StoredLog): Record<string, unknown> {
  return {
    attributes: log.attributes, body: log.body, observed_timestamp: timeText(log.atNs), service: log.service,
    severity: log.severity, severity_text: log.severity.toUpperCase(), span_id: log.spanId,
    timestamp: timeText(log.atNs), trace_id: log.traceId,
  }
}

export function pointDocument(point: StoredPoint): Record<string, unknown> {
  return {
    attributes: point.attributes, ...(point.histogram ? {histogram: point.histogram} : {}), metric_type: point.type,
    name: point.name, service: point.service, timestamp: timeText(point.atNs), unit: point.unit, value: point.value,
  }
}
