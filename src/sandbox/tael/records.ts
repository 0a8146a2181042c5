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
  histogram?: {
    bounds: number[]; counts: number[]; count: number; sum: number; min?: number; max?: number; temporality: string
  }
}

/** What one ingest call brings; an absent signal was not sent, an empty one was sent empty. */
export interface Batch {
  spans?: StoredSpan[]
  logs?: StoredLog[]
  points?: StoredPoint[]
}

export interface StoredComment {
  id: string
  trace_id: string
  span_id: string | null
  author: string
  body: string
  created_at: string
}

/** A document of the server; the order of its keys is the server's. */
export type Document = Record<string, unknown>

export const durationMs = (span: StoredSpan): number => Number(span.endNs - span.startNs) / 1e6

/** RFC 3339 UTC with 0, 3, 6 or 9 digits, as few as say it exactly; the real server writes it so too. */
export function timeText(ns: bigint, zone = 'Z'): string {
  const seconds = ns / 1_000_000_000n
  const digits = String(ns % 1_000_000_000n).padStart(9, '0').replace(/(000)+$/, '')
  return `${new Date(Number(seconds) * 1_000).toISOString().slice(0, 19)}${digits ? `.${digits}` : ''}${zone}`
}

/** As the WAL and the unfiltered feed hold it: keys in the order of the server's own record. */
export function spanRecord(span: StoredSpan): Document {
  return {
    trace_id: span.traceId, span_id: span.spanId, parent_span_id: span.parentSpanId, service: span.service,
    operation: span.operation, start_time: timeText(span.startNs), end_time: timeText(span.endNs),
    duration_ms: durationMs(span), status: span.status, attributes: span.attributes,
    events: span.events.map(each => ({name: each.name, timestamp: timeText(each.atNs), attributes: each.attributes})),
    kind: span.kind, ...(span.llm ? {llm: span.llm} : {}),
  }
}

export function logRecord(log: StoredLog): Document {
  return {
    timestamp: timeText(log.atNs), observed_timestamp: timeText(log.atNs), trace_id: log.traceId, span_id: log.spanId,
    severity: log.severity, severity_text: log.severity.toUpperCase(), body: log.body, service: log.service,
    attributes: log.attributes,
  }
}

export function pointRecord(point: StoredPoint): Document {
  return {
    timestamp: timeText(point.atNs), service: point.service, name: point.name, metric_type: point.type,
    value: point.value, unit: point.unit, attributes: point.attributes,
    ...(point.histogram ? {histogram: point.histogram} : {}),
  }
}

/** As REST answers and filtered feeds hold it: keys of every object by name. */
export const spanDocument = (span: StoredSpan): Document => sorted(spanRecord(span)) as Document
export const logDocument = (log: StoredLog): Document => sorted(logRecord(log)) as Document
export const pointDocument = (point: StoredPoint): Document => sorted(pointRecord(point)) as Document

export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).map(([key, each]): [string, unknown] => [key, sorted(each)])
  return Object.fromEntries(entries.sort(([one], [other]) => (one < other ? -1 : 1)))
}
