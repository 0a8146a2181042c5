import type {Lease, Readings, Task} from '../model.ts'
import type {Happening, Seen} from './event.ts'
import {pairs} from './pairs.ts'

export type TasksMemory = readonly Task[]
export type LeasesMemory = readonly Lease[]

/** What happened to claims. A task whose update is in flight has no row for a moment, which is no news. */
export function tasksSeen(before: TasksMemory | undefined, {items, inFlight}: Readings['tasks']): Seen<TasksMemory> {
  if (!before) return {memory: items, happened: []}
  const happened = pairs(before, items, ({task}) => task).flatMap(([was, task]) => taskHappened(was, task))
  const kept = onTheirWay(before, items, inFlight)
  return {memory: kept.length === 0 ? items : [...items, ...kept], happened}
}

function onTheirWay(before: TasksMemory, items: readonly Task[], inFlight: readonly string[]): Task[] {
  if (inFlight.length === 0) return []
  const listed = new Set(items.map(({task}) => task))
  return before.filter(({task}) => inFlight.includes(task) && !listed.has(task))
}

function taskHappened(before: Task | undefined, now: Task): Happening[] {
  const {task: subject, holder, state} = now
  const happened: Happening[] = []
  if (before?.staleAt && before.claimedAt !== now.claimedAt && now.staleAt && now.claimedAt >= before.staleAt) {
    happened.push({
      kind: 'task taken over', subject, text: `${subject}: ${holder} took over the stale claim of ${before.holder}`,
    })
  }
  if (state === 'stale' && before?.state === 'processing') {
    happened.push({
      kind: 'task stuck', subject, text: `${subject}: claimed by ${holder} since ${now.claimedAt}, not finished`,
    })
  }
  if (now.rows > 1 && before && before.rows <= 1) {
    happened.push({
      kind: 'task claimed twice', subject, text: `${subject}: ${now.rows} rows, two engines claimed it at once`,
    })
  }
  return happened
}

/** What happened to leases: an unfinished one that changed hands, and one that ran out. */
export function leasesSeen(before: LeasesMemory | undefined, {items}: Readings['leases']): Seen<LeasesMemory> {
  if (!before) return {memory: items, happened: []}
  const happened = pairs(before, items, ({key}) => key).flatMap(([was, lease]) => leaseHappened(was, lease))
  return {memory: items, happened}
}

function leaseHappened(before: Lease | undefined, now: Lease): Happening[] {
  const {key: subject, holder} = now
  const wasUnfinished = before?.state === 'held' || before?.state === 'expired'
  if (!before || !wasUnfinished) return []
  if (now.state === 'held' && now.revision !== before.revision && holder !== before.holder) {
    return [{
      kind: 'lease taken over', subject,
      text: `${subject}: ${holder} took over from ${before.holder}, who had not completed`,
    }]
  }
  if (now.state === 'expired' && before.state === 'held') {
    return [{kind: 'lease expired', subject, text: `${subject}: ${holder} did not complete in time`}]
  }
  return []
}
