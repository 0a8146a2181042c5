import {randomUUID} from 'node:crypto'
import type {Change, Outcome} from '../net/change.ts'
import {backoffMs, type Clock} from '../net/deadline.ts'
import {ConflictError, NotFoundError, OpsError, UnreachableError} from '../net/errors.ts'
import {instantOf} from './item.ts'
import {encodeLeaseRecord, parseLeaseRecord, type LeaseRecord} from './record.ts'
import {decideAbandon, decideAcquire, decideComplete, leaseState} from './rules.ts'
import type {AcquireRequest, EndDecision, Held, LeaseState} from './rules.ts'
import {paceOf, roundLengthsS, type Pace} from './stuck.ts'
import type {LeaseEntry, LeaseStore} from './store.ts'

/** A lease after a write: where it stands and what is written there; no record once it is given back. */
export interface LeaseResult {
  key: string
  revision: bigint
  record: LeaseRecord | undefined
}

interface PlannedWrite {
  action: 'acquire' | 'complete' | 'abandon'
  key: string
  before: LeaseState
  after: LeaseRecord | undefined
  expectedRevision: bigint
}

export interface LeaseClientOptions {
  /** New tries of reads that met silence, and of writes that are certain not to be there. */
  retries?: number
  random?: () => number
  onRetry?: (error: UnreachableError) => void
  /** Names of writes. */
  newId?: () => string
}

interface NamedWrite {
  key: string
  value: Uint8Array
  expectedRevision: bigint
  id: string
}

/** What is known of a planned write from the tries before. */
interface Memory {
  /** A try whose answer never came. */
  lost?: UnreachableError
}

interface Parsed {
  value: Uint8Array
  record: LeaseRecord | undefined
}

/**
 * Export leases, as the slipstream crate keeps them: times in whole Unix seconds, judged by this machine's clock;
 * revisions are the store's. Reads are plain, and tried again while the store is silent; every write is a planned
 * `Change`, conditional on the revision that was read. All reject with UnreachableError, UnauthorizedError and
 * NotFoundError (`NO_BUCKET`) from the store.
 */
export class LeaseClient {
  readonly store: LeaseStore
  readonly #clock: Clock
  readonly #options: LeaseClientOptions
  /** What the last list held. */
  #parsed = new Map<string, Parsed>()

  constructor(store: LeaseStore, clock: Clock, options: LeaseClientOptions = {}) {
    this.store = store
    this.#clock = clock
    this.#options = options
  }

