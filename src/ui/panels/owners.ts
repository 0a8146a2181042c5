import {cell, run, type Line, type Meaning} from '../line.ts'
import type {Directive, Lease, Task} from '../model.ts'
import {memoised} from '../store.ts'
import {targetText} from '../../format/views/directive.ts'
import {lagText, lagTone} from '../../format/views/export-lag.ts'
import {countdown, panel, type Place} from './panel.ts'

const taskOrder: Record<string, number> = {stale: 0, processing: 1, due: 2, idle: 3, fence: 4}
const taskTone: Record<string, Meaning> = {stale: 'bad', processing: 'good', due: 'warn', fence: 'dim'}

interface Owner {
  name: string
  state: string
  holder: string
  tone: Meaning | undefined
}

/** Name, state where there is room, and holder: how every owner's line begins. */
function owner({name, state, holder, tone}: Owner, {width, unicode}: Place): Line {
  return [
    run(' '), cell(name, Math.max(12, Math.floor(width * 0.3)), {unicode}), run(' '),
    ...(width < 60 ? [] : [cell(state, 11, {tone})]),
    cell(holder, Math.max(8, Math.floor(width * 0.2)), {unicode}), run(' '),
  ]
}

/** Who holds it, and until when; `STALE` means that anybody may take it over. */
function taskLine(task: Task, place: Place): Line {
  const nowMs = place.now.ms
  const heldMs = nowMs - Date.parse(task.claimedAt)
  const leftMs = task.staleAt === null ? undefined : Date.parse(task.staleAt) - nowMs
  const when = leftMs === undefined ? `next ${nextText(task, nowMs)}`
    : leftMs > 0 ? `stale in ${countdown(leftMs)}, held ${countdown(heldMs)}` : `STALE for ${countdown(leftMs)}`
  return [
    ...owner({name: task.task, state: task.state, holder: task.holder, tone: taskTone[task.state]}, place),
    run(when, leftMs !== undefined && leftMs <= 0 ? 'bad' : undefined),
    ...(task.rows > 1 ? [run(` ${task.rows} ROWS`, 'bad')] : []),
  ]
}

function nextText({nextRunAt}: Task, nowMs: number): string {
  const leftMs = Date.parse(nextRunAt) - nowMs
  return leftMs <= 0 ? `due ${countdown(leftMs)} ago` : `in ${countdown(leftMs)}`
}

const rank = (task: Task) => taskOrder[task.state] ?? 5
const taskLines = memoised((tasks: readonly Task[]) => [...tasks]
  .sort((a, b) => rank(a) - rank(b) || (a.claimedAt < b.claimedAt ? -1 : 1))
  .map(task => (place: Place) => taskLine(task, place)))
const countBy = memoised((items: readonly {state: string}[]) => {
  const counts = new Map<string, number>()
  for (const {state} of items) counts.set(state, (counts.get(state) ?? 0) + 1)
  return counts
})

const counted = (items: readonly {state: string}[], state: string, tone: Meaning, word = state): Line => {
  const count = countBy(items).get(state) ?? 0
  return count === 0 ? [] : [run(`${count} ${word} `, tone)]
}

/** Claims of the control table: who holds what, since when, and when it becomes stale. */
export const tasksPanel = panel({
  source: 'tasks', title: 'TASKS',
  summary: ({items}) => [
    ...counted(items, 'stale', 'bad', 'STALE'), ...counted(items, 'processing', 'good', 'claimed'),
    ...counted(items, 'due', 'warn'), run(`of ${items.length}`),
  ],
  lines: ({items}) => taskLines(items),
})

const leaseOrder: Record<string, number> = {expired: 0, unparseable: 1, held: 2, completed: 3, idle: 4, free: 5}
const leaseTone: Record<string, Meaning> = {expired: 'bad', unparseable: 'bad', held: 'good', free: 'dim', idle: 'dim'}

/** `?` is one that nobody knows; why stands in the description. */
const lagWord = ({exportLag}: Lease) => (lagText(exportLag) === 'unknown' ? '?' : lagText(exportLag))

