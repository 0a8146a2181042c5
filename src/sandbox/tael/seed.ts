import seed from './seed.json' with {type: 'json'}
import type {Batch, Document, StoredLog, StoredPoint, StoredSpan} from './records.ts'

type Scalar = string | number | boolean
type Scalars = Record<string, Scalar | undefined>

/** Records as exporters know them; times in milliseconds relative to the moment of sending, negative is past. */
export interface Seed {
  spans?: SeedSpan[]
  logs?: SeedLog[]
  metrics?: SeedMetric[]
}

interface SeedSpan {
  trace_id: string; span_id: string; parent_span_id?: string | null; service: string; name: string; kind: string
  t_ms: number; duration_ms: number; status: string; attributes?: Scalars
  events?: {name: string; offset_ms: number; attributes?: Scalars}[]
}

interface SeedLog {
  service: string; t_ms: number; severity: string; body: string; attributes?: Scalars
  trace_id?: string; span_id?: string
}

interface SeedMetric {
  kind: string; name: string; unit: string; service: string; t_ms: number; attributes?: Scalars
  value?: number; count?: number; sum?: number; min?: number; max?: number
  bounds?: number[]; counts?: number[]; temporality?: string
}

const texts = (values: Scalars | undefined): Record<string, string> =>
  Object.fromEntries(Object.entries(values ?? {}).filter((entry): entry is [string, Scalar] => entry[1] !== undefined)
    .map(([key, value]) => [key, String(value)]))

/** The recorded incident, shifted so that it ends now: 37 traces, 186 spans, 21 logs, 19 metric points. */
export function seedRecords(nowMs: number): Batch {
  return recordsOf(seed as Seed, nowMs)
}

/** What the server makes of records that are sent now. A signal that is not sent stays away. */
export function recordsOf({spans, logs, metrics}: Seed, nowMs: number): Batch {
  const at: At = ms => BigInt(nowMs) * 1_000_000n + BigInt(Math.trunc(ms * 1e6))
  return {
    ...(spans ? {spans: spans.map(span => storedSpan(span, at))} : {}),
    ...(logs ? {logs: logs.map(log => storedLog(log, at))} : {}),
    ...(metrics ? {points: metrics.map(metric => storedPoint(metric, at))} : {}),
  }
}

type At = (ms: number) => bigint

function storedSpan(span: SeedSpan, at: At): StoredSpan {
  const attributes = texts(span.attributes)
  const llm = llmOf(attributes)
  return {
    traceId: span.trace_id, spanId: span.span_id, parentSpanId: span.parent_span_id ?? null, service: span.service,
    operation: span.name, kind: llm ? 'llm' : span.kind,
    startNs: at(span.t_ms), endNs: at(span.t_ms + span.duration_ms),
    status: span.status as StoredSpan['status'], attributes, ...(llm ? {llm} : {}),
    events: (span.events ?? []).map(event => (
      {name: event.name, atNs: at(span.t_ms + event.offset_ms), attributes: texts(event.attributes)})),
  }
}

function storedLog(log: SeedLog, at: At): StoredLog {
  return {
    atNs: at(log.t_ms), service: log.service, severity: log.severity, body: log.body,
    traceId: log.trace_id ?? null, spanId: log.span_id ?? null, attributes: texts(log.attributes),
  }
}

function storedPoint(metric: SeedMetric, at: At): StoredPoint {
  const {bounds, counts, count = 0, sum = 0, min, max, temporality = 'delta'} = metric
  const edges = {...(min === undefined ? {} : {min}), ...(max === undefined ? {} : {max})}
  return {
    atNs: at(metric.t_ms), service: metric.service, name: metric.name, type: metric.kind, unit: metric.unit,
    value: metric.value ?? sum, attributes: texts(metric.attributes),
    ...(bounds && counts ? {histogram: {bounds, counts, count, sum, ...edges, temporality}} : {}),
  }
}

/** What the server makes of the gen_ai attributes of a span; prompts and completions leave the attributes. */
function llmOf(attributes: Record<string, string>): Document | undefined {
  const provider = attributes['gen_ai.system']
  if (provider === undefined) return undefined
  delete attributes['gen_ai.prompt']
  delete attributes['gen_ai.completion']
  const number = (key: string) => (attributes[key] === undefined ? undefined : Number(attributes[key]))
  const input = number('gen_ai.usage.input_tokens')
  const output = number('gen_ai.usage.output_tokens')
  return {
    provider, model: attributes['gen_ai.request.model'], operation: attributes['gen_ai.operation.name'] ?? 'other',
    input_tokens: input, output_tokens: output, total_tokens: (input ?? 0) + (output ?? 0),
    cost_usd: number('gen_ai.usage.cost'),
  }
}
