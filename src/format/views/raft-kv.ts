import {escapeControl} from '../escape.ts'
import {size} from '../units.ts'
import {view, wide, type Page, type Tone} from '../view.ts'

interface Text {text: string; encoding: string}
interface Item {key: string; keyEncoding: string; value: string; valueEncoding: string; sizeBytes: number}
interface Read extends Item {node: number; consistency: string}
interface Short {value?: string; valueEncoding?: string; sha256?: string; sizeBytes: number}
interface Result {
  key: string; keyEncoding: string; action: string; knownBy: string; leader: number; before: Short | null; after: Short | null
}

/** What is no text says so: 0x… is hex, base64:… is Base64; a text that begins like one of them is quoted. */
export function marked(text: string, encoding: string): string {
  if (encoding === 'hex') return `0x${text}`
  if (encoding === 'base64') return `base64:${text}`
  return /^(0x|base64:|")/.test(text) ? JSON.stringify(text) : text
}

const keyOf = ({key, keyEncoding}: {key: string; keyEncoding: string}) => marked(key, keyEncoding)
const valueOf = ({value, valueEncoding}: Item) => marked(value, valueEncoding)
const sizeColumn = {
  get: (each: Item) => size(each.sizeBytes), value: (each: Item) => each.sizeBytes, unit: 'bytes', align: 'right' as const, priority: 1,
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
  return state.value === undefined ? `sha256:${state.sha256} (${state.sizeBytes} bytes)` : marked(state.value, state.valueEncoding ?? 'utf8')
}

/** A line of `kv watch`, as data: what is shown, JSON included, comes from it. */
export interface KvEvent {
  event: 'present' | 'watching' | 'put' | 'delete' | 'gap'
  at: string
  revision?: bigint
  node?: number
  key?: Text
  value?: Text & {sizeBytes: number}
  previous?: Text
  source?: string
  keys?: number
  reason?: string
}

/** The same item shape as in lists; what an event does not have is left out. */
export function kvEventData({key, value, previous, ...rest}: KvEvent): Record<string, unknown> {
  const {event, at, revision, node, source, keys, reason} = rest
  return {
    event, at, revision, ...(key ? {key: key.text, keyEncoding: key.encoding} : {}),
    ...(value ? {value: value.text, valueEncoding: value.encoding, sizeBytes: value.sizeBytes} : {}),
    ...(previous ? {previous: previous.text, previousEncoding: previous.encoding} : {}),
    node, source, keys, reason,
  }
}

const tones: Record<KvEvent['event'], Tone> = {present: 'dim', watching: 'dim', put: 'good', delete: 'warn', gap: 'bad'}

export function kvEventLine(each: KvEvent, page: Pick<Page, 'paint'>): string {
  const words = [
    ...(each.key ? [marked(each.key.text, each.key.encoding)] : []),
    ...(each.value ? [`= ${marked(each.value.text, each.value.encoding)}`] : []),
    ...(each.previous ? [`(was ${marked(each.previous.text, each.previous.encoding)})`] : []),
    ...(each.event === 'watching' ? [`${each.keys} keys, at node ${each.node}`] : []),
    ...(each.reason === undefined ? [] : [each.reason]),
    ...(each.source === 'scan' ? ['[found by a scan]'] : []),
  ]
  const revision = each.revision === undefined ? '-' : String(each.revision)
  return `${each.at}  ${page.paint(tones[each.event], each.event.padEnd(8))}  ${revision.padStart(8)}  ${escapeControl(words.join(' '))}\n`
}