/** The position of the watch loop as the number that it is; other cursors as their bytes. */
const cursorText = (hex: string) => (/^[\da-f]{16}$/.test(hex) ? String(BigInt(`0x${hex}`)) : hex)

/** ` at 214, 2m10s ago`: what the last completed export covers, and when that was. */
function doneText({completedAt, completedCursorHex}: Lease, nowMs: number): string {
  if (completedAt === null) return ''
  const cursor = completedCursorHex ? ` at ${cursorText(completedCursorHex)},` : ' done'
  return `${cursor} ${countdown(nowMs - Date.parse(completedAt))} ago`
}

function leaseLine(lease: Lease, place: Place): Line {
  const nowMs = place.now.ms
  const leftMs = lease.expiresAt === null ? undefined : Date.parse(lease.expiresAt) - nowMs
  // One that was completed may run out.
  const isUnfinished = lease.state === 'held' || lease.state === 'expired'
  const isOver = leftMs !== undefined && leftMs <= 0
  const word = isUnfinished ? 'EXPIRED' : 'over'
  const when = leftMs === undefined ? '' : isOver ? `${word} ${countdown(leftMs)} ago ` : `${countdown(leftMs)} left `
  return [
    ...owner({name: lease.key, state: lease.state, holder: lease.holder ?? '-', tone: leaseTone[lease.state]}, place),
    run(when, isUnfinished && isOver ? 'bad' : undefined), run(`lag ${lagWord(lease)}`, lagTone(lease.exportLag)),
    run(doneText(lease, nowMs), 'dim'),
  ]
}

const leaseRank = ({state}: Lease) => leaseOrder[state] ?? 6
const leaseLines = memoised((leases: readonly Lease[]) => [...leases]
  .sort((a, b) => leaseRank(a) - leaseRank(b) || ((a.expiresAt ?? '') < (b.expiresAt ?? '') ? -1 : 1))
  .map(lease => (place: Place) => leaseLine(lease, place)))
const countLeases = memoised((items: readonly Lease[]): Line => {
  const of = (state: string) => items.filter(each => each.state === state).length
  const expired = of('expired') > 0 ? [run(`${of('expired')} EXPIRED `, 'bad')] : []
  return [...expired, run(`${of('held')} held `, 'good'), run(`of ${items.length}`)]
})

/** Export leases: holder, expiry, and the last completed cursor. */
export const leasesPanel = panel({
  source: 'leases', title: 'LEASES', summary: ({items}) => countLeases(items), lines: ({items}) => leaseLines(items),
})

function directiveLine(item: Directive, {width, unicode, now}: Place): Line {
  const leftMs = item.endsAtMs === undefined ? undefined : item.endsAtMs - now.ms
  const atLeast = item.certainty === 'at least' ? 'at least ' : ''
  const left = leftMs === undefined ? 'time unknown' : leftMs <= 0 ? 'EXPIRED' : `${atLeast}${countdown(leftMs)} left`
  return [
    run(' '), cell(item.id, Math.max(12, Math.floor(width * 0.3)), {unicode}), run(' '), cell(item.level, 12),
    cell(left, 20, {tone: leftMs === undefined ? 'warn' : leftMs <= 0 ? 'dim' : 'good'}),
    run(targetText(item), item.droppedKeys.length > 0 ? 'bad' : undefined),
  ]
}

const directiveLines = memoised((items: readonly Directive[], notices: readonly string[]) => [
  ...notices.map(text => () => [run(` ${text}`, 'warn')]),
  ...items.map(item => (place: Place) => directiveLine(item, place)),
])

/** What the proxies are told to record, and for how long still. */
export const directivesPanel = panel({
  source: 'directives', title: 'DIRECTIVES',
  summary: ({items, notices}) => [
    run(`${items.filter(({state}) => state === 'active').length} active`),
    ...(notices.length > 0 ? [run(` ${notices.length} notices`, 'warn')] : []),
  ],
  lines: ({items, notices}) => directiveLines(items, notices),
})
