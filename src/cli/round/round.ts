import {rm} from 'node:fs/promises'
import type {LeaseClient, LeaseResult} from '../../clients/lease/client.ts'
import type {LeaseRecord} from '../../clients/lease/record.ts'
import type {ArtifactClient} from '../../clients/artifact/client.ts'
import {decodeCursor, decodeCursorHex} from '../../clients/artifact/cursor.ts'
import type {Change, Outcome} from '../../clients/net/change.ts'
import {ConflictError, knownError, OpsError} from '../../clients/net/errors.ts'
import type {Clock} from '../../clients/net/deadline.ts'
import type {SignalSource} from '../child.ts'
import {leaseEnv} from '../lease-child.ts'
import {runExport} from './export.ts'
import {goesOn, isStoppable, lost, noArtifact, Unclear, unfinished} from './errors.ts'
import {ownLease, roundSteps, type RoundRecord, type RoundStep, type Start} from './plan.ts'
import {publishedAnyway} from './published.ts'
import {removeRecord, writeRecord, writeRecordNow} from './record.ts'
import {pushDetail, stepOf, type RoundReport, type StepReport} from './report.ts'

export interface RoundTools {
  leases: LeaseClient
  artifacts: ArtifactClient
  clock: Clock
  signals: SignalSource
  env: Record<string, string | undefined>
  note(text: string): void
  onProgress(doneBytes: number, totalBytes: number): void
}

export interface RoundOptions {
  key: string
  lease: string
  host: string
  /** Of a round that begins now; unique to it. */
  holder: string
  /** Where the command writes the artifact; it is removed at the end. */
  folder: string
  command: readonly string[]
  ttlS: bigint
  graceMs: number
  keep: boolean
  onExpiry: 'kill' | 'warn'
  killAfterMs: number
  /** How far the clocks of all who use the lease may differ. */
  skewMs: number
  checkEveryMs: number
}

type Go = Extract<Start, {verdict: 'go'}>

/** Runs one round from where it begins, and fills in its report. */
export class Round {
  readonly #tools: RoundTools
  readonly #options: RoundOptions
  readonly #report: RoundReport
  readonly #signal: AbortSignal
  /** For what must still be written when the round is stopped; requests have time limits of their own. */
  readonly #always = new AbortController().signal
  #record: RoundRecord

  constructor(tools: RoundTools, options: RoundOptions, report: RoundReport, record: RoundRecord, signal: AbortSignal) {
    this.#tools = tools
    this.#options = options
    this.#report = report
    this.#record = record
    this.#signal = signal
  }

  async run(start: Go): Promise<Outcome<RoundReport>> {
    const report = this.#report
    report.holder = this.#record.holder
    report.resumedAt = start.isResumed ? start.from : null
    if (start.discards) await rm(this.#options.folder, {recursive: true, force: true})
    for (const step of roundSteps.slice(0, roundSteps.indexOf(start.from))) stepOf(report, step).outcome = 'before'
    if (start.isResumed && start.from !== 'export' && start.from !== 'push') {
      report.outcome = 'published'
      report.cursorHex = this.#record.cursorHex ?? null
    }
    for (const step of roundSteps.slice(roundSteps.indexOf(start.from))) {
      const ended = await this.#perform(step)
      if (ended) return ended
    }
    return {state: 'done', result: report}
  }

  /** Undefined when the round goes on. */
  async #perform(step: RoundStep): Promise<Outcome<RoundReport> | undefined> {
    const entry = stepOf(this.#report, step)
    const startedMs = this.#tools.clock.monotonicMs()
    const ended = await this.#steps[step](entry).then(
      () => undefined,
      (error: unknown) => this.#failed(entry, isStoppable(step) && this.#signal.aborted ? this.#signal.reason : error),
    )
    entry.tookMs = Math.round(this.#tools.clock.monotonicMs() - startedMs)
    if (entry.outcome === 'not-reached') entry.outcome = 'done'
    return ended
  }

  readonly #steps: Record<RoundStep, (entry: StepReport) => Promise<void>> = {
    acquire: entry => this.#acquire(entry),
    export: () => this.#export(),
    push: entry => this.#push(entry),
    complete: entry => this.#complete(entry),
    prune: entry => this.#prune(entry),
    delete: entry => this.#delete(entry),
  }

