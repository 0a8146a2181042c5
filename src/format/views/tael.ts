import {decimal, duration, instant, percent} from '../units.ts'
import {view, wide, type Cell} from '../view.ts'

/* The records as the client gives them; spelled out here because formats know no client. */
interface Span {
  traceId: string; spanId: string; parentSpanId: string | null; service: string; operation: string; kind: string
  startTime: string; durationMs: number; status: string; attributes: Record<string, string>
  llm?: Record<string, unknown>
}
interface TraceSummary {
  traceId: string; service: string; operation: string; services: string[]; spans: number; errors: number
  durationMs: number; startTime: string; complete: boolean
}
interface Log {
  timestamp: string; service: string; severity: string; body: string; bodySha256?: string
  traceId: string | null; spanId: string | null; attributes: Record<string, string>
}
interface Point {
  timestamp: string; service: string; name: string; type: string; value: number | bigint | null; unit: string
  attributes: Record<string, string>
}

const pairs = (texts: Record<string, string>): string =>
  Object.keys(texts).sort().map(key => `${key}=${texts[key]}`).join(' ')

const statusTone = (status: string) => (status === 'error' ? 'bad' as const : undefined)

export const traceView = view<TraceSummary>('traces', each => each.traceId, {
  trace: each => each.traceId,
  start: {get: each => instant(each.startTime), value: each => each.startTime, priority: 3},
  duration: {
    get: each => duration(each.durationMs), value: each => each.durationMs, unit: 'ms', align: 'right', priority: 5,
  },
  spans: {get: each => each.spans, priority: 1.2},
  errors: {get: each => each.errors, priority: 4, tone: each => (each.errors > 0 ? 'bad' : undefined)},
  root: {get: each => `${each.service} ${each.operation}`, priority: 3.5, shortenTo: 16},
  services: {get: each => each.services.join(','), priority: -1},
  state: {
    get: each => (each.complete ? 'complete' : 'incomplete'), priority: 1,
    tone: each => (each.complete ? undefined : 'warn'),
  },
}, {empty: 'no traces match'})

export const spanView = view<Span>('spans', each => each.spanId, {
  trace: each => each.traceId,
  span: {get: each => each.spanId, priority: 1.2},
  start: {get: each => instant(each.startTime), value: each => each.startTime, priority: 2.5},
  service: {get: each => each.service, priority: 1.6},
  operation: {get: each => each.operation, priority: 1.7},
  duration: {
    get: each => duration(each.durationMs), value: each => each.durationMs, unit: 'ms', align: 'right', priority: 4,
  },
  status: {get: each => each.status, tone: each => statusTone(each.status), priority: 3},
  parent: wide(each => each.parentSpanId),
  kind: wide(each => each.kind),
  model: wide(each => each.llm?.['model'] as Cell),
  attributes: wide(each => pairs(each.attributes)),
}, {empty: 'no spans match'})

export const logView = view<Log>('logs', each => each.timestamp, {
  time: {get: each => instant(each.timestamp), value: each => each.timestamp, priority: 3},
  service: {get: each => each.service, priority: 2},
  severity: {get: each => each.severity, priority: 2, tone: each =>
    (['error', 'fatal'].includes(each.severity) ? 'bad' : each.severity === 'warn' ? 'warn' : undefined)},
  body: {get: each => each.body || (each.bodySha256 ? `(blob ${each.bodySha256})` : ''), priority: 1},
  trace: {get: each => each.traceId, priority: 1.5},
  span: wide(each => each.spanId),
  attributes: wide(each => pairs(each.attributes)),
}, {empty: 'no logs match'})

export const pointView = view<Point>('metric points', each => each.name, {
  time: {get: each => instant(each.timestamp), value: each => each.timestamp, priority: 2},
  service: {get: each => each.service, priority: 1},
  name: {get: each => each.name, priority: 1.8},
  type: each => each.type,
  value: {get: each => each.value, priority: 3},
  unit: each => each.unit,
  attributes: {get: each => pairs(each.attributes), priority: -1},
}, {empty: 'no metric points match'})

export const seriesView = view<{
  metric: string
  labels: Record<string, string>
  value: number | bigint | null
  timestamp: string
}>(
  'series', each => each.metric, {
    metric: {get: each => each.metric, priority: 2},
    labels: {get: each => pairs(each.labels), priority: 1},
    value: {get: each => each.value, priority: 3},
    time: {get: each => instant(each.timestamp), value: each => each.timestamp},
  }, {empty: 'the query gives no series'})

export const rollupView = view<{
  bucketStart: string; service: string; name: string
  min: number; max: number; avg: number; sum: number; count: number | bigint
}>('rollups', each => each.name, {
  bucket: {get: each => instant(each.bucketStart), value: each => each.bucketStart, priority: 2},
  service: each => each.service,
  metric: {get: each => each.name, priority: 2},
  min: each => each.min, avg: each => each.avg, max: each => each.max, sum: wide(each => each.sum),
  count: each => each.count,
}, {empty: 'no rollups: points appear here after they leave the hot tier (24 h by default)'})

