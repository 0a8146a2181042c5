import type {Lease, Readings, Task} from '../model.ts'
import type {Happening, Seen} from './event.ts'

export type TasksMemory = ReadonlyMap<string, Task>
export type LeasesMemory = ReadonlyMap<string, Lease>

/** What happened to claims. A task whose update is in flight has no row for a moment, which is no news. */
export function tasksSeen(before: TasksMemory | undefined, {items, inFlight}: Readings['tasks']): Seen<TasksMemory> {
  const kept = before ? inFlight.flatMap(name => before.get(name) ?? []) : []
  const memory = new Map([...kept, ...items].map(task => [task.task, task]))
  if (!before) return {memory, happened: []}
  return {memory, happened: items.flatMap(task => taskHappened(before.get(task.task), task))}
}

function taskHappened(before: Task | undefined, now: Task): Happening[] {
  const {task: subject, holder, state} = now
  const happened: Happening[] = []
  if (before?.staleAt && before.claimedAt !== now.claimedAt && now.staleAt && now.claimedAt >= before.staleAt) {
    happened.push({kind: 'task taken over', subject, text: `${subject}: ${holder} took over the stale claim of ${before.holder}`})
  }
  if (state === 'stale' && before?.state === 'processing') {
    happened.push({kind: 'task stuck', subject, text: `${subject}: claimed by ${holder} since ${now.claimedAt}, not finished`})
  }
  if (now.rows > 1 && before && before.rows <= 1) {
    happened.push({kind: 'task claimed twice', subject, text: `${subject}: ${now.rows} rows, two engines claimed it at once`})
  }
  return happened
}

/** What happened to leases: an unfinished one that changed hands, and one that ran out. */
export function leasesSeen(before: LeasesMemory | undefined, {items}: Readings['leases']): Seen<LeasesMemory> {
  const memory = new Map(items.map(lease => [lease.key, lease]))
  if (!before) return {memory, happened: []}
  return {memory, happened: items.flatMap(lease => leaseHappened(before.get(lease.key), lease))}
}

function leaseHappened(before: Lease | undefined, now: Lease): Happening[] {
  const {key: subject, holder} = now
  const wasUnfinished = before?.state === 'held' || before?.state === 'expired'
  if (!before || !wasUnfinished) return []
  if (now.state === 'held' && now.revision !== before.revision && holder !== before.holder) {
    return [{kind: 'lease taken over', subject, text: `${subject}: ${holder} took over from ${before.holder}, who had not completed`}]
  }
  if (now.state === 'expired' && before.state === 'held') {
    return [{kind: 'lease expired', subject, text: `${subject}: ${holder} did not complete in time`}]
  }
  return []
}
