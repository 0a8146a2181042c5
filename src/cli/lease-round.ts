import type {LeaseClient, LeaseResult} from '../clients/lease/client.ts'
import {instantOf} from '../clients/lease/item.ts'
import type {LeaseRecord} from '../clients/lease/record.ts'
import type {Change} from '../clients/net/change.ts'
import type {Clock} from '../clients/net/deadline.ts'
import {ConflictError, OpsError, UnreachableError, type ExitCode} from '../clients/net/errors.ts'
import type {SignalSource} from './child.ts'
import {HeldSignals} from './hold-signals.ts'
import {checkTimes, leaseEnv, runUnderLease} from './lease-child.ts'
import {lostError, type GuardEnd, type OnExpiry, type StopTime} from './lease-guard.ts'
import {QuietExit} from './report.ts'

/** What a round needs of the command that runs it. */
export interface RoundTools {
  leases: LeaseClient
  clock: Clock
  env: Record<string, string | undefined>
  signals: SignalSource
  /** Applies as the command applies changes, but asks nothing; undefined with --dry-run. */
  apply(change: Change<LeaseResult>): Promise<LeaseResult | undefined>
  note(text: string): void
}

export interface RoundOptions {
  key: string
  holder: string
  ttlS: bigint
  /** How long to try while somebody holds it. */
  waitMs: number
  onExpiry: OnExpiry
  /** How far the clocks of all who use the lease may differ. */
  skewMs: number
  /** How often it is looked whether the lease is still ours. */
  checkEveryMs: number
  /** From TERM to KILL. */
  killAfterMs: number
  stdin: 'inherit' | 'none'
}

/**
 * Runs a program while the lease is held, and tells its exit code as `runChild` does. What it wrote to the descriptor
 * `readFd` comes back as `written`.
 */
export type RunHeld = (argv: readonly string[], readFd?: number) => Promise<{exitCode: number; written: string}>

export interface RoundEnd {
  /** 0 completes the lease, anything else gives it back. */
  exitCode: number
  /** Of the completed export; '' when it had none. */
  cursorHex?: string
}

/**
 * One round under a lease: take it, work, complete it after 0 and give it back after anything else. The lease is never
 * renewed. Signals never end the round between taking and giving back. Rejects with ConflictError `LEASE_HELD` when
 * it is held, with `LEASE_LOST` (10) when it went while the work ran. Undefined with --dry-run.
 */
export async function leaseRound(
  tools: RoundTools, options: RoundOptions, work: (run: RunHeld) => Promise<RoundEnd>,
): Promise<RoundEnd | undefined> {
  checkTimes(options)
  const interruption = new HeldSignals(tools.signals)
  interruption.hold()
  try {
    const taken = await take(tools, options, interruption)
    return taken && await new Round(tools, options, interruption, taken).run(work)
  } finally {
    interruption.release()
  }
}

interface Taken extends LeaseResult {
  record: LeaseRecord
  /** Before the lease was asked for, so that its end is never put too late. */
  startedMonotonicMs: number
}

const retryMs = 500

async function take(
  {leases, clock, apply}: RoundTools, {key, holder, ttlS, waitMs}: RoundOptions, interruption: HeldSignals,
): Promise<Taken | undefined> {
  const untilMs = clock.monotonicMs() + waitMs
  for (;;) {
    if (interruption.code !== undefined) throw new QuietExit(interruption.code as ExitCode)
    try {
      const startedMonotonicMs = clock.monotonicMs()
      const change = await leases.planAcquire(key, {holderId: holder, ttlS}, interruption.signal)
      const result = await apply(change)
      return result && {...result, record: result.record!, startedMonotonicMs}
    } catch (error) {
      if (interruption.code !== undefined) throw new QuietExit(interruption.code as ExitCode)
      if (!(error instanceof ConflictError)) throw error
      // Somebody was faster: the next look tells who.
      if (error.code === 'WRONG_REVISION') continue
      if (clock.monotonicMs() >= untilMs) throw error
      await clock.sleep(retryMs, interruption.signal).catch(() => undefined)
    }
  }
}

/** How long a store that does not answer is tried before the end of a round is given up as unknown. */
const settleWithinMs = 60_000
const settleEveryMs = 1_000

class Round {
  readonly #tools: RoundTools
  readonly #options: RoundOptions
  readonly #interruption: HeldSignals
  readonly #taken: Taken
  #guarded: GuardEnd = 'ended'

  constructor(tools: RoundTools, options: RoundOptions, interruption: HeldSignals, taken: Taken) {
    this.#tools = tools
    this.#options = options
    this.#interruption = interruption
    this.#taken = taken
  }

