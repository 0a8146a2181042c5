import {createHash} from 'node:crypto'
import type {Outcome} from '../net/change.ts'
import {ConflictError, type OpsError} from '../net/errors.ts'
import {decodeSet} from './decode.ts'
import type {HeldDirective, Snapshot} from './listing.ts'
import {encodeSet} from './model.ts'
import type {SetRecord} from './record.ts'

/** A whole set to be written: the proxy knows nothing smaller. */
export interface SetWrite {
  value: string
  record: SetRecord
  /** The reading that the write was planned on; where the store can, the write is conditional on it. */
  seen: Snapshot
  /** The hard end of the set in a store that has one; 0 for an empty set, which needs none. */
  leaseSecs: number
}

export interface Written {
  version: string
  /** Of an admin endpoint: each instance by itself; there is no atomicity between them. */
  instances?: InstanceOutcome[]
}

export interface InstanceOutcome {
  instance: string
  state: 'done' | 'not-done' | 'unknown'
  error?: OpsError
}

export type StoreEvent =
  | {kind: 'set'; snapshot: Snapshot}
  /** The connection was lost: what happened until the next `set` was not seen. */
  | {kind: 'gap'; error: OpsError}

/** Where a fleet of proxies has its set: etcd, the proxies' admin endpoints, or a folder. */
export interface DirectiveStore {
  readonly kind: Snapshot['store']
  /** For messages; never holds a secret. */
  readonly place: string
  load(signal?: AbortSignal): Promise<Snapshot>
  /** The exact write for a dry run: method and place, then the body. No secrets. */
  describe(write: SetWrite): string
  /** What the operator should know of this kind of store before saying yes. */
  readonly warnings: readonly string[]
  /** Resolves as not-done with a ConflictError when the set is not the one that was seen any more. */
  write(write: SetWrite, signal?: AbortSignal): Promise<Outcome<Written>>
  /** Each new set from `since` on, until the signal aborts. */
  watch(since: Snapshot, signal: AbortSignal): AsyncIterable<StoreEvent>
  close(): Promise<void>
}

/** The part of a snapshot that comes from a stored value, read as the proxies read it. */
export function snapshotOf(value: string | undefined): Pick<Snapshot, 'directives' | 'dropped' | 'malformed'> {
  const decoded = value === undefined ? {ok: true as const, directives: [], dropped: []} : decodeSet(value)
  if (decoded.ok) return {directives: decoded.directives, dropped: decoded.dropped}
  return {directives: [], dropped: [], malformed: decoded.rejection}
}

/** A version for a store that has none: equal for sets that do the same, whatever time is left in them. */
export function contentVersion(directives: readonly HeldDirective[]): string {
  if (directives.length === 0) return '0'
  const text = encodeSet(directives.map(directive => ({...directive, ttlSecs: 1})))
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

export function changedMeanwhile(seen: Snapshot, now: string): ConflictError {
  return new ConflictError(`the set was changed meanwhile: version ${now} is there, not ${seen.version}`, {
    code: 'SET_CHANGED',
    hint: 'Nothing was written. Look with `ctl directive list`, then decide again.',
    details: {expected: seen.version, found: now},
  })
}
