import {Reader} from '../net/decode.ts'
import type {Json} from '../net/json.ts'
import {parseInstantNs} from './instant.ts'
import type * as model from './model.ts'

/*
 * The documents of tael-server 0.5.15 (and of 0.5.14 where a route exists there) to our records. Unknown
 * members are ignored, missing ones are errors that name them; lists keep the server's order.
 */

type Decode<T> = (value: Json, path?: string) => T

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

export const decodeSummary: Decode<model.Summary> = (value, path = 'answer') => {
  const from = new Reader(value, path)
  const traces = new Reader(from.object['traces'], `${path}.traces`)
  const logs = new Reader(from.object['logs'], `${path}.logs`)
  const metrics = new Reader(from.object['metrics'], `${path}.metrics`)
  const spans = traces.number('span_count')
  const figure = (name: string) => (spans > 0 ? traces.number(name) : null)
  return {
    windowSeconds: from.number('window_seconds'),
    service: from.stringOrNull('service_filter'),
    traces: {
      spans, traces: traces.number('trace_count'), errors: traces.number('error_count'),
      errorRate: figure('error_rate'), avgMs: figure('avg_ms'), maxMs: figure('max_ms'),
      p50Ms: figure('p50_ms'), p95Ms: figure('p95_ms'), p99Ms: figure('p99_ms'),
    },
    topServices: from.list('top_services', (each, at) => {
      const row = new Reader(each, at)
      return {
        service: row.string('service'), spans: row.number('span_count'), errorRate: row.number('error_rate'),
        p95Ms: row.number('p95_ms'),
      }
    }),
    topErrorOperations: from.list('top_error_operations', (each, at) => {
      const row = new Reader(each, at)
      return {service: row.string('service'), operation: row.string('operation'), errors: row.number('error_count')}
    }),
    logs: {
      total: logs.number('total'), error: logs.number('error'), warn: logs.number('warn'),
      info: logs.number('info'), debug: logs.number('debug'),
    },
    metrics: {points: metrics.number('point_count'), names: metrics.number('unique_names')},
  }
}

export const decodeAnomalies: Decode<model.AnomalyReport> = (value, path = 'answer') => {
  const from = new Reader(value, path)
  return {
    currentSeconds: from.number('current_seconds'),
    baselineSeconds: from.number('baseline_seconds'),
    items: from.list('anomalies', (each, at) => {
      const row = new Reader(each, at)
      return {
        service: row.string('service'), kind: row.string('kind'), severity: row.string('severity'),
        current: row.number('current'), baseline: row.number('baseline'), delta: row.number('delta'),
        description: row.string('description'),
      }
    }),
  }
}

export const decodeCorrelation: Decode<model.Correlation> = (value, path = 'answer') => {
  const from = new Reader(value, path)
  return {
    traceId: from.string('trace_id'), spans: from.number('span_count'),
    services: from.list('services', each => String(each)).sort(),
    startTime: from.string('start_time'), endTime: from.string('end_time'),
    durationMs: from.number('duration_ms'), errors: from.number('error_count'),
    logs: from.list('logs', decodeLog), metrics: from.list('metrics', decodePoint),
  }
}

export const decodeTopology: Decode<model.Topology> = (value, path = 'answer') => {
  const from = new Reader(value, path)
  return {
    services: from.list('services', (each, at) => {
      const row = new Reader(each, at)
      return {
        service: row.string('service'), spans: row.number('span_count'), errors: row.number('error_count'),
        errorRate: row.number('error_rate'),
      }
    }),
    items: from.list('edges', (each, at) => {
      const row = new Reader(each, at)
      return {
        from: row.string('from'), to: row.string('to'), calls: row.number('calls'), errors: row.number('errors'),
        errorRate: row.number('error_rate'), avgDurationMs: row.number('avg_duration_ms'),
      }
    }),
    spansExamined: from.number('spans_examined'),
    spansWithParentOutsideWindow: from.number('spans_with_parent_outside_window'),
  }
}

/** The figures that `diff` compares, in the order in which they are shown. */
export const diffMetrics = [
  'spans_per_second', 'error_rate', 'avg_ms', 'p50_ms', 'p95_ms', 'p99_ms', 'log_errors_per_second',
] as const

/** These are said of spans, and of no spans nothing is said. */
const ofSpans: ReadonlySet<string> = new Set(['error_rate', 'avg_ms', 'p50_ms', 'p95_ms', 'p99_ms'])

export const decodeDiff: Decode<model.WindowDiff> = (value, path = 'answer') => {
  const from = new Reader(value, path)
  const rate = new Reader(from.object['spans_per_second'], `${path}.spans_per_second`)
  const known = (metric: string, side: 'current' | 'baseline') => !ofSpans.has(metric) || rate.number(side) > 0
  return {
    currentSeconds: from.number('current_window_seconds'),
    baselineSeconds: from.number('baseline_window_seconds'),
    service: from.stringOrNull('service_filter'),
    note: from.stringOrNull('note'),
    items: diffMetrics.map(metric => {
      const row = new Reader(from.object[metric], `${path}.${metric}`)
      const current = known(metric, 'current') ? row.number('current') : null
      const baseline = known(metric, 'baseline') ? row.number('baseline') : null
      const isWhole = current !== null && baseline !== null
      return {
        metric, current, baseline, delta: isWhole ? row.number('delta') : null,
        ratio: isWhole ? row.numberOrNull('ratio') : null,
      }
    }),
  }
}

export const decodeIngest: Decode<model.IngestStatus> = (value, path = 'answer') => {
  const from = new Reader(value, path)
  const pressure = new Reader(from.object['backpressure'], `${path}.backpressure`)
  const series = new Reader(from.object['metric_series'], `${path}.metric_series`)
  return {
    items: from.list('pipelines', (each, at) => {
      const row = new Reader(each, at)
      return {
        pipeline: row.string('pipeline'), batches: row.number('batches'), records: row.exact('records'),
        errors: row.number('errors'), shed: row.number('shed'), lastAcceptedAt: row.stringOrNull('last_accepted_at'),
      }
    }),
    backpressure: {inFlight: pressure.number('in_flight'), maxInFlight: pressure.number('max_in_flight')},
    metricSeries: {
      tracked: series.number('tracked'), limit: series.number('limit'), droppedPoints: series.number('dropped_points'),
    },
    generatedAt: from.string('generated_at'),
  }
}

/** Rows of the SQL engine: objects of scalars, kept as they are. */
export const decodeRows: Decode<Record<string, Json>[]> = (value, path = 'answer') =>
  new Reader(value, path).list('rows', (each, at) => new Reader(each, at).object)
