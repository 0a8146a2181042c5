import {UsageError} from '../net/errors.ts'

/** One row of the table: the state of a task. Times are microseconds since the epoch, as the table keeps them. */
export interface TaskRow {
  task: string
  /** `idle` or `processing`; anything else counts as idle, as the engine has it. */
  status: string
  podId: string
  claimedAtUs: bigint
  completedAtUs: bigint | null
  nextRunAtUs: bigint
}

/** A claim that is so old may be taken over by anybody; fixed in the engine. */
export const staleAfterUs = 1_800_000_000n

/** How long an update that began with a DELETE may take to show its new row before it counts as dead. */
export const gapGraceMs = 5_000

/** The row that our first claims rewrite, so that an engine which read "no row" cannot win as well. */
export const fenceTask = 'ctl_fence'

/** 9999-12-31T00:00:00Z: never due. */
export const neverUs = 253_402_214_400_000_000n

/** The engine pastes the name into a SQL text, so nothing else may pass. */
export function checkTaskName(task: string): string {
  if (/^[A-Za-z0-9_]{1,64}$/.test(task)) return task
  throw new UsageError(`"${task}" is not a task name`, {
    code: 'BAD_TASK_NAME', hint: 'Letters, digits and _ only, at most 64.',
  })
}

/** Who we are in the table's pod_id column: short enough that statistics keep it whole. */
export function checkHolder(holder: string): string {
  if (/^[\x21-\x7e]{1,63}$/.test(holder)) return holder
  throw new UsageError(`"${holder}" is not a holder name`, {
    code: 'BAD_HOLDER', hint: 'Printable ASCII without spaces, at most 63 characters.',
  })
}

export const isLive = (row: TaskRow, nowUs: bigint): boolean =>
  row.status === 'processing' && row.claimedAtUs > nowUs - staleAfterUs

/** 1768003200123456n -> "2026-01-10T00:00:00.123456Z". */
export function rfc3339(us: bigint): string {
  const micros = ((us % 1_000_000n) + 1_000_000n) % 1_000_000n
  const seconds = (us - micros) / 1_000_000n
  return new Date(Number(seconds) * 1_000).toISOString().replace(/\.\d+Z$/, `.${String(micros).padStart(6, '0')}Z`)
}

/** The reverse; undefined when the text is not an instant of microsecond precision. */
export function parseUs(text: string): bigint | undefined {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/.exec(text)
  if (!match) return undefined
  const ms = Date.parse(`${match[1]}Z`)
  if (Number.isNaN(ms)) return undefined
  return BigInt(ms) * 1_000n + BigInt((match[2] ?? '').padEnd(6, '0').slice(0, 6))
}

/** Wall clock in microseconds: the process's fine clock while it agrees with the system's, which may be set anew. */
export function preciseNowUs(nowMs: number, fineMs: number): bigint {
  return Math.abs(fineMs - nowMs) < 2 ? BigInt(Math.floor(fineMs * 1_000)) : BigInt(nowMs) * 1_000n
}
