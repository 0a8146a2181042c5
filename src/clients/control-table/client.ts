import type {Change, Outcome} from '../net/change.ts'
import {systemClock, type Clock} from '../net/deadline.ts'
import {ConflictError, type OpsError} from '../net/errors.ts'
import {likelyMeant, warningsOf} from './cautions.ts'
import {requestText, type Author} from './commit.ts'
import {fenceRow, hasFence, lookAgain, withFence} from './first-claim.ts'
import {history, type TaskEvent} from './history.ts'
import {checkHolder, checkTaskName, fenceTask, preciseNowUs, type TaskRow} from './model.ts'
import {plainRow, recordOf, type TaskRecord} from './record.ts'
import {lostTo, mustHold, refusedClaim, reserved} from './refusals.ts'
import {claimDecision, claimedRow, leadingRow, releasedRow, type Claim} from './rules.ts'
import type {Snapshot} from './snapshot.ts'
import type {TableStore} from './store.ts'
import {Table, versionsOf, type At} from './table.ts'
import {replaceRows, Writer, type Decide, type Step, type Written} from './writer.ts'

export interface ClientOptions {
  store: TableStore
  author: Author
  /** May first claims keep and rewrite a fence row? Else they look again after the claim. */
  fence: boolean
  /** How long a first claim without a fence watches for a second winner. */
  lookAgainMs?: number
  clock?: Clock
  nowUs?: () => bigint
  warn?: (text: string) => void
}

export interface Conditional {
  /** Write only if the task's row is still as it was in this version of the table. */
  ifVersion?: number
}

export interface TaskResult {
  record: TaskRecord
  version: number
  before: TaskRecord | undefined
  /** For first claims: what stands against an engine that claims at the same moment. */
  guard?: 'fence' | 'look-again' | 'fence and look-again'
}

/** What a kind of update does to the rows of a task; throws when it may not. */
type Rule = (rows: TaskRow[], nowUs: bigint) => TaskRow

/**
 * scouter's control table, beside scouter: reads it, and plans single-version changes to it. The rules are those of
 * the engine (`rules.ts`). Reading rejects with NotFoundError when there is no table or no such version, and with
 * UnreachableError, UnauthorizedError or SystemError from the store; planning with ConflictError when the task is not
 * ours to change (`HELD`, `NOT_DUE`, `NOT_HOLDER`, `VERSION_MOVED`), with UsageError for a name the engine refuses.
 */
export class ControlTableClient {
  readonly table: Table
  readonly #options: ClientOptions
  readonly #clock: Clock
  readonly #writer: Writer
  readonly nowUs: () => bigint

  constructor(options: ClientOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.table = new Table(options.store)
    this.#writer = new Writer(this.table, this.#clock, options.author, options.warn ?? (() => undefined))
    this.nowUs = options.nowUs ?? (() => preciseNowUs(Date.now(), performance.timeOrigin + performance.now()))
  }

  close(): void {
    this.#options.store.close()
  }

  /** All tasks by name, now or as the table was; tasks whose update is in flight are named in `inFlight`. */
  async list(at?: At, signal?: AbortSignal): Promise<{version: number; tasks: TaskRecord[]; inFlight: string[]}> {
    const snapshot = at ? await this.table.at(at, signal) : await this.table.lookAgain(signal)
    const rows = await this.table.rowsOf([...snapshot.files.values()], signal)
    const byTask = Map.groupBy(rows, row => row.task)
    const names = [...byTask.keys()].sort()
    const [versions, nowUs] = [versionsOf(snapshot), this.nowUs()]
    const tasks = names.map(task => recordOf(byTask.get(task)!, nowUs, versions.get(task))!)
    return {version: snapshot.version, tasks, inFlight: [...(await this.table.gaps(snapshot, signal)).keys()]}
  }

  /** One task; undefined when it has no row. */
  async get(task: string, at?: At, signal?: AbortSignal): Promise<TaskRecord | undefined> {
    checkTaskName(task)
    const snapshot = at ? await this.table.at(at, signal) : await this.table.lookAgain(signal)
    return recordOf(await this.table.taskRows(snapshot, task, signal), this.nowUs(), versionsOf(snapshot).get(task))
  }

