import type {Change, Outcome} from '../net/change.ts'
import {backoffMs, type Clock} from '../net/deadline.ts'
import {cautions} from './cautions.ts'
import {planSet, probeDirective, type Edit, type PlannedSet} from './edit.ts'
import {listing, notices, type Snapshot} from './listing.ts'
import {encodeSet, targetOf, type Directive} from './model.ts'
import {proveAll, type Probes, type Proof} from './probe.ts'
import type {ProxyInstance} from './proxy-api.ts'
import {changedMeanwhile, type DirectiveStore, type InstanceOutcome, type SetWrite, type Written} from './store.ts'
import type {Policy} from './validate.ts'

export interface DirectiveClientOptions {
  store: DirectiveStore
  /** The proxies that are asked whether they apply a set; with none, nothing is verified. */
  instances: readonly ProxyInstance[]
  policy: Policy
  /** Who publishes: `user@host`. */
  by: string
  clock: Clock
  random: () => number
  /** A short text that no other publish has. */
  newNonce: () => string
}

export interface PlanOptions {
  action: string
  target: string
  reason?: string
  /** Write only if the store still has this version; otherwise an add or a revoke is planned anew on a change. */
  ifVersion?: string
  /** For those that stay and whose time nobody knows. */
  keepTtlSecs?: number
  /** Ask every instance afterwards which set it applies. */
  verify: boolean
}

export interface Published {
  version: string
  directives: {id: string; endsAtMs: number}[]
  /** Left out because their time was over. */
  ended: string[]
  /** How often the set changed under us and the edit was planned anew on what was there. */
  replanned: number
  proofs: Proof[]
  /** True when an instance had missed the first write and it was written once more. */
  repeated: boolean
  /** Of an admin endpoint: what became of the write on each instance. */
  instances: InstanceOutcome[]
}

/**
 * The directives of one proxy fleet, which are one set in one store: every change replaces the whole set, and only the
 * set it was planned on. Rejects with UnreachableError, UnauthorizedError or SystemError from the store.
 */
export interface DirectiveClient {
  readonly store: DirectiveStore
  /** The set as it stands, and what is known of who published it. */
  load(signal?: AbortSignal): Promise<Snapshot>
  /**
   * An edit as a change of the set. Rejects with RefusedError for a set that cannot or must not be written, with
   * ConflictError when the set is not at `ifVersion`, with NotFoundError for an id that is not in it. Times are
   * seconds from the write on.
   */
  plan(edit: Edit, options: PlanOptions, signal?: AbortSignal): Promise<Change<Published>>
  /** Which set each instance applies, against the newest in the store. */
  prove(snapshot: Snapshot, signal?: AbortSignal): Promise<Proof[]>
}

/** How long an instance may take to apply a set; measured: 3 to 14 ms through etcd. */
const applyWithinMs = 2_000
const mostReplans = 10

export function createDirectiveClient(options: DirectiveClientOptions): DirectiveClient {
  const {store, instances, clock} = options
  return {
    store,
    load: signal => store.load(signal),
    prove: ({record}, signal) => proveAll(instances, probesOf(record), clock, 0, signal),
    async plan(edit, planOptions, signal) {
      const seen = await store.load(signal)
      const wanted = planOptions.ifVersion ?? seen.version
      if (wanted !== seen.version) throw changedMeanwhile({...seen, version: wanted}, seen.version)
      return new SetChange(options, edit, planOptions, seen)
    },
  }
}

/** One edit of the set: the plan made from a reading, and its way into the store and onto the instances. */
class SetChange implements Change<Published> {
  readonly system = 'directives'
  readonly action: string
  readonly target: string
  readonly before: unknown
  readonly after: unknown
  readonly ifVersion: string
  readonly request: string
  readonly warnings: string[]
  readonly destructive: boolean
  readonly #client: DirectiveClientOptions
  readonly #edit: Edit
  readonly #options: PlanOptions
  #seen: Snapshot
  #planned: PlannedSet
  #write: SetWrite

