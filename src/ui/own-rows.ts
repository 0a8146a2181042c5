import type {Controls} from './controller.ts'
import type {KvPage} from './model.ts'
import {timeOfDay} from './panels/signals.ts'
import type {Sources} from './sources.ts'
import {edit, type ListScreen} from './ui-state.ts'

/** Rows that a screen reads for itself: when it is opened, and again when it is told to. */
export type OwnRows = {kind: 'history'; task: string} | {kind: 'kv'; prefix: string}

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

const subjectOf = (own: OwnRows) => (own.kind === 'history' ? own.task : own.prefix || 'all keys')

/** Reads the rows of the screen; an answer that comes after the next question is not taken. */
export function loadOwn(controls: Controls, screen: ListScreen): void {
  if (!screen.own) return
  // A question of its own: what an older one brings finds no screen.
  const own = {...screen.own}
  controls.ui(ui => edit(ui, screen, {
    own, subject: `${subjectOf(own)}: reading`, trouble: undefined,
  }))
  const put = (change: Partial<ListScreen>) => controls.ui(ui => {
    const shown = ui.stack.find(each => each.kind === 'list' && each.own === own)
    return shown?.kind === 'list' ? edit(ui, shown, change) : ui
  })
  const read = readers[own.kind] as Readers['kv']
  read(controls.sources, own as never, controls.signal, () => controls.now().ms).then(
    put, (error: Error) => put({subject: subjectOf(own), trouble: error.message}))
}
