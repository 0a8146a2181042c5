import type {LeaseClient, LeaseResult} from '../clients/lease/client.ts'
import {instantOf} from '../clients/lease/item.ts'
import type {LeaseRecord} from '../clients/lease/record.ts'
import type {Change} from '../clients/net/change.ts'
import type {Clock} from '../clients/net/deadline.ts'
import {ConflictError, OpsError, UnreachableError, UsageError, type ExitCode} from '../clients/net/errors.ts'
import {runChild, type RunningChild, type SignalSource} from './child.ts'
import {HeldSignals} from './hold-signals.ts'
import {guardLease, lostError, type GuardEnd, type OnExpiry} from './lease-guard.ts'
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

/** A lease that is held while `work` runs. */
export interface HeldLease {
  readonly key: string
  readonly revision: bigint
  readonly record: LeaseRecord
  /** Aborts when the lease is lost or about to expire, or somebody asks us to stop. */
  readonly signal: AbortSignal
  /**
   * Runs a program that is stopped with its whole group when the lease goes, and gives its exit code as `runChild`
   * does. What it wrote to the descriptor `readFd` comes back as `written`.
   */
  run(
    argv: readonly string[], options?: {env?: Record<string, string>; readFd?: number},
  ): Promise<{exitCode: number; written: string}>
}

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
  tools: RoundTools, options: RoundOptions, work: (lease: HeldLease) => Promise<RoundEnd>,
): Promise<RoundEnd | undefined> {
  checkTimes(options)
  const interruption = new HeldSignals(tools.signals)
  interruption.hold()
  try {
    const startedMs = () => ({wallMs: tools.clock.nowMs(), monotonicMs: tools.clock.monotonicMs()})
    const taken = await take(tools, options, interruption, startedMs)
    return taken && await new Round(tools, options, interruption, taken).run(work)
  } finally {
    interruption.release()
  }
}

/** The command is stopped so long before the lease ends; something must be left. */
export function checkTimes(
  {ttlS, skewMs, killAfterMs, onExpiry}: Pick<RoundOptions, 'ttlS' | 'skewMs' | 'killAfterMs' | 'onExpiry'>,
): void {
  if (onExpiry === 'warn' || Number(ttlS) * 1_000 > skewMs + killAfterMs) return
  throw new UsageError('--ttl leaves no time to work: --skew and --kill-after are taken off its end', {code: 'BAD_TTL'})
}

interface Taken extends LeaseResult {
  record: LeaseRecord
  /** Before the lease was asked for, so that its end is never put too late. */
  startedMonotonicMs: number
}

const retryMs = 500

async function take(
  tools: RoundTools, {key, holder, ttlS, waitMs}: RoundOptions, interruption: HeldSignals,
  now: () => {monotonicMs: number},
): Promise<Taken | undefined> {
  const untilMs = now().monotonicMs + waitMs
  for (;;) {
    if (interruption.code !== undefined) throw new QuietExit(interruption.code as ExitCode)
    try {
      const startedMonotonicMs = now().monotonicMs
      const change = await tools.leases.planAcquire(key, {holderId: holder, ttlS}, interruption.signal)
      const result = await tools.apply(change)
      return result && {...result, record: result.record!, startedMonotonicMs}
    } catch (error) {
      if (interruption.code !== undefined) throw new QuietExit(interruption.code as ExitCode)
      if (!(error instanceof ConflictError)) throw error
      // Somebody was faster: the next look tells who.
      if (error.code === 'WRONG_REVISION') continue
      if (now().monotonicMs >= untilMs) throw error
      await tools.clock.sleep(retryMs, interruption.signal).catch(() => undefined)
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
  readonly #gone = new AbortController()
  #child: RunningChild | undefined

  constructor(tools: RoundTools, options: RoundOptions, interruption: HeldSignals, taken: Taken) {
    this.#tools = tools
    this.#options = options
    this.#interruption = interruption
    this.#taken = taken
  }

  async run(work: (lease: HeldLease) => Promise<RoundEnd>): Promise<RoundEnd> {
    const done = new AbortController()
    const guard = this.#guard(done.signal)
    const end = await work(this.#lease()).catch((error: unknown) => ({error}))
    done.abort()
    const guarded = await guard
    if (guarded === 'lost') throw lostError(this.#options.key, guarded)
    if ('error' in end || guarded === 'expiring') {
      await this.#abandon()
      throw guarded === 'expiring' ? lostError(this.#options.key, guarded) : (end as {error: unknown}).error
    }
    if (end.exitCode === 0) await this.#complete(end.cursorHex ?? '')
    else await this.#abandon()
    return end
  }

  #lease(): HeldLease {
    const {revision, record} = this.#taken
    const signal = AbortSignal.any([this.#gone.signal, this.#interruption.signal])
    return {key: this.#options.key, revision, record, signal, run: (argv, options) => this.#run(argv, options)}
  }

  async #run(argv: readonly string[], {env, readFd}: {env?: Record<string, string>; readFd?: number} = {}) {
    if (this.#interruption.code !== undefined) return {exitCode: this.#interruption.code, written: ''}
    this.#gone.signal.throwIfAborted()
    const child = runChild(argv, {
      env: {...this.#tools.env, ...leaseEnv(this.#options.key, this.#taken), ...env}, signals: this.#tools.signals,
      killAfterMs: this.#options.killAfterMs, stdin: this.#options.stdin, readFd,
    })
    this.#child = child
    const exitCode = await child.exitCode
    const failure = await child.failure
    if (failure) this.#tools.note(failure.message)
    return {exitCode, written: await child.written}
  }

  async #guard(done: AbortSignal): Promise<GuardEnd> {
    const {key, onExpiry, skewMs, killAfterMs, checkEveryMs} = this.#options
    const {record, revision} = this.#taken
    const marginMs = skewMs + killAfterMs
    const end = await guardLease({
      clock: this.#tools.clock, onExpiry, everyMs: checkEveryMs, heldRevision: revision,
      stop: {
        wallMs: Number(record.expiresAtUnixS) * 1_000 - marginMs,
        monotonicMs: this.#endMs() - marginMs,
      },
      look: async () => (await this.#tools.leases.get(key, done)).revision,
      note: text => this.#tools.note(text),
    }, done)
    if (end === 'ended') return end
    this.#gone.abort(lostError(key, end))
    await this.#child?.stop(end)
    return end
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

/** What a command that runs under a lease sees of it. */
export function leaseEnv(key: string, {record, revision}: Pick<Taken, 'record' | 'revision'>): Record<string, string> {
  return {
    OPSDECK_LEASE_KEY: key, OPSDECK_LEASE_HOLDER: record.holderId, OPSDECK_LEASE_REVISION: String(revision),
    OPSDECK_LEASE_ACQUIRED_AT: instantOf(record.acquiredAtUnixS) ?? '',
    OPSDECK_LEASE_EXPIRES_AT: instantOf(record.expiresAtUnixS) ?? '',
    OPSDECK_LEASE_EXPIRES_AT_UNIX: String(record.expiresAtUnixS),
  }
}
