import {fenceTask, isLive, rfc3339, staleAfterUs, type TaskRow} from './model.ts'
import {isDue, leadingRow, stateOf, type TaskState} from './rules.ts'

/** A task as the commands show it; instants are RFC 3339 with microseconds. */
export interface TaskRecord {
  task: string
  state: TaskState
  /** Who wrote the row last; while `processing` or `stale`, who claimed it. */
  holder: string
  claimedAt: string
  /** When anybody may take the claim over; null unless it is claimed. */
  staleAt: string | null
  completedAt: string | null
  nextRunAt: string
  due: boolean
  /** Rows of this task; more than one means that two engines claimed it at once. */
  rows: number
  /** The table version that wrote the row; null when only a checkpoint tells of it. */
  version: number | null
}

/** The last record of a row: one that is listed again and again mostly says the same. */
const latest = new WeakMap<TaskRow, TaskRecord>()

/** The record of a task's rows at `nowUs`; the same object as long as it says the same. */
export function recordOf(rows: readonly TaskRow[], nowUs: bigint, version: number | undefined): TaskRecord | undefined {
  const row = leadingRow(rows, nowUs)
  if (!row) return undefined
  const state = stateOf(row, nowUs, fenceTask)
  const due = row.task !== fenceTask && isDue(rows, nowUs)
  const known = latest.get(row)
  const isKnown = known?.state === state && known.due === due && known.rows === rows.length
  if (isKnown && known.version === (version ?? null)) return known
  const record: TaskRecord = {
    task: row.task, state, holder: row.podId, claimedAt: rfc3339(row.claimedAtUs),
    staleAt: row.status === 'processing' ? rfc3339(row.claimedAtUs + staleAfterUs) : null,
    completedAt: row.completedAtUs === null ? null : rfc3339(row.completedAtUs),
    nextRunAt: rfc3339(row.nextRunAtUs), due, rows: rows.length, version: version ?? null,
  }
  latest.set(row, record)
  return record
}

/** A row as a diff shows it. */
export function plainRow(row: TaskRow | undefined): Record<string, unknown> | undefined {
  if (!row) return undefined
  return {
    task: row.task, status: row.status, holder: row.podId, claimedAt: rfc3339(row.claimedAtUs),
    completedAt: row.completedAtUs === null ? null : rfc3339(row.completedAtUs), nextRunAt: rfc3339(row.nextRunAtUs),
  }
}

/** What a refused claim tells: holder, since when, until when. */
export function heldDetails(row: TaskRow, nowUs: bigint): Record<string, unknown> {
  return {
    holder: row.podId, since: rfc3339(row.claimedAtUs), until: rfc3339(row.claimedAtUs + staleAfterUs),
    live: isLive(row, nowUs),
  }
}