  /** Who held the task when, oldest first, as far back as the log goes. */
  async history(task: string, signal?: AbortSignal): Promise<TaskEvent[]> {
    return history(this.table, checkTaskName(task), signal)
  }

  /** Ours for as long as the engine takes a claim for live; of a task that is not there, a first row. */
  planClaim(task: string, options: Conditional & {holder: string}, signal?: AbortSignal): Promise<Change<TaskResult>> {
    checkTaskName(task)
    checkHolder(options.holder)
    if (task === fenceTask) throw reserved()
    const rule: Rule = (rows, nowUs) => {
      const decision = claimDecision(rows, nowUs)
      if (decision.kind !== 'claim') throw refusedClaim(task, decision, nowUs, this.table.store.shown)
      return claimedRow(task, options.holder, decision.nextRunAtUs, nowUs)
    }
    return this.#plan('claim', task, rule, options, signal)
  }

  /** Idle again, due after `intervalMs`. Only the claim's holder may, unless forced. */
  planRelease(
    task: string, options: Conditional & {claim: Claim; intervalMs: number; force?: boolean}, signal?: AbortSignal,
  ): Promise<Change<TaskResult>> {
    const rule: Rule = (rows, nowUs) => {
      mustHold(task, rows, options, nowUs, this.table.store.shown)
      const nextRunAtUs = nowUs + BigInt(Math.round(options.intervalMs * 1_000))
      return releasedRow(task, options.claim.podId, nextRunAtUs, nowUs)
    }
    return this.#plan('release', checkTaskName(task), rule, options, signal, options.force)
  }

  /** Idle again with the old schedule, so that the next run comes soon. */
  planFail(
    task: string, options: Conditional & {claim: Claim; force?: boolean}, signal?: AbortSignal,
  ): Promise<Change<TaskResult>> {
    const rule: Rule = (rows, nowUs) => {
      mustHold(task, rows, options, nowUs, this.table.store.shown)
      return releasedRow(task, options.claim.podId, leadingRow(rows, nowUs)?.nextRunAtUs ?? nowUs, nowUs)
    }
    return this.#plan('fail', checkTaskName(task), rule, options, signal, options.force)
  }

  /** A new claimed_at for our own live claim, which puts off the stale limit. Nothing else is ever extended. */
  planExtend(task: string, claim: Claim, signal?: AbortSignal): Promise<Change<TaskResult>> {
    const rule: Rule = (rows, nowUs) => {
      mustHold(task, rows, {claim}, nowUs, this.table.store.shown)
      return claimedRow(task, claim.podId, rows[0]!.nextRunAtUs, nowUs)
    }
    return this.#plan('extend', checkTaskName(task), rule, {}, signal)
  }

