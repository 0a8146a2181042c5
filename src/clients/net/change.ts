import type {OpsError} from './errors.ts'

/**
 * A planned write. A client never writes by itself: it returns a `Change`, and one place
 * (`cli/apply.ts`) checks read-only, asks, shows the dry run, writes the audit record and calls
 * `apply`. The dashboard's actions go the same way.
 */
export interface Change<T = unknown> {
  system: 'tael' | 'tasks' | 'leases' | 'raft' | 'artifacts' | 'directives'
  /** The verb as typed: `claim`, `release`, `put`, `publish`. */
  action: string
  /** What it acts on as typed: a task, a key, a directive id. */
  target: string
  /** The state the plan was made from; undefined when there is none. Plain data, shown in the diff. */
  before: unknown
  /** The state after it; undefined when the thing is removed. */
  after: unknown
  /** The version, revision or etag that the write is conditional on; undefined when unconditional. */
  ifVersion?: string | number | bigint
  /** The exact write, for `--dry-run`: method and place on the first line, the body below. No secrets. */
  request: string
  /** What the operator should know before saying yes. */
  warnings: string[]
  /** Destructive changes ask for confirmation (a typed name in a `danger` context). */
  destructive: boolean
  /** Writes. Rejects only when it is certain that nothing was written; see `Outcome` for the rest. */
  apply(signal: AbortSignal): Promise<Outcome<T>>
}

/**
 * What became of a write. `unknown` is never reported as failed and never blindly repeated: the
 * client reads back first and says what it found.
 */
export type Outcome<T> =
  | {state: 'done'; result: T}
  | {state: 'not-done'; error: OpsError}
  | {
    state: 'unknown'
    error: OpsError
    found?: unknown
    hint?: string
  }
