import type {Unpackr} from 'msgpackr'
import {IntegrityError, NotFoundError} from '../net/errors.ts'
import {checksumText} from './walrus-checksum.ts'
import {maxPayloadBytes, openBytes} from './walrus-folder.ts'
import {readSegment} from './walrus-segment.ts'
import type {Segment} from './walrus-segment.ts'
import {firstEntryTopic} from './walrus-search.ts'
import {TopicReader} from './walrus-topic.ts'
import type {TopicItem} from './walrus-topic.ts'
import {readFrame} from './wal-frame.ts'
import {countRecords} from './wal-item.ts'
import type {WalSignal} from './wal-frame.ts'
import {listSegmentFiles} from './wal-directory.ts'
import type {SegmentFile} from './wal-directory.ts'

/** One entry of a segment, or a place where there should be one. */
export interface WalEntry {
  offset: number
  /** Empty when nothing in the file tells it. */
  topic: string
  sizeBytes: number | null
  checksum: string | null
  /** False where the bytes are no intact entry; `reason` says why. */
  intact: boolean
  reason: string | null
  version: number | null
  signal: WalSignal | null
  /** Records in the batch; null when it is not decoded. */
  records: number | null
}

/** Reads one segment file from its beginning, also behind damaged places. */
export async function* inspectSegment(path: string, unpackr: Unpackr): AsyncGenerator<WalEntry> {
  const segment = readSegment(await openBytes(path), maxPayloadBytes)
  const topic = await firstEntryTopic(segment)
  if (topic === undefined) {
    const first = await segment.header(0)
    await segment.close()
    if (first.state === 'damaged') yield damaged(0, '', first.reason)
    return
  }
  const reader = new TopicReader(oneFile(path, segment), topic, 'start')
  try {
    for (let item = await reader.next(true); item; item = await reader.next(true)) yield asEntry(item, topic, unpackr)
    if (reader.tipDamage) yield damaged(reader.position?.offset ?? 0, topic, reader.tipDamage)
  } finally {
    await reader.close()
  }
}

function oneFile(path: string, segment: Segment) {
  return {path, list: async () => ['0'], open: async () => segment}
}

function asEntry(item: TopicItem, topic: string, unpackr: Unpackr): WalEntry {
  if (item.kind !== 'entry') return damaged(item.at.offset, topic, item.reason)
  const {payloadBytes, checksum} = item.header
  const entry = {
    offset: item.at.offset, topic, sizeBytes: payloadBytes, checksum: checksumText(checksum), intact: true,
    reason: null,
    version: null, signal: null, records: null,
  }
  if (topic !== 'tael_wal' || !item.payload) return entry
  const frame = readFrame(item.payload, unpackr)
  if (frame.state === 'unknown') return {...entry, version: frame.version}
  if (frame.state === 'short') return entry
  return {...entry, version: frame.version, signal: frame.signal, records: countRecords(frame.slices)}
}

function damaged(offset: number, topic: string, reason: string): WalEntry {
  return {
    offset, topic, sizeBytes: null, checksum: null, intact: false, reason, version: null, signal: null, records: null,
  }
}

export interface SegmentStat extends SegmentFile {
  /** Null when nothing is written in it yet. */
  topic: string | null
  entries: number
  damaged: number
  /** Payload bytes of the intact entries. */
  payloadBytes: number
}

/** Counts what each segment file holds, with every checksum. Files that vanish meanwhile are left out. */
export async function* statSegments(walDir: string, unpackr: Unpackr): AsyncGenerator<SegmentStat> {
  for (const file of await listSegmentFiles(walDir)) {
    const counted: SegmentStat = {...file, topic: null, entries: 0, damaged: 0, payloadBytes: 0}
    try {
      for await (const entry of inspectSegment(`${walDir}/${file.path}`, unpackr)) {
        counted.topic = entry.topic || null
        counted.entries += entry.intact ? 1 : 0
        counted.damaged += entry.intact ? 0 : 1
        counted.payloadBytes += entry.sizeBytes ?? 0
      }
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error
      continue
    }
    yield counted
  }
}

/** The error to end with when damage was found. */
export function damageError(place: string, count: number): IntegrityError {
  return new IntegrityError(`${count} damaged place${count === 1 ? '' : 's'} in ${place}`, {
    endpoint: place, hint: 'tael wal inspect FILE shows where; the records in them are lost for readers of the WAL.',
  })
}
