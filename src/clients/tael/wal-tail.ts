import type {Unpackr} from 'msgpackr'
import type {Clock} from '../net/deadline.ts'
import {checksumText} from './walrus-checksum.ts'
import type {SegmentFolder} from './walrus-folder.ts'
import {TopicReader} from './walrus-topic.ts'
import type {TopicItem} from './walrus-topic.ts'
import {jsonSlices, loadUnpackr, readFrame} from './wal-frame.ts'
import type {FrameReading, WalRecord, WalSignal} from './wal-frame.ts'
import {formatPosition} from './wal-position.ts'
import type {WalStart} from './wal-position.ts'

/** Topic of the write-ahead log itself; `spans` and `logs` are the live bus beside it, local ingest only. */
export const walTopics = ['tael_wal', 'spans', 'logs'] as const
export type WalTopic = (typeof walTopics)[number]

export interface WalFrame {
  kind: 'frame'
  /** Where it begins, and where to go on with `--from`. */
  position: string
  next: string
  topic: WalTopic
  sizeBytes: number
  /** FNV-1a 64 of the payload, which holds. */
  checksum: string
  /** Format version; null for the live bus, which has none. */
  version: number | null
  signal: WalSignal | null
  /** The payload's bytes; valid until the next frame is asked for, undefined when over the size limit. */
  payload: Buffer | undefined
  /** One pass, while the frame is the newest. */
  slices: Iterable<WalRecord[]> | undefined
}

export type WalItem =
  | WalFrame
  /** Bytes passed over because they are no intact entry. `waiting`: at the end, it may be a write under way. */
  | {kind: 'damage'; position: string; next: string | null; reason: string; waiting: boolean}
  | {kind: 'gap'; position: string; next: string; reason: string}
  /** All that is there has been read; while following, given once each time. */
  | {kind: 'tip'; position: string | null}

export interface WalTailOptions {
  topic: WalTopic
  from: WalStart
  follow: boolean
}

/** While following, every so many idle looks one goes behind empty places, which matters in damaged files only. */
const deepEvery = 128
/** An end that is not intact is looked at so often before it is called damaged. */
const patience = 25

/** The wait before the next look: short after activity, never so long that a record shows late. */
export function idleWaitMs(idleLooks: number): number {
  return Math.min(40, 5 * 2 ** Math.min(idleLooks, 3))
}

/**
 * Reads a WAL from `from` to its end, and on while the server writes when `follow` is set. It only reads: no
 * lock, no index, nothing is created. Ends with the signal, or at the end of what is there.
 */
export async function* tailWal(
  folder: SegmentFolder, {topic, from, follow}: WalTailOptions, clock: Clock, signal: AbortSignal,
): AsyncGenerator<WalItem> {
  const reader = new TopicReader(folder, topic, from)
  const unpackr = await loadUnpackr()
  try {
    let told: string | null = null
    for (let idle = 0; !signal.aborted;) {
      const item = await reader.next(!follow || idle % deepEvery === deepEvery - 1)
      if (item) {
        idle = 0
        yield asWalItem(item, topic, unpackr)
        continue
      }
      const position = reader.position ? formatPosition(reader.position) : null
      const doubtful = reader.tipDamage
      if (doubtful && idle === patience && told !== position) {
        told = position
        yield {kind: 'damage', position: position!, next: null, reason: doubtful, waiting: follow}
      }
      if (idle === 0 && follow || !follow && (!doubtful || idle >= patience)) yield {kind: 'tip', position}
      if (!follow && (!doubtful || idle >= patience)) return
      await clock.sleep(idleWaitMs(idle), signal).catch(() => undefined)
      idle += 1
    }
  } finally {
    await reader.close()
  }
}

function asWalItem(item: TopicItem, topic: WalTopic, unpackr: Unpackr): WalItem {
  const position = formatPosition(item.at)
  const next = formatPosition(item.next)
  if (item.kind === 'gap') return {kind: 'gap', position, next, reason: item.reason}
  if (item.kind === 'damage') return {kind: 'damage', position, next, reason: item.reason, waiting: false}
  const {payloadBytes, checksum} = item.header
  const frame = {
    kind: 'frame', position, next, topic, sizeBytes: payloadBytes, checksum: checksumText(checksum),
    payload: item.payload,
  } as const
  return {...frame, ...meaning(item.payload, topic, unpackr)}
}

function meaning(
  payload: Buffer | undefined, topic: WalTopic, unpackr: Unpackr,
): Pick<WalFrame, 'version' | 'signal' | 'slices'> {
  if (topic !== 'tael_wal') return {version: null, signal: topic, slices: payload && jsonSlices(payload)}
  const reading: FrameReading = payload ? readFrame(payload, unpackr) : {state: 'short'}
  if (reading.state === 'records') return reading
  return {version: reading.state === 'unknown' ? reading.version : null, signal: null, slices: undefined}
}
