import type {Json} from '../net/json.ts'
import {decodeLog, decodePoint, decodeSpan} from './wire.ts'
import type {WalRecord, WalSignal} from './wal-frame.ts'
import type {WalFrame} from './wal-tail.ts'

const decoders = {spans: decodeSpan, logs: decodeLog, metrics: decodePoint} as const

/** A record in the shape that `spans`, `logs` and `metrics` print; as it was written when it has another. */
export function walRecord(signal: WalSignal, record: WalRecord): unknown {
  try {
    return decoders[signal](record as Json)
  } catch {
    return record
  }
}

/** What `--frames` prints of a frame. */
export interface FrameFacts {
  position: string
  next: string
  topic: string
  signal: string | null
  version: number | null
  sizeBytes: number
  checksum: string
  /** Null when it is not decoded. */
  records: number | null
  /** The first bytes of a frame that we cannot decode. */
  hex?: string
}

const shownBytes = 256

export function frameFacts(frame: WalFrame): FrameFacts {
  const {position, next, topic, signal, version, sizeBytes, checksum} = frame
  const facts = {position, next, topic, signal, version, sizeBytes, checksum}
  const records = countRecords(frame.slices)
  return records === null ? {...facts, records, hex: hexOf(frame.payload)} : {...facts, records}
}

/** The start of an undecodable payload in hexadecimal; empty when it is too large to hold. */
export function hexOf(payload: Buffer | undefined): string {
  return payload?.toString('hex', 0, shownBytes) ?? ''
}

/** Null when the payload is not what it says. */
export function countRecords(slices: Iterable<unknown[]> | undefined): number | null {
  if (!slices) return null
  try {
    let count = 0
    for (const slice of slices) count += slice.length
    return count
  } catch {
    return null
  }
}
