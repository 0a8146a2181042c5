import {Reader} from '../net/decode.ts'
import type {Json} from '../net/json.ts'
import {parseInstantNs} from './instant.ts'
import type * as model from './model.ts'

/*
 * The documents of tael-server 0.5.15 (and of 0.5.14 where a route exists there) to our records. Unknown
 * members are ignored, missing ones are errors that name them; lists keep the server's order.
 */

/** `path` is where the value stands in the answer, for the error that names it. */
export type Decode<T> = (value: Json, path?: string) => T

export const decodeSpan: Decode<model.Span> = (value, path = 'span') => {
  const from = new Reader(value, path)
  const startTime = from.string('start_time')
  const endTime = from.string('end_time')
  const span: model.Span = {
    traceId: from.string('trace_id'),
    spanId: from.string('span_id'),
    parentSpanId: from.stringOrNull('parent_span_id'),
    service: from.string('service'),
    operation: from.string('operation'),
    kind: from.stringOrNull('kind') ?? 'internal',
    startTime,
    endTime,
    durationMs: exactDurationMs(startTime, endTime) ?? from.number('duration_ms'),
    status: from.string('status'),
    attributes: from.texts('attributes'),
    events: from.has('events') ? from.list('events', decodeEvent) : [],
  }
  if (from.has('llm')) span.llm = from.object['llm'] as Record<string, unknown>
  return span
}

function exactDurationMs(startTime: string, endTime: string): number | undefined {
  const start = parseInstantNs(startTime)
  const end = parseInstantNs(endTime)
  return start === undefined || end === undefined ? undefined : Number(end - start) / 1e6
}

function decodeEvent(value: Json, path: string): model.SpanEvent {
  const from = new Reader(value, path)
  return {name: from.string('name'), timestamp: from.string('timestamp'), attributes: from.texts('attributes')}
}

export const decodeSpans: Decode<model.Span[]> = (value, path = 'answer') =>
  new Reader(value, path).list('spans', decodeSpan)

export const decodeLog: Decode<model.LogRecord> = (value, path = 'log') => {
  const from = new Reader(value, path)
  const log: model.LogRecord = {
    timestamp: from.string('timestamp'),
    observedTimestamp: from.string('observed_timestamp'),
    service: from.string('service'),
    severity: from.string('severity'),
    severityText: from.stringOrNull('severity_text') ?? '',
    body: from.stringOrNull('body') ?? '',
    traceId: from.stringOrNull('trace_id'),
    spanId: from.stringOrNull('span_id'),
    attributes: from.texts('attributes'),
  }
  const sha = from.stringOrNull('body_sha256')
  if (sha !== null) log.bodySha256 = sha
  return log
}

export const decodeLogs: Decode<model.LogRecord[]> = (value, path = 'answer') =>
  new Reader(value, path).list('logs', decodeLog)

export const decodePoint: Decode<model.MetricPoint> = (value, path = 'point') => {
  const from = new Reader(value, path)
  const point: model.MetricPoint = {
    timestamp: from.string('timestamp'),
    service: from.string('service'),
    name: from.string('name'),
    type: from.string('metric_type'),
    value: from.has('value') ? from.exact('value') : null,
    unit: from.stringOrNull('unit') ?? '',
    attributes: from.texts('attributes'),
  }
  if (from.has('histogram')) point.histogram = from.object['histogram'] as Record<string, unknown>
  return point
}

export const decodePoints: Decode<model.MetricPoint[]> = (value, path = 'answer') =>
  new Reader(value, path).list('metrics', decodePoint)

export const decodeSeries: Decode<model.Series[]> = (value, path = 'answer') =>
  new Reader(value, path).list('series', (each, at) => {
    const from = new Reader(each, at)
    return {
      metric: from.string('metric'),
      labels: from.texts('labels'),
      value: from.has('value') ? from.exact('value') : null,
      timestamp: from.string('timestamp'),
    }
  })

export const decodeRollups: Decode<model.Rollup[]> = (value, path = 'answer') =>
  new Reader(value, path).list('rollups', (each, at) => {
    const from = new Reader(each, at)
    return {
      bucketStart: from.string('bucket_start'), service: from.string('service'), name: from.string('name'),
      min: from.number('min'), max: from.number('max'), avg: from.number('avg'), sum: from.number('sum'),
      count: from.exact('count'),
    }
  })

export const decodeMetricDetail: Decode<model.MetricDetail> = (value, path = 'answer') => {
  const from = new Reader(value, path)
  const text = (each: Json) => String(each)
  return {
    metric: from.string('metric'),
    type: from.stringOrNull('type') ?? 'unknown',
    unit: from.stringOrNull('unit') ?? '',
    pointCount: from.number('point_count'),
    seriesCount: from.number('series_count'),
    services: from.list('services', text),
    labelKeys: from.list('label_keys', text),
    valueMin: from.numberOrNull('value_min'),
    valueMax: from.numberOrNull('value_max'),
    latestTimestamp: from.stringOrNull('latest_timestamp'),
    histogramQuantileAvailable: from.boolean('histogram_quantile_available'),
    recentPoints: from.list('recent_points', decodePoint),
  }
}

export const decodeServices: Decode<model.Service[]> = (value, path = 'answer') =>
  new Reader(value, path).list('services', (each, at) => {
    const from = new Reader(each, at)
    return {
      name: from.string('name'), spans: from.number('span_count'), traces: from.number('trace_count'),
      avgDurationMs: from.number('avg_duration_ms'), errorRate: from.number('error_rate'),
    }
  })

export const decodeComment: Decode<model.Comment> = (value, path = 'comment') => {
  const from = new Reader(value, path)
  return {
    id: from.string('id'), traceId: from.string('trace_id'), spanId: from.stringOrNull('span_id'),
    author: from.string('author'), body: from.string('body'), createdAt: from.string('created_at'),
  }
}

export const decodeComments: Decode<model.Comment[]> = (value, path = 'answer') =>
  new Reader(value, path).list('comments', decodeComment)

/** Rows of the SQL engine: objects of scalars, kept as they are. */
export const decodeRows: Decode<Record<string, Json>[]> = (value, path = 'answer') =>
  new Reader(value, path).list('rows', (each, at) => new Reader(each, at).object)
