import type {Actions, AddFile, CommitInfo} from './actions.ts'
import {rfc3339, type TaskRow} from './model.ts'
import {deletedTask} from './snapshot.ts'
import {mayHold, rowFromStats} from './stats.ts'
import type {Table} from './table.ts'

export type TaskAction = 'claimed' | 'taken over' | 'extended' | 'released' | 'failed' | 'written' | 'lost'

/** One change of a task's row, from the log. */
export interface TaskEvent {
  version: number
  /** When the commit was made, by its writer's clock. */
  at: string
  task: string
  action: TaskAction
  holder: string | null
  claimedAt: string | null
  nextRunAt: string | null
  /** For claims that ended: from the claim to this change. */
  heldMs: number | null
  engine: string
  operator: string | null
  reason: string | null
}

/** What became of the row: names the change from the row before and after. */
export function actionOf(before: TaskRow | undefined, after: TaskRow): TaskAction {
  const wasClaimed = before?.status === 'processing'
  if (after.status === 'processing') {
    if (!wasClaimed) return 'claimed'
    return before.podId === after.podId ? 'extended' : 'taken over'
  }
  if (!wasClaimed) return 'written'
  return before.nextRunAtUs === after.nextRunAtUs ? 'failed' : 'released'
}

/** Who held the task when. An engine's update is two commits; it shows once, at the second. */
export async function history(table: Table, task: string, signal?: AbortSignal): Promise<TaskEvent[]> {
  const {start, commits} = await table.log(signal)
  const events: TaskEvent[] = []
  let row = (await table.taskRows(start, task, signal).catch(() => []))[0]
  let isMissing = false
  for (const {version, actions} of commits) {
    const next = await writtenRow(table, task, actions, signal)
    if (next) {
      if (!row || !sameRow(row, next)) {
        events.push(eventOf(version, actions.info, isMissing && !row ? undefined : row, next))
      }
      row = next
      isMissing = false
    } else if (deletedTask(actions.info) === task) {
      isMissing = true
      events.push(lostEvent(version, task, actions.info))
    }
  }
  return withoutGaps(events)
}

const sameRow = (a: TaskRow, b: TaskRow) =>
  a.claimedAtUs === b.claimedAtUs && a.status === b.status && a.podId === b.podId

/** A "lost" is one only when the row did not come back with the next change. */
function withoutGaps(events: TaskEvent[]): TaskEvent[] {
  return events.filter(
    (event, at) => event.action !== 'lost' || events[at + 1] === undefined || events[at + 1]!.action === 'lost',
  )
}

async function writtenRow(
  table: Table, task: string, actions: Actions, signal?: AbortSignal,
): Promise<TaskRow | undefined> {
  for (const file of actions.adds.filter(each => mayHold(each.stats, task))) {
    const row = (await rowsOf(table, file, signal)).find(each => each.task === task)
    if (row) return row
  }
  return undefined
}

/** Dead files are never vacuumed in this table, but statistics usually spare reading them. */
async function rowsOf(table: Table, file: AddFile, signal?: AbortSignal): Promise<TaskRow[]> {
  const row = rowFromStats(file.stats)
  return row ? [row] : table.rowsOf([file], signal)
}

function eventOf(
  version: number, info: CommitInfo | undefined, before: TaskRow | undefined, after: TaskRow,
): TaskEvent {
  const action = actionOf(before, after)
  const isOver = ['released', 'failed', 'taken over'].includes(action) && before
  return {
    ...head(version, after.task, info), action, holder: after.podId, claimedAt: rfc3339(after.claimedAtUs),
    nextRunAt: rfc3339(after.nextRunAtUs),
    heldMs: isOver ? Number(after.claimedAtUs - before.claimedAtUs) / 1_000 : null,
  }
}

function lostEvent(version: number, task: string, info: CommitInfo | undefined): TaskEvent {
  return {...head(version, task, info), action: 'lost', holder: null, claimedAt: null, nextRunAt: null, heldMs: null}
}

function head(version: number, task: string, info: CommitInfo | undefined) {
  const text = (name: string) => {
    const value = info?.parameters[name]
    return typeof value === 'string' ? value : null
  }
  return {
    version, at: new Date(info?.timestampMs ?? 0).toISOString(), task, engine: info?.engine ?? '',
    operator: text('operator'), reason: text('reason'),
  }
}