  async #acquire(entry: StepReport): Promise<void> {
    const {lease, ttlS} = this.#options
    const {leases} = this.#tools
    const change = await leases.planAcquire(lease, {holderId: this.#record.holder, ttlS}, this.#signal)
    await this.#note('acquire', {acquiredAtUnixS: (change.after as LeaseRecord).acquiredAtUnixS})
    await this.#settle(
      change,
      this.#always,
      async () => ownLease(this.#record, await leases.get(lease, this.#always)) === 'live',
    )
    entry.detail = `for ${ttlS} s`
  }

  async #export(): Promise<void> {
    const {lease, folder, command, onExpiry, killAfterMs, checkEveryMs, skewMs, key} = this.#options
    const {leases, clock, signals, note, env} = this.#tools
    await this.#note('export', {exportPid: undefined})
    const startedMs = clock.monotonicMs()
    const held = await leases.get(lease, this.#signal)
    if (held.state !== 'live' || ownLease(this.#record, held) !== 'live') throw lost()
    const leftMs = Number(held.record.expiresAtUnixS) * 1_000 - skewMs - killAfterMs - clock.nowMs()
    await runExport(lease, {
      command,
      clock,
      signals,
      note,
      onExpiry,
      killAfterMs,
      checkEveryMs,
      revision: held.revision,
      stop: {wallMs: clock.nowMs() + leftMs, monotonicMs: startedMs + leftMs},
      env: {...env, ...leaseEnv(lease, held), OPSDECK_ARTIFACT_DIR: folder, OPSDECK_ARTIFACT_KEY: key},
      look: async signal => (await leases.get(lease, signal)).revision,
      onStart: pid => writeRecordNow(folder, (this.#record = {...this.#record, exportPid: pid})),
    })
    this.#signal.throwIfAborted()
  }

  async #push(entry: StepReport): Promise<void> {
    const {key, lease, folder} = this.#options
    const {leases, artifacts, onProgress} = this.#tools
    await this.#note('push', {exportPid: undefined})
    const held = ownLease(this.#record, await leases.get(lease, this.#signal))
    if (held === 'gone') throw lost()
    if (held === 'expired') this.#tools.note('warning: the lease has expired; nobody has taken it yet')
    const change = await artifacts
      .planPush(folder, key, {layout: 'addressed', onProgress}, this.#signal)
      .catch(noArtifact)
    for (const warning of change.warnings) this.#tools.note(`warning: ${warning}`)
    const published = await this.#settle(change, this.#signal).catch(async (error: unknown) => {
      const found = this.#signal.aborted ? await publishedAnyway(artifacts, key, folder, this.#always) : undefined
      if (!found) throw error
      return found
    })
    const {outcome, rank, cursorHex} = published!
    const {tokenHex} = decodeCursor(decodeCursorHex(cursorHex)!)!
    Object.assign(this.#report, {outcome, rank, cursorHex: tokenHex})
    entry.detail = pushDetail(published!)
  }

  async #complete(entry: StepReport): Promise<void> {
    const {lease} = this.#options
    const {leases} = this.#tools
    await this.#note('complete', {cursorHex: this.#record.cursorHex ?? this.#report.cursorHex ?? ''})
    const {holder, cursorHex = ''} = this.#record
    entry.detail = `cursor ${cursorHex || '(none)'}`
    try {
      const change = await leases.planComplete(lease, {holderId: holder}, cursorHex, this.#always)
      await this.#settle(
        change,
        this.#always,
        async () => ownLease(this.#record, await leases.get(lease, this.#always)) === 'completed',
      )
    } catch (error) {
      // The artifact is out: the round ends as one that overran, and cleans up.
      if (!(error instanceof ConflictError) && (error as OpsError).code !== 'NO_LEASE') throw error
      Object.assign(entry, {outcome: 'failed', detail: (error as OpsError).message})
      this.#report.outcome = 'overrun'
    }
  }

  async #prune(entry: StepReport): Promise<void> {
    const {key, graceMs} = this.#options
    await this.#note('prune')
    try {
      const change = await this.#tools.artifacts.planPrune(key, {graceMs, uploads: false, legacy: false}, this.#always)
      const pruned = await this.#settle(change, this.#always)
      entry.detail = `${pruned!.removed} removed`
    } catch (error) {
      // As the crate does: what is left over now is removed by a later round.
      Object.assign(entry, {outcome: 'failed', detail: (error as Error).message})
      this.#tools.note(`warning: old payloads were not pruned: ${(error as Error).message}`)
    }
  }

  async #delete(entry: StepReport): Promise<void> {
    await this.#note('delete')
    if (this.#options.keep) Object.assign(entry, {outcome: 'skipped', detail: `kept ${this.#options.folder}`})
    else await rm(this.#options.folder, {recursive: true, force: true})
    await removeRecord(this.#options.folder)
  }

  async #note(step: RoundRecord['step'], more: Partial<RoundRecord> = {}): Promise<void> {
    this.#record = {...this.#record, ...more, step}
    await writeRecord(this.#options.folder, this.#record)
  }

  /** The result of a write; undefined when only a read-back showed that it was done. */
  async #settle<T>(change: Change<T>, signal: AbortSignal, isDone?: () => Promise<boolean>): Promise<T | undefined> {
    const outcome = await change.apply(signal)
    if (outcome.state === 'done') return outcome.result
    if (outcome.state === 'not-done') throw outcome.error
    if (await isDone?.().catch(() => false)) return undefined
    throw new Unclear(outcome.error)
  }

  async #failed(entry: StepReport, error: unknown): Promise<Outcome<RoundReport>> {
    const isUnclear = error instanceof Unclear
    const known = isUnclear ? error.reason : knownError(error)
    Object.assign(entry, {outcome: isUnclear ? 'unknown' : 'failed', detail: known.message || 'stopped by a signal'})
    if (isUnclear) this.#report.outcome = 'unknown'
    if (isUnclear || entry.step === 'complete')
      return {state: 'unknown', error: unfinished(entry.step, known), hint: goesOn}
    if (entry.step === 'acquire') await removeRecord(this.#options.folder)
    else if (entry.step === 'export' || entry.step === 'push') await this.#abandon()
    return {state: 'not-done', error: known}
  }

  /** Gives the lease back. When that fails, the record stays, so that the next run goes on under the lease. */
  async #abandon(): Promise<void> {
    const {lease} = this.#options
    const {leases, note} = this.#tools
    try {
      const change: Change<LeaseResult> = await leases.planAbandon(lease, {holderId: this.#record.holder}, this.#always)
      const outcome = await change.apply(this.#always)
      if (outcome.state !== 'done') throw outcome.error
      this.#report.abandoned = true
    } catch (error) {
      const isGone = error instanceof ConflictError || (error as OpsError).code === 'NO_LEASE'
      if (!isGone) return note(`warning: the lease was not given back: ${(error as Error).message}`)
    }
    await this.#note('failed')
  }
}
