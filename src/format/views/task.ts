import {escapeControl} from '../escape.ts'
import {instant, relative, duration} from '../units.ts'
import {view, wide, type Page, type Tone} from '../view.ts'

interface Task {
  task: string; state: string; holder: string; claimedAt: string; staleAt: string | null; completedAt: string | null
  nextRunAt: string; due: boolean; rows: number; version: number | null
}
interface Result {record: Task; version: number; guard?: string}
interface Event {
  version: number; at: string; task: string; action: string; holder: string | null; claimedAt: string | null
  nextRunAt: string | null; heldMs: number | null; engine: string; operator: string | null; reason: string | null
}

const tones: Record<string, Tone> = {processing: 'good', stale: 'bad', due: 'warn', fence: 'dim'}
const shown = (at: string | null) => (at === null ? null : instant(at))

export const taskView = view<Task>('tasks', each => each.task, {
  task: each => each.task,
  state: {get: each => each.state, tone: each => tones[each.state], priority: 4},
  holder: {get: each => each.holder, priority: 4},
  claimed: {get: each => shown(each.claimedAt), value: each => each.claimedAt, priority: 2},
  'stale-at': {get: each => shown(each.staleAt), value: each => each.staleAt, priority: 3},
  'next-run': {get: each => shown(each.nextRunAt), value: each => each.nextRunAt, priority: 3},
  completed: {get: each => shown(each.completedAt), value: each => each.completedAt, wide: true},
  rows: wide(each => each.rows),
  version: wide(each => each.version),
}, {empty: 'no tasks: engines add them with their first claim'})

/** What a change came to: the task as it is now, with the version that made it so. */
export const taskResultView = view<Result>('tasks', each => each.record.task, {
  task: each => each.record.task,
  state: each => each.record.state,
  holder: each => each.record.holder,
  claimed: {get: each => shown(each.record.claimedAt), value: each => each.record.claimedAt},
  'stale-at': {get: each => shown(each.record.staleAt), value: each => each.record.staleAt},
  'next-run': {get: each => shown(each.record.nextRunAt), value: each => each.record.nextRunAt},
  version: each => each.version,
  guard: wide(each => each.guard),
}, {data: ({record, version, ...rest}) => ({...record, version, ...rest})})

export const taskEventView = view<Event>('changes', each => String(each.version), {
  version: each => each.version,
  time: {get: each => instant(each.at), value: each => each.at, priority: 3},
  action: {get: each => each.action, tone: each => (each.action === 'lost' ? 'bad' : undefined), priority: 3},
  holder: {get: each => each.holder, priority: 2},
  held: {
    get: each => (each.heldMs === null ? null : duration(each.heldMs)), value: each => each.heldMs, unit: 'ms',
    align: 'right',
  },
  'next-run': {get: each => shown(each.nextRunAt), value: each => each.nextRunAt},
  operator: each => each.operator,
  reason: each => each.reason,
  engine: wide(each => each.engine),
}, {empty: 'the log knows no change of this task'})

/** One line of `watch`: what happened to which task. */
export function taskEventLine({event, at, item}: {event: string; at: string; item: Task}, page: Page): string {
  const until = item.staleAt === null ? `next run ${relative(Date.parse(item.nextRunAt), page.nowMs)}`
    : `stale ${relative(Date.parse(item.staleAt), page.nowMs)}`
  const words =
    `${event} ${page.paint('key', escapeControl(item.task))} ${item.state} by ${escapeControl(item.holder)}, ${until}`
  return `${instant(at)} ${words}\n`
}
