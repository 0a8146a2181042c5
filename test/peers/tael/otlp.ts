/** OTLP records as plain data, times in milliseconds relative to the moment of sending (negative is past). */
export interface SeedSpan {
  trace_id: string
  span_id: string
  parent_span_id?: string | null
  service: string
  name: string
  kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer'
  t_ms: number
  duration_ms: number
  status: 'ok' | 'error' | 'unset'
  status_message?: string
  attributes?: Record<string, Scalar>
  events?: {name: string; offset_ms: number; attributes?: Record<string, Scalar>}[]
}

export interface SeedLog {
  service: string
  t_ms: number
  severity: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal'
  body: string
  trace_id?: string
  span_id?: string
  attributes?: Record<string, Scalar>
}

export interface SeedMetric {
  kind: 'gauge' | 'sum' | 'histogram' | 'summary'
  name: string
  unit: string
  service: string
  t_ms: number
  value?: number
  count?: number
  sum?: number
  bounds?: number[]
  counts?: number[]
  min?: number
  max?: number
  temporality?: 'cumulative' | 'delta'
  attributes?: Record<string, Scalar>
}

export interface Seed {
  spans: SeedSpan[]
  logs: SeedLog[]
  metrics: SeedMetric[]
}

type Scalar = string | number | boolean

const kinds = {internal: 1, server: 2, client: 3, producer: 4, consumer: 5}
const statuses = {unset: 0, ok: 1, error: 2}
const severities = {trace: 1, debug: 5, info: 9, warn: 13, error: 17, fatal: 21}

function varint(value: number | bigint): Buffer {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, BigInt(value))
  do {
    const low = Number(rest & 127n)
    rest >>= 7n
    bytes.push(rest > 0n ? low | 128 : low)
  } while (rest > 0n)
  return Buffer.from(bytes)
}

const tag = (field: number, wire: number): Buffer => varint((field << 3) | wire)
const bytes = (field: number, ...parts: Buffer[]): Buffer => {
  const body = Buffer.concat(parts)
  return Buffer.concat([tag(field, 2), varint(body.length), body])
}
const text = (field: number, value: string): Buffer =>
  (value === '' ? Buffer.alloc(0) : bytes(field, Buffer.from(value)))
const number = (field: number, value: number): Buffer => Buffer.concat([tag(field, 0), varint(value)])

function fixed(field: number, value: bigint): Buffer {
  const body = Buffer.alloc(8)
  body.writeBigUInt64LE(BigInt.asUintN(64, value))
  return Buffer.concat([tag(field, 1), body])
}

function double(field: number, value: number): Buffer {
  return Buffer.concat([tag(field, 1), doubles([value])])
}

function doubles(values: number[]): Buffer {
  const body = Buffer.alloc(8 * values.length)
  values.forEach((value, at) => body.writeDoubleLE(value, at * 8))
  return body
}

function anyValue(value: Scalar): Buffer {
  if (typeof value === 'boolean') return number(2, Number(value))
  if (typeof value === 'string') return bytes(1, Buffer.from(value))
  return Number.isInteger(value) ? Buffer.concat([tag(3, 0), varint(value)]) : double(4, value)
}

function attributes(field: number, values: Record<string, Scalar> = {}): Buffer {
  return Buffer.concat(
    Object.entries(values).map(([key, value]) => bytes(field, bytes(1, Buffer.from(key)), bytes(2, anyValue(value)))),
  )
}

type At = (ms: number) => bigint

function encodeSpan(span: SeedSpan, at: At): Buffer {
  return Buffer.concat([
    bytes(1, Buffer.from(span.trace_id, 'hex')), bytes(2, Buffer.from(span.span_id, 'hex')),
    span.parent_span_id ? bytes(4, Buffer.from(span.parent_span_id, 'hex')) : Buffer.alloc(0),
    text(5, span.name), number(6, kinds[span.kind]), fixed(7, at(span.t_ms)),
    fixed(8, at(span.t_ms + span.duration_ms)),
    attributes(9, span.attributes),
    ...(span.events ?? []).map(event => bytes(
      11, fixed(1, at(span.t_ms + event.offset_ms)), text(2, event.name), attributes(3, event.attributes),
    )),
    span.status === 'unset'
      ? Buffer.alloc(0)
      : bytes(15, text(2, span.status_message ?? ''), number(3, statuses[span.status])),
  ])
}

function encodeLog(log: SeedLog, at: At): Buffer {
  return Buffer.concat([
    fixed(1, at(log.t_ms)), number(2, severities[log.severity]), text(3, log.severity.toUpperCase()),
    bytes(5, anyValue(log.body)), attributes(6, log.attributes),
    log.trace_id
      ? Buffer.concat([bytes(9, Buffer.from(log.trace_id, 'hex')), bytes(10, Buffer.from(log.span_id ?? '', 'hex'))])
      : Buffer.alloc(0),
    fixed(11, at(log.t_ms)),
  ])
}

