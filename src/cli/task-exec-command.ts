import {OpsError, type ExitCode} from '../clients/net/errors.ts'
import type {TaskResult} from '../clients/control-table/client.ts'
import type {TaskRecord} from '../clients/control-table/record.ts'
import {runChild} from './child.ts'
import {HeldSignals} from './hold-signals.ts'
import {TaskCommand} from './task-command.ts'
import {lostError, watchClaim, type Held, type OnStale} from './task-exec.ts'

export interface RunOptions {
  intervalMs: number
  onStale: OnStale
  everyMs: number
  killAfterMs: number
  stdin: 'inherit' | 'none'
}

const retryMs = 500

/** The steps of `ctl task exec`: take, run, give back. Signals never end it between taking and giving back. */
export abstract class TaskExecCommand extends TaskCommand {
  readonly #signals = new HeldSignals()

  /** Claims; tries again for `waitMs` while it is held or not due. Undefined with --dry-run. */
  protected async take(task: string, waitMs: number): Promise<TaskResult | undefined> {
    this.#signals.hold()
    const tasks = await this.tasks()
    const untilMs = this.io.clock.monotonicMs() + waitMs
    for (;;) {
      try {
        return await this.apply(await tasks.planClaim(task, {holder: this.holder}, this.signal))
      } catch (error) {
        const isBusy = error instanceof OpsError && ['HELD', 'NOT_DUE', 'CLAIM_LOST'].includes(error.code)
        if (this.#signals.code !== undefined) this.leave(this.#signals.code as ExitCode)
        if (!isBusy || this.io.clock.monotonicMs() >= untilMs) throw error
        await this.io.clock.sleep(retryMs)
      }
    }
  }

  protected async runUnder(
    task: string, command: string[], {record, version}: TaskResult, options: RunOptions,
  ): Promise<void> {
    if (this.#signals.code !== undefined) {
      await this.#giveBack(task, heldBy(record), options, this.#signals.code)
      this.leave(this.#signals.code as ExitCode)
    }
    const child = runChild(command, {
      env: {...this.io.env, ...childEnv(record, version)}, signals: process, killAfterMs: options.killAfterMs,
      stdin: options.stdin,
    })
    this.#signals.release()
    const done = new AbortController()
    const watching = watchClaim(child, heldBy(record), {
      ...options, ...this.#table(task), clock: this.io.clock, signal: done.signal,
    })
    const exitCode = await child.exitCode
    // Whoever comes now must not end us before the claim is given back.
    this.#signals.hold()
    done.abort()
    const {end, held} = await watching
    const failure = await child.failure
    if (failure) this.io.stderr.write(`ctl: ${failure.message}\n`)
    if (end === 'lost') throw lostError(task, end)
    await this.#giveBack(task, held, options, exitCode)
    if (end === 'stale') throw lostError(task, end)
    if (exitCode !== 0) this.leave(exitCode as ExitCode)
  }

  #table(task: string) {
    return {
      note: (text: string) => this.note(text),
      isOurs: async (held: Held) => {
        const record = await (await this.tasks()).get(task)
        const inFlight = record ? new Set<string>() : new Set((await (await this.tasks()).list()).inFlight)
        return inFlight.has(task)
          || (record?.holder === this.holder && record.claimedAt === held.claimedAt && record.rows === 1)
      },
      extend: async (held: Held) => {
        const change = await (await this.tasks()).planExtend(task, await this.claim(held.claimedAt))
        const outcome = await change.apply(this.signal)
        if (outcome.state !== 'done') throw outcome.error
        return heldBy(outcome.result.record)
      },
    }
  }

  /** Release after 0, fail after anything else; it was confirmed with the claim. */
  async #giveBack(task: string, held: Held, {intervalMs}: RunOptions, exitCode: number): Promise<void> {
    this.shared.yes = true
    this.shared.confirm = task
    const tasks = await this.tasks()
    const claim = await this.claim(held.claimedAt)
    const change = exitCode === 0
      ? await tasks.planRelease(task, {claim, intervalMs})
      : await tasks.planFail(task, {claim})
    await this.apply(change)
    if (exitCode === 0) this.trace(`${task}: released after exit code 0`)
    else this.note(`ctl: the command ended with ${exitCode}; ${task} was given back as failed, with its old schedule`)
  }
}

function heldBy(record: TaskRecord): Held {
  return {staleAtMs: Date.parse(record.staleAt!), claimedAt: record.claimedAt}
}

function childEnv(record: TaskRecord, version: number): Record<string, string> {
  return {
    OPSDECK_TASK: record.task, OPSDECK_TASK_HOLDER: record.holder, OPSDECK_TASK_CLAIMED_AT: record.claimedAt,
    OPSDECK_TASK_STALE_AT: record.staleAt!, OPSDECK_TASK_VERSION: String(version),
  }
}
