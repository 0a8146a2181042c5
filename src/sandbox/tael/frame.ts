import {Packr, Unpackr} from 'msgpackr'
import {Reader} from '../../clients/net/decode.ts'
import {parseInstantNs} from '../../clients/tael/instant.ts'
import {readFrame, walSignals, type WalRecord, type WalSignal} from '../../clients/tael/wal-frame.ts'
import {
  logRecord, pointRecord, spanRecord, type Batch, type Document, type StoredLog, type StoredPoint, type StoredSpan,
} from './records.ts'
import {RouteError} from './route-error.ts'

const packr = new Packr({useRecords: false})
const unpackr = new Unpackr({useRecords: false, mapsAsObjects: true})

/** One ingest batch of one signal as 0.5.15 frames it: version 2, signal, MessagePack. */
export function encodeFrame(signal: WalSignal, records: readonly object[]): Buffer {
  return Buffer.concat([Buffer.of(2, walSignals.indexOf(signal) + 1), packr.pack(records)])
}

export interface Framed {
  signal: WalSignal
  records: Document[]
  frame: Buffer
  /** The part of the batch that this is. */
  batch: Batch
}

/** Every signal of a batch as its records and its frame. */
export function framesOf({spans, logs, points}: Batch): Framed[] {
  const framed = (signal: WalSignal, records: Document[], batch: Batch): Framed =>
    ({signal, records, frame: encodeFrame(signal, records), batch})
  return [
    ...(spans ? [framed('spans', spans.map(spanRecord), {spans})] : []),
    ...(logs ? [framed('logs', logs.map(logRecord), {logs})] : []),
    ...(points ? [framed('metrics', points.map(pointRecord), {points})] : []),
  ]
}

/** What a frame that a leader shipped holds; one that a standby of 0.5.15 refuses is 422 with its words. */
export function batchOf(frame: Buffer): Batch {
  const reading = readFrame(frame, unpackr)
  if (reading.state === 'short') throw new RouteError(422, `WAL record too short: ${frame.length} bytes`)
  if (frame[0] !== 2) throw new RouteError(422, `unsupported WAL record version ${frame[0]}`)
  if (reading.state === 'unknown') throw new RouteError(422, `unknown WAL signal tag ${reading.signalByte}`)
  try {
    const records = [...reading.slices].flat()
    if (reading.signal === 'spans') return {spans: records.map(storedSpan)}
    if (reading.signal === 'logs') return {logs: records.map(storedLog)}
    return {points: records.map(storedPoint)}
  } catch (error) {
    throw new RouteError(422, (error as Error).message)
  }
}

const ns = (from: Reader, key: string): bigint => parseInstantNs(from.string(key)) ?? 0n
const texts = (value: unknown) => (value ?? {}) as Record<string, string>

function storedSpan(record: WalRecord): StoredSpan {
  const from = new Reader(record, 'span')
  const events = (record['events'] ?? []) as WalRecord[]
  return {
    traceId: from.string('trace_id'), spanId: from.string('span_id'), parentSpanId: from.stringOrNull('parent_span_id'),
    service: from.string('service'), operation: from.string('operation'), kind: from.string('kind'),
    startNs: ns(from, 'start_time'), endNs: ns(from, 'end_time'), status: from.string('status') as StoredSpan['status'],
    attributes: texts(record['attributes']),
    events: events.map(each => ({
      name: String(each['name']), atNs: parseInstantNs(String(each['timestamp'])) ?? 0n,
      attributes: texts(each['attributes']),
    })),
    ...(record['llm'] ? {llm: record['llm'] as Record<string, unknown>} : {}),
  }
}

function storedLog(record: WalRecord): StoredLog {
  const from = new Reader(record, 'log')
  return {
    atNs: ns(from, 'timestamp'), service: from.string('service'), severity: from.string('severity'),
    body: from.string('body'), traceId: from.stringOrNull('trace_id'), spanId: from.stringOrNull('span_id'),
    attributes: texts(record['attributes']),
  }
}

function storedPoint(record: WalRecord): StoredPoint {
  const from = new Reader(record, 'point')
  const histogram = record['histogram'] as StoredPoint['histogram'] | undefined
  return {
    atNs: ns(from, 'timestamp'), service: from.string('service'), name: from.string('name'),
    type: from.string('metric_type'), value: from.number('value'), unit: from.string('unit'),
    attributes: texts(record['attributes']), ...(histogram ? {histogram} : {}),
  }
}
