import type {Clock} from '../net/deadline.ts'
import {OpsError, UnauthorizedError, UnreachableError} from '../net/errors.ts'
import type {LeaseClient} from './client.ts'
import {leaseState, type LeaseState} from './rules.ts'
import type {LeaseEntry, Mark} from './store.ts'

/**
 * `present`: as it stands at the start. `added`, `modified`: a write; `missed` says that the write before it was
 * replaced before we could see it.
 * `lapsed`: no write, the lease ran out. `unreachable`, `reachable`: nothing is known in between; what was written
 * and not replaced meanwhile follows. `recreated`: the store was made anew, every lease of before is gone with it.
 */
export type LeaseEvent =
  | {event: 'present' | 'added' | 'modified' | 'lapsed'; key: string; state: LeaseState; missed: boolean}
  | {event: 'unreachable'; why: string}
  | {event: 'reachable'; silentMs: number}
  | {event: 'recreated'}

export interface FollowOptions {
  /** Only this one. */
  key?: string
  intervalMs: number
  clock: Clock
  signal: AbortSignal
}

/** Every lease as it stands, then every change, until the signal. Rejects when the store cannot be read at first. */
export async function* followLeases(client: LeaseClient, options: FollowOptions): AsyncGenerator<LeaseEvent> {
  const follower = new Follower(client, options)
  const {clock, signal, intervalMs} = options
  yield* await follower.begin()
  let silentSinceMs: number | undefined
  while (!signal.aborted) {
    await clock.sleep(intervalMs, signal).catch(() => undefined)
    if (signal.aborted) return
    let events: LeaseEvent[] = []
    const askedMs = clock.monotonicMs()
    try {
      events = await follower.look()
      if (silentSinceMs !== undefined) yield {event: 'reachable', silentMs: clock.monotonicMs() - silentSinceMs}
      silentSinceMs = undefined
    } catch (error) {
      if (signal.aborted) return
      if (!(error instanceof OpsError) || error instanceof UnauthorizedError) throw error
      if (silentSinceMs === undefined) yield {event: 'unreachable', why: error.message}
      silentSinceMs ??= askedMs
    }
    yield* events
    yield* follower.lapses()
  }
}

class Follower {
  readonly #client: LeaseClient
  readonly #options: FollowOptions
  readonly #known = new Map<string, {entry: LeaseEntry; shown: LeaseState['state']}>()
  #mark: Mark | undefined

  constructor(client: LeaseClient, options: FollowOptions) {
    this.#client = client
    this.#options = options
  }

  /** The mark comes first, so that nothing falls between it and the list. */
  async begin(): Promise<LeaseEvent[]> {
    const {store} = this.#client
    const {signal} = this.#options
    const start = await store.changes(undefined, signal)
    const entries = await this.#client.entries(signal)
    this.#mark = start?.mark
    this.#known.clear()
    return entries.flatMap(entry => this.#take(entry, false))
  }

  async look(): Promise<LeaseEvent[]> {
    const changes = await this.#client.store.changes(this.#mark, this.#options.signal)
    if (!changes) return [{event: 'recreated'}, ...await this.begin()]
    this.#mark = changes.mark
    return changes.entries.flatMap(entry => this.#take(entry, true))
  }

  /** Leases that ran out since they were shown. */
  *lapses(): Generator<LeaseEvent> {
    const nowS = this.#client.nowS()
    for (const [key, known] of this.#known) {
      const state = leaseState(known.entry, nowS)
      if (state.state === known.shown) continue
      known.shown = state.state
      yield {event: 'lapsed', key, state, missed: false}
    }
  }

  #take(entry: LeaseEntry, isChange: boolean): LeaseEvent[] {
    const {key} = entry
    if (this.#options.key !== undefined && key !== this.#options.key) return []
    const before = this.#known.get(key)?.entry
    if (before && before.revision >= entry.revision) return []
    const state = leaseState(entry, this.#client.nowS())
    this.#known.set(key, {entry, shown: state.state})
    const {previousRevision = before?.revision ?? 0n} = entry
    const missed = isChange && previousRevision !== (before?.revision ?? 0n)
    const event = before ? 'modified' as const : isChange ? 'added' as const : 'present' as const
    return [{event, key, state, missed}]
  }
}

export type Wanted = {kind: 'free' | 'held' | 'completed'} | {kind: 'held-by'; holder: string}

/** Is it so now? `free`: whoever comes may take it. `completed`: the newest round is, live or not. */
export function isMet(wanted: Wanted, state: LeaseState): boolean {
  const record = 'record' in state ? state.record : undefined
  const isHeld = state.state === 'live' && record?.completedAtUnixS === undefined
  switch (wanted.kind) {
    case 'free': return state.state !== 'live'
    case 'held': return isHeld
    case 'completed': return record?.completedAtUnixS !== undefined
    case 'held-by': return isHeld && record?.holderId === wanted.holder
  }
}

export interface WaitOptions {
  intervalMs: number
  clock: Clock
  signal: AbortSignal
  /** Told when a store that answered before is silent; waiting goes on. */
  onSilence(error: UnreachableError): void
}

/** Asks until it is so; already true is an answer at once. A store that does not answer at the start is an error. */
export async function waitForLease(
  client: LeaseClient, key: string, wanted: Wanted, options: WaitOptions,
): Promise<LeaseState> {
  let hasAnswered = false
  for (;;) {
    try {
      const state = await client.get(key, options.signal)
      if (isMet(wanted, state)) return state
      hasAnswered = true
    } catch (error) {
      if (!hasAnswered || !(error instanceof UnreachableError)) throw error
      options.onSilence(error)
    }
    await options.clock.sleep(options.intervalMs, options.signal)
  }
}
