import {UsageError} from '../net/errors.ts'

/** One pair of a query string; pairs because `attribute` may be repeated and nothing else may. */
export type Pair = readonly [string, string | number | undefined]

export const statuses = ['ok', 'error', 'unset'] as const
export const severities = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'unspecified'] as const
export const metricTypes = ['gauge', 'sum', 'histogram', 'summary', 'unknown'] as const

/** The server's limit is an unsigned 32-bit number of records. */
export const maxLimit = 4_294_967_295

export interface SpanFilter {
  service?: string
  /** Substring of the operation, case-sensitive. */
  operation?: string
  minDurationMs?: number
  maxDurationMs?: number
  status?: (typeof statuses)[number]
  /** Only spans that start in the last so many seconds, by the server's clock. */
  lastSeconds?: number
  /** Spans, not traces. */
  limit: number
  /** `key=value`, `key~=part` or `key=~regex`; all must hold. */
  attributes?: string[]
  /** Words of the server's full-text index. */
  text?: string
  explain?: boolean
}

export interface LogFilter {
  service?: string
  severity?: (typeof severities)[number]
  bodyContains?: string
  traceId?: string
  attributes?: string[]
  lastSeconds?: number
  limit: number
}

export interface MetricFilter {
  service?: string
  name?: string
  type?: (typeof metricTypes)[number]
  lastSeconds?: number
  limit: number
}

export function spanPairs(filter: SpanFilter): Pair[] {
  return [
    ['limit', filter.limit],
    ['explain', filter.explain ? 'true' : undefined],
    ['service', filter.service],
    ['operation', filter.operation],
    ['min_duration_ms', filter.minDurationMs],
    ['max_duration_ms', filter.maxDurationMs],
    ['status', filter.status],
    ['last', lastText(filter.lastSeconds)],
    ...(filter.attributes ?? []).map(spec => ['attribute', attributeSpec(spec)] as const),
    ['text', filter.text],
  ]
}

export function logPairs(filter: LogFilter): Pair[] {
  return [
    ['limit', filter.limit],
    ['service', filter.service],
    ['severity', filter.severity],
    ['body_contains', filter.bodyContains],
    ['trace_id', filter.traceId],
    ...(filter.attributes ?? []).map(spec => ['attribute', attributeSpec(spec)] as const),
    ['last', lastText(filter.lastSeconds)],
  ]
}

export function metricPairs(filter: MetricFilter): Pair[] {
  return [
    ['limit', filter.limit],
    ['service', filter.service],
    ['name', filter.name],
    ['metric_type', filter.type],
    ['last', lastText(filter.lastSeconds)],
  ]
}

/**
 * `last` as the server reads it for certain: whole seconds. Its parser takes anything else to mean "all
 * time" and drops the connection beyond what its calendar holds, so neither is ever sent.
 */
export function lastText(seconds: number | undefined): string | undefined {
  if (seconds === undefined) return undefined
  if (!Number.isFinite(seconds) || seconds < 0 || seconds > maxWindowSeconds) {
    throw new UsageError(`a window of ${seconds} seconds is out of range`, {hint: 'At most 100 years.'})
  }
  return `${Math.ceil(seconds)}s`
}

const maxWindowSeconds = 100 * 366 * 86_400

/** Checks an attribute filter; the server ignores one without an operator, which would widen the search. */
export function attributeSpec(spec: string): string {
  const operator = /~=|=~|=/.exec(spec)
  if (!operator) {
    throw new UsageError(`"${spec}" is not an attribute filter`, {
      hint: 'Write key=value (equal), key~=part (contains) or key=~regex (matches).',
    })
  }
  if (spec.slice(0, operator.index).trim() === '') {
    throw new UsageError(`"${spec}" names no attribute`, {hint: 'Write key=value, key~=part or key=~regex.'})
  }
  return spec
}