  async #plan(
    action: string, task: string, rule: Rule, {ifVersion}: Conditional, signal?: AbortSignal, force = false,
  ): Promise<Change<TaskResult>> {
    const decide: Decide = async snapshot => {
      const rows = await this.table.taskRows(snapshot, task, signal)
      if (ifVersion !== undefined) await this.#mustBeUnchanged(task, rows, ifVersion, signal)
      const step = await replaceRows(this.table, snapshot, rule(rows, this.nowUs()), signal)
      return this.#guarded(action, snapshot, rows, step, signal)
    }
    const snapshot = await this.#writer.quiet(signal)
    const step = await decide(snapshot)
    const before = await this.table.taskRows(snapshot, task, signal)
    const commit = await this.#writer.build(action, task, snapshot, step)
    return {
      system: 'tasks', action, target: task, ifVersion: snapshot.version,
      before: plainRow(leadingRow(before, this.nowUs())), after: plainRow(step.rows[0]),
      request: requestText(this.table.store.shown, commit),
      ...(await this.#risk(action, task, snapshot, before, force, signal)),
      apply: signal => this.#apply(action, task, decide, before, signal),
    }
  }

  async #risk(
    action: string, task: string, snapshot: Snapshot, before: TaskRow[], force: boolean, signal?: AbortSignal,
  ): Promise<{warnings: string[]; destructive: boolean}> {
    const isFirst = action === 'claim' && before.length === 0
    const others = isFirst ? await this.table.rowsOf([...snapshot.files.values()], signal) : []
    const near = likelyMeant(task, others.map(row => row.task))
    return {
      warnings: warningsOf({task, rows: before.length, isFirst, near, force}), destructive: force || near !== undefined,
    }
  }

  async #apply(
    action: string, task: string, decide: Decide, before: TaskRow[], signal: AbortSignal,
  ): Promise<Outcome<TaskResult>> {
    const isFirst = action === 'claim' && before.length === 0
    const hadFence = isFirst && this.#options.fence && await this.#ensureFence(signal)
    const outcome = await this.#writer.commit(action, task, decide, signal)
    if (outcome.state !== 'done') return outcome.state === 'unknown' ? this.#readBack(task, outcome, signal) : outcome
    const {version, snapshot, rows} = outcome.result
    if (isFirst && !hadFence) {
      const other = await lookAgain(
        this.table, rows[0]!, this.#options.lookAgainMs ?? 1_000, this.#clock, this.nowUs, signal,
      )
      if (other) return {state: 'not-done', error: lostTo(task, other, this.nowUs(), this.table.store.shown)}
    }
    const record = recordOf([rows[0]!], this.nowUs(), version)!
    const guard = !isFirst
      ? undefined
      : hadFence ? 'fence' : this.#options.fence ? 'fence and look-again' : 'look-again'
    return {
      state: 'done',
      result: {record, version: snapshot.version, before: recordOf(before, this.nowUs(), undefined), guard},
    }
  }

  /** True when the fence stood there already: one that was made just now does not bind an older snapshot. */
  async #ensureFence(signal: AbortSignal): Promise<boolean> {
    if (await hasFence(this.table, await this.table.current(signal), signal)) return true
    await this.#writer.commit('fence', fenceTask, async snapshot => {
      if (await hasFence(this.table, snapshot, signal)) throw new ConflictError('the fence row is there already', {
        code: 'FENCE_THERE',
      })
      return {removes: [], rows: [fenceRow(this.#options.author.operator, this.nowUs())]}
    }, signal).catch((error: unknown) => {
      if ((error as OpsError).code !== 'FENCE_THERE') throw error
    })
    return false
  }

  async #guarded(
    action: string, snapshot: Snapshot, before: TaskRow[], step: Step, signal?: AbortSignal,
  ): Promise<Step> {
    const isFirst = action === 'claim' && before.length === 0
    if (!isFirst || !this.#options.fence || !(await hasFence(this.table, snapshot, signal))) return step
    return withFence(this.table, snapshot, step, fenceRow(step.rows[0]!.podId, this.nowUs()), signal)
  }

  async #mustBeUnchanged(task: string, rows: TaskRow[], ifVersion: number, signal?: AbortSignal): Promise<void> {
    const then = await this.table.taskRows(await this.table.at({version: ifVersion}, signal), task, signal)
    const key = (each: TaskRow[]) => each.map(row => Object.values(row).join(' ')).sort().join('\n')
    if (key(then) === key(rows)) return
    throw new ConflictError(`${task} was changed after version ${ifVersion}`, {
      code: 'VERSION_MOVED', endpoint: this.table.store.shown,
      details: {now: plainRow(leadingRow(rows, this.nowUs())) ?? null},
      hint: `See what it is now: ctl task get ${task}`,
    })
  }

  async #readBack(task: string, outcome: Outcome<Written>, signal: AbortSignal): Promise<Outcome<TaskResult>> {
    if (outcome.state !== 'unknown') return outcome as Outcome<never>
    const found = await this.get(task, undefined, signal).catch(() => undefined)
    return {state: 'unknown', error: outcome.error, found}
  }
}
