import {escapeControl} from '../escape.ts'
import {duration, instant, relative, size} from '../units.ts'
import {view, type Page} from '../view.ts'

/* The records as the client gives them; spelled out here because formats know no client. */
interface Entry {
  offset: number; topic: string; sizeBytes: number | null; checksum: string | null; intact: boolean
  reason: string | null
  version: number | null; signal: string | null; records: number | null
}
interface SegmentStat {
  path: string; topic: string | null; entries: number; damaged: number; payloadBytes: number
  apparentBytes: number; realBytes: number; createdMs: number; modifiedMs: number
}
interface Frame {
  position: string; topic: string; signal: string | null; version: number | null; sizeBytes: number; checksum: string
  records: number | null; hex?: string
}

const iso = (ms: number): string | null =>
  (Number.isFinite(ms) && Math.abs(ms) < 8.64e15 ? new Date(ms).toISOString() : null)

export const walEntryView = view<Entry>('entries', each => String(each.offset), {
  offset: {get: each => each.offset, align: 'right'},
  topic: each => each.topic,
  version: each => each.version,
  signal: each => each.signal,
  records: each => each.records,
  size: {
    get: each => (each.sizeBytes === null ? null : size(each.sizeBytes)), align: 'right',
    value: each => each.sizeBytes, unit: 'bytes',
  },
  checksum: each => each.checksum,
  state: {
    get: each => (each.intact ? 'intact' : `damaged: ${each.reason}`), tone: each => (each.intact ? undefined : 'bad'),
  },
}, {empty: 'nothing is written in this segment'})

export function walStatView(nowMs: number) {
  return view<SegmentStat>('segments', each => each.path, {
    segment: each => each.path,
    topic: each => each.topic,
    frames: each => each.entries,
    damaged: {get: each => each.damaged, tone: each => (each.damaged > 0 ? 'bad' : undefined)},
    payload: {get: each => size(each.payloadBytes), align: 'right', value: each => each.payloadBytes, unit: 'bytes'},
    'on disk': {get: each => size(each.realBytes), align: 'right', value: each => each.realBytes, unit: 'bytes'},
    apparent: {get: each => size(each.apparentBytes), align: 'right', value: each => each.apparentBytes, unit: 'bytes'},
    created: {get: each => relative(each.createdMs, nowMs), value: each => iso(each.createdMs)},
    written: {get: each => relative(each.modifiedMs, nowMs), value: each => iso(each.modifiedMs)},
  }, {
    empty: 'no segment files',
    data: ({createdMs, modifiedMs, ...each}) => ({...each, createdAt: iso(createdMs), modifiedAt: iso(modifiedMs)}),
  })
}

/** One line for a frame, for a stream that has no table around it. */
export function walFrameLine(frame: Frame, page: Page): string {
  const {signal, version} = frame
  const what = signal === null ? `unknown version ${version ?? '?'}` : `${signal} v${version ?? '-'}`
  const count = frame.records === null ? `hex ${frame.hex ?? ''}` : `${frame.records} records`
  return `${page.paint('key', frame.position)} ${frame.topic} ${what} ${frame.sizeBytes} B ${frame.checksum} ${count}\n`
}

type Shown = Record<string, unknown>

/** The most important of a record, safe to show. */
export interface WalRecordFacts {
  /** When it began or was written, as it says itself. */
  at: string
  service: string
  text: string
  /** An error. */
  bad: boolean
}

export function walRecordFacts(signal: string, record: Shown): WalRecordFacts {
  return {
    at: String(record['startTime'] ?? record['timestamp'] ?? ''), service: text(record['service']),
    text: says(signal, record),
    bad: record['status'] === 'error' || ['error', 'fatal'].includes(String(record['severity'])),
  }
}

/** One line for a record: its time, service and what it says. */
export function walRecordLine(signal: string, record: Shown, page: Page): string {
  const {at, service, text: words, bad} = walRecordFacts(signal, record)
  const line = `${instant(at)} ${page.paint('key', signal.slice(0, -1).padEnd(6))} ${service} ${words}`
  return `${bad ? page.paint('bad', line) : line}\n`
}

function says(signal: string, record: Shown): string {
  if (signal === 'spans') {
    const words = `${text(record['operation'])} ${duration(Number(record['durationMs']))}`
    return `${words} ${text(record['status'])} ${text(record['traceId'])}`
  }
  if (signal === 'logs') return `${text(record['severity'])} ${text(record['body'])}`
  return `${text(record['name'])} ${text(record['value'])} ${text(record['unit'])}`
}

function text(value: unknown): string {
  return escapeControl(String(value ?? '-'))
}