function encodeMetric(metric: SeedMetric, at: At): Buffer {
  const head = Buffer.concat([text(1, metric.name), text(3, metric.unit)])
  const time = fixed(3, at(metric.t_ms))
  const temporality = number(2, metric.temporality === 'cumulative' ? 2 : 1)
  const labels = (field: number) => attributes(field, metric.attributes)
  switch (metric.kind) {
    case 'gauge': return Buffer.concat([head, bytes(5, bytes(1, time, double(4, metric.value!), labels(7)))])
    case 'sum':
      return Buffer.concat([
        head,
        bytes(7, bytes(1, time, fixed(6, BigInt(Math.trunc(metric.value!))), labels(7)), temporality, number(3, 1)),
      ])
    case 'histogram': {
      const counts = Buffer.alloc(8 * metric.counts!.length)
      metric.counts!.forEach((count, index) => counts.writeBigUInt64LE(BigInt(count), index * 8))
      return Buffer.concat([head, bytes(9, bytes(1, time, fixed(
        4, BigInt(metric.count!),
      ), double(5, metric.sum!), bytes(6, counts),
        bytes(7, doubles(metric.bounds!)), labels(9), double(11, metric.min!), double(12, metric.max!)), temporality)])
    }
    default: return Buffer.concat([
      head, bytes(11, bytes(1, time, fixed(4, BigInt(metric.count!)), double(5, metric.sum!), labels(7))),
    ])
  }
}

/** One resource per service, as exporters send it. */
function grouped<T extends {service: string}>(items: readonly T[], encode: (item: T) => Buffer): Buffer {
  const groups = Map.groupBy(items, item => item.service)
  return Buffer.concat([...groups].map(([service, members]) => bytes(1,
    bytes(1, attributes(1, {'service.name': service, 'service.version': '1.0.0'})),
    bytes(2, bytes(1, text(1, 'seed')), ...members.map(item => bytes(2, encode(item)))))))
}

export interface SendOptions {
  /** The moment that record times are relative to, in nanoseconds since the epoch. */
  nowNs?: bigint
  apiKey?: string
  /** Spans in one request at most. */
  batch?: number
}

export interface OtlpBatch {
  signal: 'traces' | 'logs' | 'metrics'
  body: Buffer
}

/** The records as OTLP request bodies. */
export function otlpBatches(seed: Partial<Seed>, options: SendOptions = {}): OtlpBatch[] {
  const nowNs = options.nowNs ?? BigInt(Date.now()) * 1_000_000n
  const at: At = ms => nowNs + BigInt(Math.trunc(ms * 1e6))
  const size = options.batch ?? 5_000
  const batches: OtlpBatch[] = []
  for (let from = 0; from < (seed.spans?.length ?? 0); from += size) {
    batches.push({signal: 'traces', body: grouped(seed.spans!.slice(from, from + size), span => encodeSpan(span, at))})
  }
  if (seed.logs?.length) batches.push({signal: 'logs', body: grouped(seed.logs, log => encodeLog(log, at))})
  if (seed.metrics?.length) {
    batches.push({signal: 'metrics', body: grouped(seed.metrics, metric => encodeMetric(metric, at))})
  }
  return batches
}

/** Sends records to an OTLP/HTTP or REST port of tael; rejects on any answer but 200. */
export async function sendOtlp(baseUrl: string, seed: Partial<Seed>, options: SendOptions = {}): Promise<void> {
  for (const {signal, body} of otlpBatches(seed, options)) await post(baseUrl, `/v1/${signal}`, body, options.apiKey)
}

async function post(baseUrl: string, path: string, body: Buffer, apiKey?: string): Promise<void> {
  const answer = await fetch(baseUrl + path, {
    method: 'POST',
    body: new Uint8Array(body),
    headers: {'content-type': 'application/x-protobuf', ...(apiKey ? {authorization: `Bearer ${apiKey}`} : {})},
  })
  await answer.arrayBuffer()
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status}`)
}

/** `count` spans in traces of `perTrace`, for tests of size; ids are made from `salt`. */
export function manySpans(count: number, perTrace: number, salt = 1): SeedSpan[] {
  return Array.from({length: count}, (_, at) => {
    const trace = Math.floor(at / perTrace)
    const place = at % perTrace
    const id = (value: number) => (value + salt * 0x1000_0000).toString(16).padStart(16, '0')
    return {
      trace_id: (trace + 1).toString(16).padStart(24, '0') + salt.toString(16).padStart(8, '0'),
      span_id: id(at + 1),
      parent_span_id: place === 0 ? null : id(at - place + 1 + Math.floor((place - 1) / 4)),
      service: `service-${at % 7}`,
      name: `operation ${at % 13}`,
      kind: 'internal',
      t_ms: -60_000 + trace * 0.01 + place * 0.001,
      duration_ms: perTrace - place + 0.000_123,
      status: at % 50 === 0 ? 'error' : 'ok',
      attributes: {index: at, region: `r${at % 3}`},
    }
  })
}