  /** What the newest entry of a key says now; `absent` when there is none. */
  async get(key: string, signal: AbortSignal): Promise<LeaseState> {
    return leaseState(await this.#read(key, signal), this.nowS())
  }

  /** The newest entry of every key, sorted by key. */
  entries(signal: AbortSignal): Promise<LeaseEntry[]> {
    return this.#again(() => this.store.list(signal), signal)
  }

  /** The state of every key that was ever written, sorted by key. */
  async list(signal: AbortSignal): Promise<{key: string; state: LeaseState}[]> {
    const entries = await this.entries(signal)
    const nowS = this.nowS()
    const before = this.#parsed
    this.#parsed = new Map()
    return entries.map(entry => ({key: entry.key, state: leaseState(entry, nowS, this.#parse(entry, before))}))
  }

  /** The record of an entry that is as it was is the one from before. */
  #parse({key, value}: LeaseEntry, before: ReadonlyMap<string, Parsed>): () => LeaseRecord | undefined {
    const known = before.get(key)
    const parsed = known && Buffer.compare(known.value, value) === 0 ? known : {value, record: parseLeaseRecord(value)}
    this.#parsed.set(key, parsed)
    return () => parsed.record
  }

  /** Whether the exporter that holds the lease looks stuck; undefined when there is no round to judge. */
  async pace(key: string, state: LeaseState, signal: AbortSignal): Promise<Pace | undefined> {
    if (state.state !== 'live' || state.record.completedAtUnixS !== undefined) return undefined
    return paceOf(state.record, roundLengthsS(await this.history(key, signal)), this.nowS())
  }

  /** What the store has kept of a key, oldest first. */
  history(key: string, signal: AbortSignal): Promise<LeaseEntry[]> {
    return this.#again(() => this.store.history(key, signal), signal)
  }

  /** Rejects with ConflictError `LEASE_HELD` when somebody holds it, the same holder included. */
  async planAcquire(key: string, request: AcquireRequest, signal: AbortSignal): Promise<Change<LeaseResult>> {
    const before = await this.get(key, signal)
    const decision = decideAcquire(before, request, this.nowS())
    if (decision.verdict === 'held') throw this.#held(key, decision.record)
    const {record: after, expectedRevision} = decision
    return this.#change({action: 'acquire', key, before, after, expectedRevision})
  }

  /**
   * Notes what was exported; the lease stays live until it ends. Rejects with ConflictError (`NOT_HOLDER`, `MOVED`,
   * `COMPLETED`) or NotFoundError (`NO_LEASE`). `cursorHex`: version bytes of the export as lowercase hex, 16 digits
   * for a stream sequence, `''` for none.
   */
  async planComplete(key: string, held: Held, cursorHex: string, signal: AbortSignal): Promise<Change<LeaseResult>> {
    const before = await this.get(key, signal)
    return this.#end('complete', key, before, decideComplete(before, held, cursorHex, this.nowS()))
  }

  /** Erases the record, the cursor with it, so that anybody may take the lease. Rejects as `planComplete`. */
  async planAbandon(key: string, held: Held, signal: AbortSignal): Promise<Change<LeaseResult>> {
    const before = await this.get(key, signal)
    return this.#end('abandon', key, before, decideAbandon(before, held))
  }

  #end(action: 'complete' | 'abandon', key: string, before: LeaseState, decision: EndDecision): Change<LeaseResult> {
    const endpoint = this.store.place
    if (decision.verdict === 'write') {
      return this.#change({action, key, before, after: decision.record, expectedRevision: decision.expectedRevision})
    }
    const {code, reason} = decision
    if (code === 'NO_LEASE') throw new NotFoundError(`${key}: ${reason}`, {code, endpoint})
    const hint = action === 'abandon' && code === 'NOT_HOLDER'
      ? 'Nothing was changed. --force gives it back whoever holds it, after a confirmation.' : undefined
    throw new ConflictError(`${key}: ${reason}`, {code, endpoint, hint})
  }

  #change(plan: PlannedWrite): Change<LeaseResult> {
    const {key, expectedRevision, after} = plan
    const value = after ? encodeLeaseRecord(after) : new Uint8Array(0)
    // Named once a plan: a change that is applied again after an unknown outcome is still the same write.
    const write = {key, value, expectedRevision, id: (this.#options.newId ?? randomUUID)()}
    const memory: Memory = {}
    return {
      system: 'leases', action: plan.action, target: key,
      before: 'record' in plan.before ? plan.before.record : undefined,
      after, ifVersion: expectedRevision, request: this.store.describeWrite(key, value, expectedRevision),
      warnings: warnings(plan), destructive: plan.action === 'abandon',
      apply: signal => this.#apply(plan, write, memory, signal),
    }
  }

  /**
   * Writes; when the answer was lost, reads back, and writes again only what the store still lacks: the revision
   * that it names lets at most one of the tries in, and its name tells whether it was ours. What stays unknown is a
   * write after which the store said nothing more, or one that was replaced before it could be seen.
   */
  async #apply(
    plan: PlannedWrite, write: NamedWrite, memory: Memory, signal: AbortSignal,
  ): Promise<Outcome<LeaseResult>> {
    for (let attempt = 0; ; attempt += 1) {
      const answer = await this.#write(write, signal)
      if (!(answer instanceof OpsError)) return this.#done(plan, answer)
      if (!memory.lost && isCertain(answer)) return {state: 'not-done', error: answer}
      if (answer instanceof UnreachableError) memory.lost = answer
      const found = await this.#read(write.key, signal).catch(() => 'silence' as const)
      if (found && found !== 'silence' && found.writeId === write.id) return this.#done(plan, found.revision)
      const isUnmoved = found !== 'silence' && (found?.revision ?? 0n) === write.expectedRevision
      if (!isUnmoved || attempt >= (this.#options.retries ?? 0)) return this.#unknown(memory.lost ?? answer, found)
      await this.#pause(attempt, signal)
    }
  }

  async #write({key, value, expectedRevision, id}: NamedWrite, signal: AbortSignal): Promise<bigint | OpsError> {
    try {
      return await this.store.write(key, value, expectedRevision, signal, id)
    } catch (error) {
      if (error instanceof OpsError) return error
      throw error
    }
  }

  #done({key, after: record}: PlannedWrite, revision: bigint): Outcome<LeaseResult> {
    return {state: 'done', result: {key, revision, record}}
  }

  #unknown(error: OpsError, found: LeaseEntry | 'silence' | undefined): Outcome<LeaseResult> {
    return {state: 'unknown', error, found: found === 'silence' ? undefined : leaseState(found, this.nowS())}
  }

  #read(key: string, signal: AbortSignal): Promise<LeaseEntry | undefined> {
    return this.#again(() => this.store.read(key, signal), signal)
  }

  /** A read that met a busy or silent store, tried again. */
  async #again<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await work()
      } catch (error) {
        if (!(error instanceof UnreachableError) || attempt >= (this.#options.retries ?? 0)) throw error
        this.#options.onRetry?.(error)
        await this.#pause(attempt, signal)
      }
    }
  }

  #pause(attempt: number, signal: AbortSignal): Promise<void> {
    return this.#clock.sleep(backoffMs(attempt, this.#options.random ?? Math.random), signal)
  }

  #held(key: string, {holderId, acquiredAtUnixS, expiresAtUnixS}: LeaseRecord): ConflictError {
    const [acquiredAt, expiresAt] = [instantOf(acquiredAtUnixS), instantOf(expiresAtUnixS)]
    const until = expiresAt ?? `Unix second ${expiresAtUnixS}`
    return new ConflictError(`${key} is held by ${holderId} since ${acquiredAt ?? 'an odd time'}, until ${until}`, {
      code: 'LEASE_HELD', endpoint: this.store.place,
      details: {key, holder: holderId, acquiredAt, expiresAt, expiresAtUnixS},
      hint: 'It can be taken when it expires; its holder may abandon it.',
    })
  }

  /** Whole Unix seconds, as the records count. */
  nowS(): bigint {
    return BigInt(Math.floor(this.#clock.nowMs() / 1000))
  }
}

/** Refused before anything was sent, or by an answer. */
function isCertain(error: OpsError): boolean {
  return !(error instanceof UnreachableError) || ['NO_RESPONDERS', 'BUSY'].includes(error.code)
}

function warnings({action, before}: PlannedWrite): string[] {
  const hasCompleted = 'record' in before && before.record.completedAtUnixS !== undefined
  if (action === 'abandon') return hasCompleted ? ['This erases the record of the last completed export.'] : []
  if (action === 'acquire' && before.state === 'unparseable') {
    return ['The value there is not a lease record; it is replaced.']
  }
  return []
}
