import {parseLeaseRecord, type LeaseRecord} from './record.ts'
import type {LeaseEntry} from './store.ts'

/** What an entry says. `absent` is also a lease that was given back: an empty put, or a delete marker. */
export type LeaseState =
  | {state: 'absent'; revision: bigint}
  | {state: 'unparseable'; revision: bigint}
  | {state: 'expired' | 'live'; revision: bigint; record: LeaseRecord}

/** Judges an entry at `nowS` (whole Unix seconds). Live while `expires > now`: at `expires` itself it is free. */
export function leaseState(entry: LeaseEntry | undefined, nowS: bigint, parse = parseLeaseRecord): LeaseState {
  if (!entry) return {state: 'absent', revision: 0n}
  const {revision} = entry
  if (entry.operation !== 'PUT' || entry.value.length === 0) return {state: 'absent', revision}
  const record = parse(entry.value)
  if (!record) return {state: 'unparseable', revision}
  return {state: record.expiresAtUnixS > nowS ? 'live' : 'expired', revision, record}
}

export type AcquireDecision =
  | {verdict: 'held'; record: LeaseRecord}
  | {verdict: 'write'; how: 'create' | 'take-over'; expectedRevision: bigint; record: LeaseRecord}

export interface AcquireRequest {
  holderId: string
  /** Whole seconds; a lease of 0 never holds. */
  ttlS: bigint
}

/**
 * May `holderId` take the lease now? A live lease is refused to everybody, its own holder included: the crate knows
 * no re-entry and no renewal. Everything else is taken with a write conditional on the revision that was read.
 */
export function decideAcquire(state: LeaseState, request: AcquireRequest, nowS: bigint): AcquireDecision {
  if (state.state === 'live') return {verdict: 'held', record: state.record}
  return {
    verdict: 'write',
    how: state.state === 'absent' ? 'create' : 'take-over',
    expectedRevision: state.revision,
    record: {holderId: request.holderId, acquiredAtUnixS: nowS, expiresAtUnixS: nowS + request.ttlS},
  }
}

/** Which lease somebody means to end: as acquire told it. Without a revision, whatever stands there now. */
export interface Held {
  holderId?: string
  revision?: bigint
}

export type EndDecision =
  | {verdict: 'refused'; code: 'NO_LEASE' | 'NOT_HOLDER' | 'MOVED' | 'COMPLETED'; reason: string}
  | {verdict: 'write'; expectedRevision: bigint; record: LeaseRecord | undefined}

/** May this lease be completed? An overrun but untouched lease still may; one that was taken over may not. */
export function decideComplete(state: LeaseState, held: Held, cursorHex: string, nowS: bigint): EndDecision {
  const refusal = refusedEnd(state, held)
  if (refusal) return refusal
  if (state.state !== 'live' && state.state !== 'expired') return none
  if (state.record.completedAtUnixS !== undefined) {
    return {verdict: 'refused', code: 'COMPLETED', reason: 'the lease is completed already'}
  }
  const record = {...state.record, completedCursorHex: cursorHex, completedAtUnixS: nowS}
  return {verdict: 'write', expectedRevision: state.revision, record}
}

/** May this lease be given back? The write is an empty put at the revision read; it erases the last record. */
export function decideAbandon(state: LeaseState, held: Held): EndDecision {
  const refusal = refusedEnd(state, held)
  return refusal ?? {verdict: 'write', expectedRevision: state.revision, record: undefined}
}

const none: EndDecision = {verdict: 'refused', code: 'NO_LEASE', reason: 'nobody holds the lease'}

function refusedEnd(state: LeaseState, held: Held): EndDecision | undefined {
  if (state.state === 'absent') return none
  if (held.revision !== undefined && held.revision !== state.revision) {
    return {
      verdict: 'refused', code: 'MOVED', reason: `the lease is at revision ${state.revision}, not ${held.revision}`,
    }
  }
  if (held.holderId === undefined) return undefined
  if (state.state === 'unparseable') {
    return {verdict: 'refused', code: 'NOT_HOLDER', reason: 'the value is not a lease record, so it names no holder'}
  }
  if (state.record.holderId === held.holderId) return undefined
  return {verdict: 'refused', code: 'NOT_HOLDER', reason: `the lease is held by ${state.record.holderId}`}
}
