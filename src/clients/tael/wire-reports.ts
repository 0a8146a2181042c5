import {Reader} from '../net/decode.ts'
import type {Json} from '../net/json.ts'
import type * as model from './model.ts'
import {decodeLog, decodePoint, type Decode} from './wire.ts'

/* The reports that tael-server makes of its records. A figure of no spans is null, whatever number the server gives. */

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
    topServices: from.list('top_services', decodeTopService),
    topErrorOperations: from.list('top_error_operations', decodeTopOperation),
    logs: {
      total: logs.number('total'), error: logs.number('error'), warn: logs.number('warn'),
      info: logs.number('info'), debug: logs.number('debug'),
    },
    metrics: {points: metrics.number('point_count'), names: metrics.number('unique_names')},
  }
}

function decodeTopService(value: Json, path: string): model.Summary['topServices'][number] {
  const row = new Reader(value, path)
  return {
    service: row.string('service'), spans: row.number('span_count'), errorRate: row.number('error_rate'),
    p95Ms: row.number('p95_ms'),
  }
}

function decodeTopOperation(value: Json, path: string): model.Summary['topErrorOperations'][number] {
  const row = new Reader(value, path)
  return {service: row.string('service'), operation: row.string('operation'), errors: row.number('error_count')}
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
const diffMetrics = [
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
