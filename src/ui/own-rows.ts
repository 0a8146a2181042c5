import type {Controls} from './controller.ts'
import type {KvPage} from './model.ts'
import {timeOfDay} from './panels/signals.ts'
import type {Sources} from './sources.ts'
import {edit, type ListScreen} from './ui-state.ts'

/** Rows that a screen reads for itself: when it is opened, and again when it is told to. */
export type OwnRows =
  | {kind: 'history'; task: string} | {kind: 'kv'; prefix: string} | {kind: 'trace logs'; traceId: string}

interface Answer {
  items: readonly unknown[]
  /** What they are, for the title. */
  subject: string
}

type Readers = {
  [K in OwnRows['kind']]:
  (sources: Sources, own: Extract<OwnRows, {kind: K}>, signal: AbortSignal, nowMs: () => number) => Promise<Answer>
}

const readers: Readers = {
  history: async (sources, {task}, signal) => ({
    items: [...await sources.taskHistory(task, signal)].reverse(), subject: task,
  }),
  'trace logs': async (sources, {traceId}, signal) => {
    const {items, missing, within} = await sources.traceLogs(traceId, signal)
    const words = [`of trace ${traceId}`, within, ...missing.map(part => `missing ${part}`)]
    return {items, subject: words.filter(Boolean).join('  ')}
  },
  kv: async (sources, {prefix}, signal, nowMs) => {
    const page = await sources.kv(prefix, signal)
    return {items: page.items, subject: kvSubject(prefix, page, nowMs())}
  },
}

/** What was asked for, how much of it is missing here, and how true it is. */
export function kvSubject(prefix: string, {items, total, node, revision}: KvPage, nowMs: number): string {
  const asked = prefix === '' ? 'all keys' : prefix
  const more = total > items.length ? `  the first ${items.length} of ${total}: narrow it with :kv PREFIX` : ''
  const none = total === 0 && prefix === '' ? '  (RocksDB nodes list none without a prefix: :kv PREFIX)' : ''
  return `${asked}${more}${none}  linearizable, node ${node}, revision ${revision}, at ${timeOfDay(nowMs)}Z`
}

function subjectOf(own: OwnRows): string {
  switch (own.kind) {
    case 'history': return own.task
    case 'kv': return own.prefix || 'all keys'
    case 'trace logs': return `of trace ${own.traceId}`
  }
}

/** Reads the rows of the screen; an answer that comes after the next question is not taken. */
export function loadOwn(controls: Controls, screen: ListScreen): void {
  if (!screen.own) return
  // A question of its own: what an older one brings finds no screen.
  const own = {...screen.own}
  // What was said of the rows stays with them until there are newer ones.
  const known = screen.items && screen.subject
  controls.ui(ui => edit(ui, screen, {own, subject: known ?? `${subjectOf(own)}: reading`, trouble: undefined}))
  const put = (change: Partial<ListScreen>) => controls.ui(ui => {
    const shown = ui.stack.find(each => each.kind === 'list' && each.own === own)
    return shown?.kind === 'list' ? edit(ui, shown, change) : ui
  })
  const read = readers[own.kind] as Readers['kv']
  read(controls.sources, own as never, controls.signal, () => controls.now().ms).then(
    put, (error: Error) => put({subject: known ?? subjectOf(own), trouble: error.message}))
}
