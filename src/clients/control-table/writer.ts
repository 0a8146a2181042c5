import type {Clock} from '../net/deadline.ts'
import type {Outcome} from '../net/change.ts'
import {ConflictError} from '../net/errors.ts'
import type {AddFile} from './actions.ts'
import {checkpointIsDue, writeCheckpoint} from './checkpoint-write.ts'
import {buildCommit, type Author, type Commit} from './commit.ts'
import {gapGraceMs, type TaskRow} from './model.ts'
import {filesOf, type Snapshot} from './snapshot.ts'
import {commitPath} from './store.ts'
import {mustWrite} from './support.ts'
import type {Table} from './table.ts'

/** What a decision asks to be written in one commit. */
export interface Step {
  removes: AddFile[]
  rows: TaskRow[]
}

/** Looks at the newest state and says what to write, or throws the reason why nothing may be written. */
export type Decide = (snapshot: Snapshot) => Promise<Step>

export interface Written {
  version: number
  snapshot: Snapshot
  rows: readonly TaskRow[]
  /** How often somebody else took the version first. */
  retries: number
}

const mostAttempts = 100
const gapPollMs = 25

/** Commits steps to one table, each as exactly one version, never over somebody else's. */
export class Writer {
  readonly #table: Table
  readonly #clock: Clock
  readonly #author: Author
  readonly #warn: (text: string) => void
  /** Since when each gap is known, on the clock that never jumps. */
  readonly #seenMs = new Map<string, number>()

  constructor(table: Table, clock: Clock, author: Author, warn: (text: string) => void) {
    this.#table = table
    this.#clock = clock
    this.#author = author
    this.#warn = warn
  }

  /** Decides anew on every state that it meets until a version is its own. */
  async commit(action: string, task: string, decide: Decide, signal?: AbortSignal): Promise<Outcome<Written>> {
    for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
      signal?.throwIfAborted()
      const snapshot = await this.quiet(signal)
      const step = await decide(snapshot)
      const commit = await this.build(action, task, snapshot, step)
      const created = await this.#put(commit, signal)
      if (created === 'created') return {state: 'done', result: await this.#committed(commit, step, attempt, signal)}
      if (created !== 'taken') return {state: 'unknown', error: created.unknown}
    }
    const error = new ConflictError(`others changed the table ${mostAttempts} times in a row; nothing was changed`, {
      code: 'TOO_BUSY', endpoint: this.#table.store.shown,
    })
    return {state: 'not-done', error}
  }

  build(action: string, task: string, snapshot: Snapshot, step: Step): Promise<Commit> {
    const plan = {readVersion: snapshot.version, action, task, ...step}
    return buildCommit(plan, this.#author, this.#clock.nowMs())
  }

  /**
   * The newest state with no update in flight. An engine writes in two commits; whoever removes any file in
   * between makes its second one fail, and a row is lost for good. The wait is counted on our own clock, or
   * by the store's when it can tell that the writer has been gone for longer.
   */
  async quiet(signal?: AbortSignal): Promise<Snapshot> {
    for (;;) {
      const snapshot = await this.#table.current(signal)
      mustWrite(snapshot, this.#table.store.shown)
      const waiting = await this.#waitingFor(snapshot, signal)
      if (waiting === 0) return snapshot
      await this.#clock.sleep(gapPollMs, signal)
    }
  }

  async #waitingFor(snapshot: Snapshot, signal?: AbortSignal): Promise<number> {
    if (snapshot.gaps.size === 0) return 0
    let waiting = 0
    for (const [task, version] of await this.#table.gaps(snapshot, signal)) {
      const key = `${task} ${version}`
      const now = this.#clock.monotonicMs()
      if (!this.#seenMs.has(key)) {
        const ageMs = await this.#table.store.ageMs(commitPath(version), signal)
        this.#seenMs.set(key, now - Math.max(0, ageMs ?? 0))
      }
      if (now - this.#seenMs.get(key)! < gapGraceMs) waiting += 1
    }
    return waiting
  }

  async #put(commit: Commit, signal?: AbortSignal) {
    const {store} = this.#table
    const discard = () => Promise.all(commit.data.map(file => store.discard(file.path)))
    try {
      await store.checkWritable(signal)
      const created = await store.commit({path: commitPath(commit.version), bytes: commit.bytes}, commit.data, signal)
      if (created === 'taken') await discard()
      return created
    } catch (error) {
      await discard()
      throw error
    }
  }

  async #committed(commit: Commit, step: Step, retries: number, signal?: AbortSignal): Promise<Written> {
    const snapshot = this.#table.accept(commit.version, commit.bytes)
    if (checkpointIsDue(snapshot)) {
      await writeCheckpoint(this.#table.store, snapshot, this.#clock.nowMs(), signal).catch((error: unknown) =>
        this.#warn(
          `the change is done, but the checkpoint of version ${commit.version} was not written: `
          + `${(error as Error).message}`,
        ))
    }
    return {version: commit.version, snapshot, rows: step.rows, retries}
  }
}

/**
 * Replaces all rows of a task by one. Files that hold other tasks too are taken apart: one new file for each
 * row that stays.
 */
export async function replaceRows(table: Table, snapshot: Snapshot, row: TaskRow, signal?: AbortSignal): Promise<Step> {
  const removes: AddFile[] = []
  const stay: TaskRow[] = []
  for (const file of filesOf(snapshot, row.task)) {
    const rows = await table.rowsOf([file], signal)
    if (!rows.some(each => each.task === row.task)) continue
    removes.push(file)
    stay.push(...rows.filter(each => each.task !== row.task))
  }
  return {removes, rows: [row, ...stay]}
}
