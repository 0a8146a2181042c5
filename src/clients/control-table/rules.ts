import {isLive, staleAfterUs, type TaskRow} from './model.ts'

/*
 * The engine's own rules, from its source and from live runs of crate 0.25.0. Several rows of one task are ours to
 * handle.
 */

export type ClaimDecision =
  | {kind: 'claim'; nextRunAtUs: bigint; takeover: TaskRow | undefined; first: boolean}
  | {kind: 'held'; row: TaskRow}
  | {kind: 'not-due'; row: TaskRow}

/** The row that speaks for the task: a live claim if there is one, else the newest. */
export function leadingRow(rows: readonly TaskRow[], nowUs: bigint): TaskRow | undefined {
  const newestFirst = rows.toSorted((a, b) => (a.claimedAtUs < b.claimedAtUs ? 1 : -1))
  return newestFirst.find(row => isLive(row, nowUs)) ?? newestFirst[0]
}

/** May this task be claimed at `nowUs`? A claim is stale at exactly 30 minutes; one from the future never is. */
export function claimDecision(rows: readonly TaskRow[], nowUs: bigint): ClaimDecision {
  const row = leadingRow(rows, nowUs)
  if (!row) return {kind: 'claim', nextRunAtUs: nowUs, takeover: undefined, first: true}
  if (isLive(row, nowUs)) return {kind: 'held', row}
  if (nowUs < row.nextRunAtUs) return {kind: 'not-due', row}
  const takeover = row.status === 'processing' ? row : undefined
  return {kind: 'claim', nextRunAtUs: row.nextRunAtUs, takeover, first: false}
}

/** Is it due, as the engine says? A stale claim is due whatever next_run_at says, though it cannot be claimed then. */
export function isDue(rows: readonly TaskRow[], nowUs: bigint): boolean {
  const row = leadingRow(rows, nowUs)
  if (!row) return true
  return row.status === 'processing' ? row.claimedAtUs <= nowUs - staleAfterUs : nowUs >= row.nextRunAtUs
}

export type TaskState = 'idle' | 'due' | 'processing' | 'stale' | 'fence'

/** One word for people; `due` is an idle task that anybody may claim now. */
export function stateOf(row: TaskRow, nowUs: bigint, fenceTask: string): TaskState {
  if (row.task === fenceTask) return 'fence'
  if (row.status === 'processing') return isLive(row, nowUs) ? 'processing' : 'stale'
  return nowUs >= row.nextRunAtUs ? 'due' : 'idle'
}

export interface Claim {
  podId: string
  /** When known, the claim must be this very one, not a later one of the same holder. */
  claimedAtUs?: bigint
}

/** Is the task still held by this claim, and by nobody else? The engine never asks; we always do. */
export function isHeldBy(rows: readonly TaskRow[], claim: Claim): boolean {
  return rows.length > 0 && rows.every(row => row.status === 'processing' && row.podId === claim.podId
    && (claim.claimedAtUs === undefined || row.claimedAtUs === claim.claimedAtUs))
}

export function claimedRow(task: string, podId: string, nextRunAtUs: bigint, nowUs: bigint): TaskRow {
  return {task, status: 'processing', podId, claimedAtUs: nowUs, completedAtUs: null, nextRunAtUs}
}

export function releasedRow(task: string, podId: string, nextRunAtUs: bigint, nowUs: bigint): TaskRow {
  return {task, status: 'idle', podId, claimedAtUs: nowUs, completedAtUs: nowUs, nextRunAtUs}
}
