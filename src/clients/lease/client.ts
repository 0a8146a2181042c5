import type {Change, Outcome} from '../net/change.ts'
import {ConflictError, NotFoundError, OpsError, UnreachableError} from '../net/errors.ts'
import type {Clock} from '../net/deadline.ts'
import {instantOf} from './item.ts'
import {encodeLeaseRecord, type LeaseRecord} from './record.ts'
import {decideAbandon, decideAcquire, decideComplete, leaseState} from './rules.ts'
import type {AcquireRequest, EndDecision, Held, LeaseState} from './rules.ts'
import type {LeaseStore} from './store.ts'

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

/** Export leases, as the slipstream crate keeps them. Reads are plain; every write is a planned `Change`. */
export class LeaseClient {
  readonly store: LeaseStore
  readonly #clock: Clock

  constructor(store: LeaseStore, clock: Clock) {
    this.store = store
    this.#clock = clock
  }

  async get(key: string, signal: AbortSignal): Promise<LeaseState> {
    return leaseState(await this.store.read(key, signal), this.#nowS())
  }

  async list(signal: AbortSignal): Promise<{key: string; state: LeaseState}[]> {
    const nowS = this.#nowS()
    return (await this.store.list(signal)).map(entry => ({key: entry.key, state: leaseState(entry, nowS)}))
  }

  /** Rejects with ConflictError `LEASE_HELD` when somebody holds it, the same holder included. */
  async planAcquire(key: string, request: AcquireRequest, signal: AbortSignal): Promise<Change<LeaseResult>> {
    const before = await this.get(key, signal)
    const decision = decideAcquire(before, request, this.#nowS())
    if (decision.verdict === 'held') throw this.#held(key, decision.record)
    const {record: after, expectedRevision} = decision
    return this.#change({action: 'acquire', key, before, after, expectedRevision})
  }

  /** `cursorHex`: version bytes of the export as lowercase hex, 16 digits for a stream sequence, `''` for none. */
  async planComplete(key: string, held: Held, cursorHex: string, signal: AbortSignal): Promise<Change<LeaseResult>> {
    const before = await this.get(key, signal)
    return this.#end('complete', key, before, decideComplete(before, held, cursorHex, this.#nowS()))
  }

  async planAbandon(key: string, held: Held, signal: AbortSignal): Promise<Change<LeaseResult>> {
    const before = await this.get(key, signal)
    return this.#end('abandon', key, before, decideAbandon(before, held))
  }

  #end(action: 'complete' | 'abandon', key: string, before: LeaseState, decision: EndDecision): Change<LeaseResult> {
    const endpoint = this.store.place
    if (decision.verdict === 'write') {
      return this.#change({action, key, before, after: decision.record, expectedRevision: decision.expectedRevision})
    }
    if (decision.code === 'NO_LEASE') throw new NotFoundError(`${key}: ${decision.reason}`, {code: 'NO_LEASE', endpoint})
    throw new ConflictError(`${key}: ${decision.reason}`, {code: decision.code, endpoint})
  }

  #change(write: PlannedWrite): Change<LeaseResult> {
    const value = write.after ? encodeLeaseRecord(write.after) : new Uint8Array(0)
    return {
      system: 'leases', action: write.action, target: write.key,
      before: 'record' in write.before ? write.before.record : undefined,
      after: write.after,
      ifVersion: write.expectedRevision,
      request: this.store.describeWrite(write.key, value, write.expectedRevision),
      warnings: warnings(write),
      destructive: write.action === 'abandon',
      apply: signal => this.#apply(write, value, signal),
    }
  }

  async #apply(write: PlannedWrite, value: Uint8Array, signal: AbortSignal): Promise<Outcome<LeaseResult>> {
    const {key, expectedRevision, after: record} = write
    try {
      const revision = await this.store.write(key, value, expectedRevision, signal)
      return {state: 'done', result: {key, revision, record}}
    } catch (error) {
      if (!(error instanceof OpsError)) throw error
      if (!(error instanceof UnreachableError) || error.code === 'NO_RESPONDERS') return {state: 'not-done', error}
      return this.#readBack(write, error, signal)
    }
  }

  /**
   * The answer was lost. An unmoved revision does not prove that the write will not arrive later, and equal bytes
   * do not prove that they are ours (two processes may share a holder and a second), so it stays unknown.
   */
  async #readBack(write: PlannedWrite, error: UnreachableError, signal: AbortSignal): Promise<Outcome<LeaseResult>> {
    const found = await this.get(write.key, signal).catch(() => undefined)
    return {state: 'unknown', error, found}
  }

  #held(key: string, {holderId, acquiredAtUnixS, expiresAtUnixS}: LeaseRecord): ConflictError {
    const [acquiredAt, expiresAt] = [instantOf(acquiredAtUnixS), instantOf(expiresAtUnixS)]
    return new ConflictError(`${key} is held by ${holderId} until ${expiresAt ?? `Unix second ${expiresAtUnixS}`}`, {
      code: 'LEASE_HELD', endpoint: this.store.place, details: {key, holder: holderId, acquiredAt, expiresAt, expiresAtUnixS},
      hint: 'It can be taken when it expires; its holder may abandon it.',
    })
  }

  #nowS(): bigint {
    return BigInt(Math.floor(this.#clock.nowMs() / 1000))
  }
}

function warnings({action, before}: PlannedWrite): string[] {
  if (action === 'abandon') return ['This erases the record of the last completed export.']
  if (action === 'acquire' && before.state === 'unparseable') return ['The value there is not a lease record; it is replaced.']
  return []
}