export const metricDetailView = view<{
  metric: string; type: string; unit: string; pointCount: number; seriesCount: number
  services: string[]; labelKeys: string[]
  valueMin: number | null; valueMax: number | null; latestTimestamp: string | null; histogramQuantileAvailable: boolean
}>('metric', each => each.metric, {
  metric: each => each.metric,
  type: each => each.type,
  unit: each => each.unit,
  points: each => each.pointCount,
  series: each => each.seriesCount,
  lowest: each => each.valueMin,
  highest: each => each.valueMax,
  latest: each => (each.latestTimestamp ? instant(each.latestTimestamp) : null),
  services: each => each.services.join(', '),
  labels: each => each.labelKeys.join(', '),
  quantiles: each =>
    (each.histogramQuantileAvailable ? `histogram_quantile(0.95, ${each.metric})` : 'no buckets stored'),
})

export const serviceView = view<{
  name: string
  spans: number
  traces: number
  avgDurationMs: number
  errorRate: number
}>(
  'services', each => each.name, {
    service: each => each.name,
    spans: each => each.spans,
    traces: each => each.traces,
    avg: {get: each => duration(each.avgDurationMs), value: each => each.avgDurationMs, unit: 'ms', align: 'right'},
    errors: {
      get: each => percent(each.errorRate), value: each => each.errorRate, align: 'right',
      tone: each => (each.errorRate > 0 ? 'bad' : undefined),
    },
  }, {empty: 'no services in the hot tier (the last 24 h by default)'})

export const commentView = view<{
  id: string
  author: string
  body: string
  createdAt: string
  spanId: string | null
  traceId: string
}>(
  'comments', each => each.id, {
    time: {get: each => instant(each.createdAt), value: each => each.createdAt},
    author: each => each.author,
    span: each => each.spanId,
    comment: {get: each => each.body, priority: 1},
    id: wide(each => each.id),
  }, {empty: 'no comments on this trace'})

export const anomalyView = view<{
  service: string
  kind: string
  severity: string
  current: number
  baseline: number
  delta: number
  description: string
}>(
  'anomalies', each => each.service, {
    severity: {get: each => each.severity, tone: each => (each.severity === 'high' ? 'bad' : 'warn')},
    service: each => each.service,
    kind: each => each.kind,
    current: {get: each => figure(each.kind, each.current), value: each => each.current, align: 'right'},
    baseline: {get: each => figure(each.kind, each.baseline), value: each => each.baseline, align: 'right'},
    description: {get: each => each.description, priority: -1},
  }, {empty: 'nothing stands out against the baseline'})

function figure(kind: string, value: number): string {
  return kind === 'error_rate' ? percent(value) : kind.endsWith('latency') ? duration(value) : decimal(value)
}

export const edgeView = view<{
  from: string
  to: string
  calls: number
  errors: number
  errorRate: number
  avgDurationMs: number
}>(
  'calls between services', each => `${each.from}->${each.to}`, {
    from: each => each.from,
    to: each => each.to,
    calls: each => each.calls,
    errors: {get: each => each.errors, tone: each => (each.errors > 0 ? 'bad' : undefined)},
    rate: {get: each => percent(each.errorRate), value: each => each.errorRate, align: 'right'},
    avg: {get: each => duration(each.avgDurationMs), value: each => each.avgDurationMs, unit: 'ms', align: 'right'},
  })

const figured = (value: number | null): string | null => (value === null ? null : decimal(value))

export const diffView = view<{
  metric: string
  current: number | null
  baseline: number | null
  delta: number | null
  ratio: number | null
}>(
  'figures', each => each.metric, {
    metric: each => each.metric,
    current: {get: each => figured(each.current), value: each => each.current, align: 'right'},
    baseline: {get: each => figured(each.baseline), value: each => each.baseline, align: 'right'},
    delta: {
      get: each => (each.delta === null ? null : `${each.delta >= 0 ? '+' : ''}${decimal(each.delta)}`),
      value: each => each.delta, align: 'right',
    },
    ratio: {
      get: each => (each.ratio === null ? null : `${each.ratio.toFixed(2)}x`), value: each => each.ratio,
      align: 'right',
    },
  })

export const pipelineView = view<{
  pipeline: string
  batches: number
  records: number | bigint
  errors: number
  shed: number
  lastAcceptedAt: string | null
}>(
  'pipelines', each => each.pipeline, {
    pipeline: each => each.pipeline,
    batches: each => each.batches,
    records: each => each.records,
    errors: {get: each => each.errors, tone: each => (each.errors > 0 ? 'bad' : undefined)},
    shed: {get: each => each.shed, tone: each => (each.shed > 0 ? 'bad' : undefined)},
    'last-accepted': {
      get: each => (each.lastAcceptedAt ? instant(each.lastAcceptedAt) : 'never'), value: each => each.lastAcceptedAt,
    },
  })
