import {escapeControl} from '../escape.ts'
import {instant, size} from '../units.ts'
import {view, wide, type Page, type Tone} from '../view.ts'

interface Text {text: string; encoding: string}
interface Item {key: string; keyEncoding: string; value: string; valueEncoding: string; sizeBytes: number}
interface Read extends Item {node: number; consistency: string}
interface Short {value?: string; valueEncoding?: string; sha256?: string; sizeBytes: number}
interface Result {
  key: string; keyEncoding: string; action: string; knownBy: string; leader: number
  before: Short | null; after: Short | null
}

/** What is no text says so: 0x… is hex, base64:… is Base64; a text that begins like one of them is quoted. */
function marked(text: string, encoding: string): string {
  if (encoding === 'hex') return `0x${text}`
  if (encoding === 'base64') return `base64:${text}`
  return /^(0x|base64:|")/.test(text) ? JSON.stringify(text) : text
}

const keyOf = ({key, keyEncoding}: {key: string; keyEncoding: string}) => marked(key, keyEncoding)
const valueOf = ({value, valueEncoding}: Item) => marked(value, valueEncoding)
const sizeColumn = {
  get: (each: Item) => size(each.sizeBytes), value: (each: Item) => each.sizeBytes, unit: 'bytes',
  align: 'right' as const, priority: 1,
}

export const kvView = view<Item>('keys', keyOf, {
  key: keyOf, size: sizeColumn, value: {get: valueOf, priority: 0},
}, {empty: 'no keys'})

export const kvReadView = view<Read>('keys', keyOf, {
  key: keyOf, size: sizeColumn, value: {get: valueOf, priority: 0}, node: wide(each => each.node),
  consistency: wide(each => each.consistency),
}, {empty: 'no keys'})

export const kvResultView = view<Result>('write', keyOf, {
  key: keyOf,
  action: each => each.action,
  'known-by': each => each.knownBy,
  leader: each => each.leader,
  before: {get: each => stateText(each.before), priority: 0},
  after: {get: each => stateText(each.after), priority: 0},
})

function stateText(state: Short | null): string {
  if (state === null) return 'absent'
  const {value, valueEncoding = 'utf8', sha256, sizeBytes} = state
  if (value === '') return 'empty'
  return value === undefined ? `sha256:${sha256} (${sizeBytes} bytes)` : marked(value, valueEncoding)
}

/** A record of `kv watch` as it comes: keys and values are bytes. */
export interface KvRecord {
  event: 'present' | 'watching' | 'put' | 'delete' | 'gap'
  revision: bigint
  key?: Uint8Array
  value?: Uint8Array
  previous?: Uint8Array
  source?: string
  node?: number
  keys?: number
  reason?: string
}

/** The same as data; what an event does not have is left out. */
export interface KvEvent {
  event: KvRecord['event']
  at: string
  /** Index in the log of the change, or of the snapshot; of a gap, the last one that was seen. */
  revision: bigint
  key?: string
  keyEncoding?: string
  value?: string
  valueEncoding?: string
  sizeBytes?: number
  previous?: string
  previousEncoding?: string
  /** `scan` when no event told it. */
  source?: string
  node?: number
  keys?: number
  reason?: string
}

/** How bytes become text is the caller's to say. */
type Show = (bytes: Uint8Array) => Text

export function kvEvent(record: KvRecord, nowMs: number, showKey: Show, showValue: Show): KvEvent {
  const {key, value, previous, event, revision, source, node, keys, reason} = record
  const shownKey = key && showKey(key)
  const [shownValue, shownPrevious] = [value && showValue(value), previous && showValue(previous)]
  return {
    event, at: new Date(nowMs).toISOString(), revision,
    ...(shownKey ? {key: shownKey.text, keyEncoding: shownKey.encoding} : {}),
    ...(shownValue ? {value: shownValue.text, valueEncoding: shownValue.encoding, sizeBytes: value!.length} : {}),
    ...(shownPrevious ? {previous: shownPrevious.text, previousEncoding: shownPrevious.encoding} : {}),
    ...(source === undefined ? {} : {source}), ...(node === undefined ? {} : {node}),
    ...(keys === undefined ? {} : {keys}), ...(reason === undefined ? {} : {reason}),
  }
}

const tones: Record<string, Tone> = {present: 'dim', watching: 'dim', put: 'good', delete: 'warn', gap: 'bad'}

export function kvEventLine(each: KvEvent, page: Pick<Page, 'paint'>): string {
  const words = [
    ...(each.key === undefined ? [] : [marked(each.key, each.keyEncoding!)]),
    ...(each.value === undefined ? [] : [`= ${marked(each.value, each.valueEncoding!)}`]),
    ...(each.previous === undefined ? [] : [`(was ${marked(each.previous, each.previousEncoding!)})`]),
    ...(each.event === 'watching' ? [`${each.keys} keys, at node ${each.node}`] : []),
    ...(each.reason === undefined ? [] : [each.reason]),
    ...(each.source === 'scan' && each.event !== 'present' ? ['[found by a scan]'] : []),
  ]
  return eventLine(each, String(each.revision), words.join(' '), page)
}

export interface MembershipRecord {
  event: 'membership' | 'gap'
  node: number
  members?: number[]
  learners?: number[]
  committedIndex?: bigint
  reason?: string
}

export interface MembershipEvent extends MembershipRecord {
  at: string
}

export function membershipEvent({event, ...rest}: MembershipRecord, nowMs: number): MembershipEvent {
  return {event, at: new Date(nowMs).toISOString(), ...rest}
}

export function membershipLine(each: MembershipEvent, page: Pick<Page, 'paint'>): string {
  const {members = [], learners = [], reason} = each
  const words = reason ?? `voters ${members.join(',')}${learners.length > 0 ? ` learners ${learners.join(',')}` : ''}`
  const index = each.committedIndex === undefined ? '-' : String(each.committedIndex)
  return eventLine(each, index, `node ${each.node}: ${words}`, page)
}

type Line = Pick<Page, 'paint'>

function eventLine({at, event}: {at: string; event: string}, index: string, words: string, page: Line): string {
  const painted = page.paint(tones[event] ?? 'key', event.padEnd(8))
  return `${instant(at)}  ${painted}  ${index.padStart(8)}  ${escapeControl(words)}\n`
}