  async run(work: (run: RunHeld) => Promise<RoundEnd>): Promise<RoundEnd> {
    const {key} = this.#options
    const end = await work((argv, readFd) => this.#run(argv, readFd)).catch((error: unknown) => ({error}))
    if (this.#guarded === 'lost') throw lostError(key, this.#guarded)
    if ('error' in end || this.#guarded === 'expiring') {
      await this.#abandon()
      throw this.#guarded === 'expiring' ? lostError(key, this.#guarded) : (end as {error: unknown}).error
    }
    if (end.exitCode === 0) await this.#complete(end.cursorHex ?? '')
    else await this.#abandon()
    return end
  }

  async #run(command: readonly string[], readFd?: number): Promise<{exitCode: number; written: string}> {
    if (this.#interruption.code !== undefined) return {exitCode: this.#interruption.code, written: ''}
    const {leases, env, signals, clock, note} = this.#tools
    const {key, stdin, onExpiry, killAfterMs, checkEveryMs} = this.#options
    const {failure, guarded, ...ran} = await runUnderLease({
      command, readFd, stdin, signals, clock, note, onExpiry, killAfterMs, checkEveryMs,
      env: {...env, ...leaseEnv(key, this.#taken)},
      revision: this.#taken.revision,
      stop: this.#stopTime(),
      look: async signal => (await leases.get(key, signal)).revision,
    })
    this.#guarded = guarded
    if (failure) note(failure.message)
    return ran
  }

  #stopTime(): StopTime {
    const marginMs = this.#options.skewMs + this.#options.killAfterMs
    const wallMs = Number(this.#taken.record.expiresAtUnixS) * 1_000
    return {wallMs: wallMs - marginMs, monotonicMs: this.#endMs() - marginMs}
  }

  /** An overrun lease that nobody took may still be completed; one that was taken over is lost. */
  async #complete(cursorHex: string): Promise<void> {
    const {leases} = this.#tools
    const {key, holder} = this.#options
    const {revision} = this.#taken
    try {
      await this.#settle(signal => leases.planComplete(key, {holderId: holder, revision}, cursorHex, signal))
    } catch (error) {
      const lost = ['MOVED', 'NOT_HOLDER', 'NO_LEASE', 'WRONG_REVISION']
      const isLost = error instanceof OpsError && lost.includes(error.code)
      if (!isLost) throw error
      throw new OpsError('LEASE_LOST', 10, `${key} could not be completed: ${error.message}`, {
        cause: error, hint: `See who has it: ctl lease get ${key}`,
      })
    }
  }

  /** A failed round keeps its own exit code, whatever becomes of the lease; one that has ended is free without us. */
  async #abandon(): Promise<void> {
    const {leases, note} = this.#tools
    const {key, holder} = this.#options
    const {revision, record} = this.#taken
    const leftMs = () => this.#endMs() - this.#tools.clock.monotonicMs()
    try {
      await this.#settle(signal => leases.planAbandon(key, {holderId: holder, revision}, signal), leftMs())
    } catch (error) {
      if (!(error instanceof OpsError)) throw error
      const words = leftMs() > 0 ? 'it may stay held until' : 'it ended by itself at'
      const until = instantOf(record.expiresAtUnixS)
      note(`warning: ${key} could not be given back, ${words} ${until}: ${error.message}`)
    }
  }

  /** When the lease ends by itself, on the monotonic clock. */
  #endMs(): number {
    return this.#taken.startedMonotonicMs + Number(this.#options.ttlS) * 1_000
  }

  /** Applies one change, the same again while the store is silent: it is done at most once. */
  async #settle(
    plan: (signal: AbortSignal) => Promise<Change<LeaseResult>>, withinMs = settleWithinMs,
  ): Promise<void> {
    const {clock, apply, note} = this.#tools
    const untilMs = clock.monotonicMs() + Math.min(withinMs, settleWithinMs)
    const before = this.#interruption.count
    let change: Change<LeaseResult> | undefined
    for (;;) {
      try {
        change ??= await plan(new AbortController().signal)
        await apply(change)
        return
      } catch (error) {
        const isHurried = this.#interruption.count > before + 1
        if (!isSilence(error) || clock.monotonicMs() >= untilMs || isHurried) throw error
        note(`${(error as OpsError).message}; trying again`)
        await clock.sleep(settleEveryMs)
      }
    }
  }
}

function isSilence(error: unknown): boolean {
  return error instanceof UnreachableError || (error instanceof OpsError && error.code === 'OUTCOME_UNKNOWN')
}
