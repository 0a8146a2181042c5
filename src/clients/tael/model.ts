/** Records of tael as opsdeck prints them. Times are the server's RFC 3339 texts with every digit it sent. */

export type SpanStatus = 'ok' | 'error' | 'unset'

export interface SpanEvent {
  name: string
  timestamp: string
  attributes: Record<string, string>
}

export interface Span {
  traceId: string
  spanId: string
  /** Null for a root. */
  parentSpanId: string | null
  service: string
  operation: string
  kind: string
  startTime: string
  endTime: string
  /** From the two times, to the nanosecond; the server's own figure is off by float rounding. */
  durationMs: number
  status: string
  attributes: Record<string, string>
  events: SpanEvent[]
  /** Present on spans of language models: the server's document as it is. */
  llm?: Record<string, unknown>
}

export interface LogRecord {
  timestamp: string
  observedTimestamp: string
  service: string
  severity: string
  severityText: string
  body: string
  traceId: string | null
  spanId: string | null
  attributes: Record<string, string>
  /** The body was over 8 KiB and is kept as a blob of this hash; `body` is empty then. */
  bodySha256?: string
}

export interface MetricPoint {
  timestamp: string
  service: string
  name: string
  type: string
  value: number | bigint | null
  unit: string
  attributes: Record<string, string>
  histogram?: Record<string, unknown>
}

export interface Series {
  metric: string
  labels: Record<string, string>
  /** Null is NaN or infinite. */
  value: number | bigint | null
  timestamp: string
}

export interface Rollup {
  bucketStart: string
  service: string
  name: string
  min: number
  max: number
  avg: number
  sum: number
  count: number | bigint
}

export interface MetricDetail {
  metric: string
  type: string
  unit: string
  pointCount: number
  seriesCount: number
  services: string[]
  labelKeys: string[]
  valueMin: number | null
  valueMax: number | null
  latestTimestamp: string | null
  histogramQuantileAvailable: boolean
  recentPoints: MetricPoint[]
}

export interface Service {
  name: string
  spans: number
  traces: number
  avgDurationMs: number
  /** 0 to 1. */
  errorRate: number
}

export interface Comment {
  id: string
  traceId: string
  spanId: string | null
  author: string
  body: string
  createdAt: string
}

export interface Summary {
  windowSeconds: number
  service: string | null
  /** Rates and latencies are null in a window without spans, where the server says 0. */
  traces: {
    spans: number; traces: number; errors: number; errorRate: number | null
    avgMs: number | null; maxMs: number | null; p50Ms: number | null; p95Ms: number | null; p99Ms: number | null
  }
  topServices: {service: string; spans: number; errorRate: number; p95Ms: number}[]
  topErrorOperations: {service: string; operation: string; errors: number}[]
  logs: {total: number; error: number; warn: number; info: number; debug: number}
  metrics: {points: number; names: number}
}

export interface Anomaly {
  service: string
  kind: string
  severity: string
  current: number
  baseline: number
  delta: number
  description: string
}

export interface AnomalyReport {
  currentSeconds: number
  baselineSeconds: number
  items: Anomaly[]
}

export interface Correlation {
  traceId: string
  spans: number
  services: string[]
  startTime: string
  endTime: string
  durationMs: number
  errors: number
  logs: LogRecord[]
  metrics: MetricPoint[]
}

export interface Topology {
  services: {service: string; spans: number; errors: number; errorRate: number}[]
  items: {from: string; to: string; calls: number; errors: number; errorRate: number; avgDurationMs: number}[]
  spansExamined: number
  spansWithParentOutsideWindow: number
}

export interface MetricDiff {
  metric: string
  /** Null for rates and latencies of a window without spans, where the server says 0. */
  current: number | null
  baseline: number | null
  delta: number | null
  /** Null when the baseline is zero or unknown. */
  ratio: number | null
}

export interface WindowDiff {
  currentSeconds: number
  baselineSeconds: number
  service: string | null
  note: string | null
  items: MetricDiff[]
}

export interface Pipeline {
  pipeline: string
  batches: number
  records: number | bigint
  errors: number
  shed: number
  lastAcceptedAt: string | null
}

export interface IngestStatus {
  items: Pipeline[]
  backpressure: {inFlight: number; /** 0 is unbounded. */ maxInFlight: number}
  metricSeries: {tracked: number; limit: number; droppedPoints: number}
  generatedAt: string
}