  constructor(client: DirectiveClientOptions, edit: Edit, options: PlanOptions, seen: Snapshot) {
    this.#client = client
    this.#edit = edit
    this.#options = options
    this.#seen = seen
    this.#planned = this.#plan(edit)
    this.#write = this.#writeOf(this.#planned)
    this.action = options.action
    this.target = options.target
    this.ifVersion = seen.version
    this.before = shown(listing(seen, client.clock.nowMs()), seen)
    this.after = shownPlan(this.#planned)
    this.request = client.store.describe(this.#write)
    const added = edit.kind === 'add' || edit.kind === 'replace' ? edit.directives : []
    this.warnings = [...added.flatMap(cautions), ...notices(seen), ...client.store.warnings]
    this.destructive = isDestructive(edit, seen, this.#planned)
  }

  async apply(signal: AbortSignal): Promise<Outcome<Published>> {
    const {outcome, replanned} = await this.#publish(signal)
    if (outcome.state !== 'done') return outcome
    const result = this.#result(outcome.result, replanned)
    if (!this.#options.verify) return {state: 'done', result}
    const proven = {...result, proofs: await this.#prove(signal)}
    if (this.#client.store.kind === 'admin' || !proven.proofs.some(isMiss)) return {state: 'done', result: proven}
    return {state: 'done', result: await this.#repeat(proven, signal).catch(() => proven)}
  }

  /** An add or a revoke means the same on any set: on a change it is planned anew on what is there now. */
  async #publish(signal: AbortSignal): Promise<{outcome: Outcome<Written>; replanned: number}> {
    const {store, clock, random} = this.#client
    for (let replanned = 0; ; replanned += 1) {
      const outcome = await store.write(this.#write, signal)
      const isLost = outcome.state === 'not-done' && outcome.error.code === 'SET_CHANGED'
      if (!isLost || !this.#mayReplan() || replanned >= mostReplans) return {outcome, replanned}
      await clock.sleep(backoffMs(replanned, random, 20, 500), signal)
      this.#seen = await store.load(signal)
      this.#planned = this.#plan(this.#edit)
      this.#write = this.#writeOf(this.#planned)
    }
  }

  #mayReplan(): boolean {
    const isRelative = this.#edit.kind !== 'replace' && this.#edit.kind !== 'clear'
    return isRelative && this.#options.ifVersion === undefined && this.#client.store.kind !== 'admin'
  }

  /**
   * A proxy can miss a write that falls between its read and its watch; one more write heals it. Whatever goes
   * wrong here, the first write is done and is reported as done.
   */
  async #repeat(result: Published, signal: AbortSignal): Promise<Published> {
    this.#seen = await this.#client.store.load(signal)
    this.#planned = this.#plan({kind: 'repeat'})
    this.#write = this.#writeOf(this.#planned)
    const outcome = await this.#client.store.write(this.#write, signal)
    if (outcome.state !== 'done') return result
    return {...result, version: outcome.result.version, repeated: true, proofs: await this.#prove(signal)}
  }

  #plan(edit: Edit): PlannedSet {
    const {clock, policy} = this.#client
    return planSet(this.#seen, edit, clock.nowMs(), {...policy, keepTtlSecs: this.#options.keepTtlSecs})
  }

  #writeOf({directives, longestSecs, expiresAtMs}: PlannedSet): SetWrite {
    const {clock, by, newNonce} = this.#client
    const nonce = newNonce()
    const isEmpty = directives.length === 0
    const probe = isEmpty ? undefined : probeDirective(nonce, longestSecs)
    return {
      value: encodeSet(probe ? [...directives, probe] : directives),
      seen: this.#seen,
      leaseSecs: isEmpty ? 0 : longestSecs + leaseSlackSecs,
      record: {
        nonce, publishedAtMs: clock.nowMs(), by, expiresAtMs,
        reason: this.#options.reason,
        probeIndex: probe?.index,
        previousProbeIndex: this.#seen.record?.probeIndex ?? this.#seen.record?.previousProbeIndex,
      },
    }
  }

  /** Nothing when it is stopped: that leaves the write done and unproven. */
  #prove(signal: AbortSignal): Promise<Proof[]> {
    const {instances, clock} = this.#client
    return proveAll(instances, probesOf(this.#write.record), clock, applyWithinMs, signal).catch((error: unknown) => {
      if (signal.aborted) return []
      throw error
    })
  }

  #result({version, instances = []}: Written, replanned: number): Published {
    const {expiresAtMs, ended} = this.#planned
    const directives = Object.entries(expiresAtMs).map(([id, endsAtMs]) => ({id, endsAtMs}))
    return {version, directives, ended, replanned, proofs: [], repeated: false, instances}
  }
}

/** The lease outlives the longest directive a little, so that no directive is cut short. */
const leaseSlackSecs = 10

function isMiss({applies}: Proof): boolean {
  return applies === 'previous' || applies === 'none'
}

function probesOf(record: {probeIndex?: string; previousProbeIndex?: string} | undefined): Probes {
  return {current: record?.probeIndex, previous: record?.previousProbeIndex}
}

/** Asks for confirmation: what takes away directives that nobody named, or reaches every tenant at once. */
function isDestructive(edit: Edit, seen: Snapshot, planned: PlannedSet): boolean {
  if (edit.kind === 'clear') return true
  const reachesAll = planned.directives.some(directive => Object.keys(targetOf(directive)).length === 0)
  if (edit.kind === 'replace') return reachesAll || seen.directives.length > 0 || seen.malformed !== undefined
  return edit.kind === 'add' && edit.directives.some(directive => Object.keys(targetOf(directive)).length === 0)
}

type Shown = Omit<Directive, 'ttlSecs'> & {endsAt?: string}

function shown(listed: readonly (Omit<Directive, 'ttlSecs'> & {endsAtMs?: number})[], {malformed}: Partial<Snapshot>) {
  return malformed ? {malformed} : {directives: listed.map(({endsAtMs, ...directive}) => withEnd(directive, endsAtMs))}
}

function shownPlan({directives, expiresAtMs}: PlannedSet) {
  return {directives: directives.map(directive => withEnd(directive, expiresAtMs[directive.id]))}
}

function withEnd(directive: Omit<Directive, 'ttlSecs'>, endsAtMs: number | undefined): Shown {
  const {id, level, samplePerMille, ringBuffer, capture} = directive
  const endsAt = endsAtMs === undefined ? {} : {endsAt: new Date(endsAtMs).toISOString()}
  return {id, level, ...targetOf(directive), samplePerMille, ringBuffer, capture, ...endsAt}
}

