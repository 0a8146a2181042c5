import seed from './seed.json' with {type: 'json'}
import type {Batch, StoredLog, StoredPoint, StoredSpan} from './records.ts'

type Scalar = string | number | boolean

type Scalars = Record<string, Scalar | undefined>

const texts = (values: object | undefined): Record<string, string> =>
  Object.fromEntries(Object.entries((values ?? {}) as Scalars).filter((entry): entry is [string, Scalar] => entry[1] !== undefined)
    .map(([key, value]) => [key, String(value)]))

/** The recorded incident, shifted so that it ends now: 37 traces, 186 spans, 21 logs, 19 metric points. */
export function seedRecords(nowMs: number): Required<Batch> {
  const at = (ms: number): bigint => BigInt(nowMs) * 1_000_000n + BigInt(Math.trunc(ms * 1e6))
  return {
    spans: seed.spans.map((span): StoredSpan => {
      const attributes = texts(span.attributes)
      const llm = llmOf(attributes)
      return {
        traceId: span.trace_id, spanId: span.span_id, parentSpanId: span.parent_span_id ?? null, service: span.service,
        operation: span.name, kind: llm ? 'llm' : span.kind, startNs: at(span.t_ms), endNs: at(span.t_ms + span.duration_ms),
        status: span.status as StoredSpan['status'], attributes, ...(llm ? {llm} : {}),
        events: ('events' in span ? span.events ?? [] : []).map(event => ({
          name: event.name, atNs: at(span.t_ms + event.offset_ms), attributes: texts(event.attributes),
        })),
      }
    }),
    logs: seed.logs.map((log): StoredLog => ({
      atNs: at(log.t_ms), service: log.service, severity: log.severity, body: log.body,
      traceId: ('trace_id' in log ? log.trace_id : undefined) ?? null, spanId: ('span_id' in log ? log.span_id : undefined) ?? null,
      attributes: texts(log.attributes),
    })),
    points: seed.metrics.map((metric): StoredPoint => ({
      atNs: at(metric.t_ms), service: metric.service, name: metric.name, type: metric.kind, unit: metric.unit,
      value: metric.value ?? metric.sum ?? 0, attributes: texts(metric.attributes),
      ...(metric.bounds && metric.counts ? {histogram: {
        bounds: metric.bounds, counts: metric.counts, count: metric.count ?? 0, sum: metric.sum ?? 0,
        min: metric.min, max: metric.max, temporality: metric.temporality ?? 'delta',
      }} : {}),
    })),
  }
}

/** What the server makes of the gen_ai attributes of a span; prompts and completions leave the attributes. */
function llmOf(attributes: Record<string, string>): Record<string, unknown> | undefined {
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
