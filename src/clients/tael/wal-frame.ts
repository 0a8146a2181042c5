import type {Unpackr} from 'msgpackr'
import {parseJson} from '../net/json.ts'
import type {Json} from '../net/json.ts'

export const walSignals = ['spans', 'logs', 'metrics'] as const
export type WalSignal = (typeof walSignals)[number]

/** A record as the server wrote it: the field names of its JSON documents, times as text. */
export type WalRecord = {[key: string]: Json}

export type FrameReading =
  /** `slices` decodes as it is read and throws on a payload that is not what it says; one pass only. */
  | {state: 'records'; version: 1 | 2; signal: WalSignal; slices: Iterable<WalRecord[]>}
  /** A version or signal that we do not know: shown, never guessed. */
  | {state: 'unknown'; version: number; signalByte: number}
  | {state: 'short'}

/** Decoded records are handed on in slices of about this many payload bytes, which bounds memory. */
const sliceBytes = 64 * 1024

/**
 * A frame is version byte, signal byte, then one ingest batch as an array of records: JSON text in version 1
 * (tael 0.5.14), MessagePack with field names in version 2 (0.5.15). Compared with recorded frames of both.
 */
export function readFrame(payload: Buffer, unpackr: Unpackr): FrameReading {
  if (payload.length < 2) return {state: 'short'}
  const version = payload[0]!
  const signal = walSignals[payload[1]! - 1]
  if (!signal || (version !== 1 && version !== 2)) return {state: 'unknown', version, signalByte: payload[1]!}
  const body = payload.subarray(2)
  return {state: 'records', version, signal, slices: version === 1 ? jsonSlices(body) : packedSlices(body, unpackr)}
}

/** The payload of the live bus (topics `spans` and `logs`): a JSON array without a frame around it. */
export function* jsonSlices(body: Buffer): Generator<WalRecord[]> {
  const value = parseJson(body.toString('utf8'))
  if (!Array.isArray(value)) throw new TypeError('the batch is not an array')
  yield value.map(asRecord)
}

function* packedSlices(body: Buffer, unpackr: Unpackr): Generator<WalRecord[]> {
  const {count, at: first} = arrayHead(body)
  let left = count
  for (let at = first; left > 0;) {
    const slice: WalRecord[] = []
    const from = at
    unpackr.unpackMultiple(body.subarray(from), ((value: Json, _start: number, end: number) => {
      slice.push(asRecord(value))
      at = from + end
      left -= 1
      return left > 0 && at - from < sliceBytes
    }) as (value: unknown, start?: number, end?: number) => unknown)
    if (slice.length === 0) throw new TypeError(`the batch ends ${left} records early`)
    yield slice
  }
}

function arrayHead(body: Buffer): {count: number; at: number} {
  const first = body[0] ?? 0
  if (first >= 0x90 && first <= 0x9f) return {count: first & 0x0f, at: 1}
  if (first === 0xdc && body.length >= 3) return {count: body.readUInt16BE(1), at: 3}
  if (first === 0xdd && body.length >= 5) return {count: body.readUInt32BE(1), at: 5}
  throw new TypeError('the batch is not an array')
}

function asRecord(value: Json): WalRecord {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new TypeError('a record is not a map')
  return value
}

/** The decoder that `readFrame` wants; integers beyond 2^53 become bigint. Loaded on first use. */
export async function loadUnpackr(): Promise<Unpackr> {
  const {Unpackr} = await import('msgpackr')
  // 'auto', a number where it is safe, is missing from the package's types.
  return new Unpackr({useRecords: false, mapsAsObjects: true, int64AsType: 'auto' as 'bigint'})
}
