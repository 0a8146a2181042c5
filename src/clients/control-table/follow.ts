import type {Clock} from '../net/deadline.ts'
import type {ControlTableClient} from './client.ts'
import type {TaskRecord} from './record.ts'

export interface TaskChange {
  event: 'added' | 'modified' | 'removed'
  item: TaskRecord
}

/** What differs between two lists. A task in flight has no row for a moment, which is no news. */
function changesBetween(
  before: readonly TaskRecord[], after: readonly TaskRecord[], inFlight: readonly string[],
): TaskChange[] {
  const old = new Map(before.map(each => [each.task, each]))
  const now = new Set(after.map(each => each.task))
  const key = ({version: _version, ...rest}: TaskRecord) => JSON.stringify(rest)
  const changes: TaskChange[] = after.flatMap((item): TaskChange[] => {
    const was = old.get(item.task)
    if (!was) return [{event: 'added', item}]
    return key(was) === key(item) ? [] : [{event: 'modified', item}]
  })
  const gone = before.filter(each => !now.has(each.task) && !inFlight.includes(each.task))
  return [...changes, ...gone.map((item): TaskChange => ({event: 'removed', item}))]
}

/** Every change from the given list on, until the signal; a task becomes due or stale without a commit. */
export async function* followTasks(
  tasks: ControlTableClient, start: readonly TaskRecord[], intervalMs: number, clock: Clock, signal: AbortSignal,
): AsyncGenerator<TaskChange> {
  let known = start
  while (!signal.aborted) {
    await clock.sleep(intervalMs, signal)
    const {tasks: now, inFlight} = await tasks.list(undefined, signal)
    yield* changesBetween(known, now, inFlight)
    known = [
      ...now, ...known.filter(each => inFlight.includes(each.task) && !now.some(other => other.task === each.task)),
    ]
  }
}

export type Wanted = {kind: 'idle'} | {kind: 'due'} | {kind: 'held-by'; holder: string}

/** Is it so now? A task without a row is free and due. */
function isMet(wanted: Wanted, record: TaskRecord | undefined): boolean {
  switch (wanted.kind) {
    case 'idle': return !record || record.state === 'idle' || record.state === 'due'
    case 'due': return record?.due ?? true
    case 'held-by': return record?.state === 'processing' && record.holder === wanted.holder
  }
}

/** Asks until it is so; already true is an answer at once. A task whose update is in flight is no answer. */
export async function waitForTask(
  tasks: ControlTableClient, task: string, wanted: Wanted,
  options: {intervalMs: number; clock: Clock; signal: AbortSignal},
): Promise<TaskRecord | undefined> {
  for (;;) {
    const snapshot = await tasks.table.current(options.signal)
    const record = await tasks.get(task, undefined, options.signal)
    const inFlight = await tasks.table.gaps(snapshot, options.signal)
    if (!inFlight.has(task) && isMet(wanted, record)) return record
    await options.clock.sleep(options.intervalMs, options.signal)
  }
}
