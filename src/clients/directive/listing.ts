import type {OpsError} from '../net/errors.ts'
import type {Dropped, Rejection} from './decode.ts'
import {probePrefix} from './validate.ts'
import {type Directive} from './model.ts'
import type {SetRecord} from './record.ts'

/** A directive as a store holds it: the admin endpoint tells no time, but whether it has expired. */
export interface HeldDirective extends Omit<Directive, 'ttlSecs'> {
  ttlSecs?: number | bigint
  expired?: boolean
}

export interface HeldLease {
  grantedSecs: number
  remainingSecs: number
}

/** One reading of a store. */
export interface Snapshot {
  store: 'etcd' | 'admin' | 'file'
  /** What a later write is conditional on; '0' when the store holds nothing. */
  version: string
  readAtMs: number
  directives: HeldDirective[]
  dropped: Dropped[]
  /** The value is nothing that a proxy would take: running ones keep what they had, new ones start empty. */
  malformed?: Rejection
  record?: SetRecord
  /** `passed over`: somebody published past the record, so its times are void. */
  recordState: 'matches' | 'absent' | 'passed over'
  lease?: HeldLease
  /** Of etcd: its revision when this was read. */
  revision?: string
  /** Of etcd: the revision of the key that settles unanswered writes. */
  fence?: string
  /** The term now; differs from the record's after an election or a restart. */
  raftTerm?: string
  /** Of an admin endpoint: each instance by itself, when they do not agree. */
  differing?: {instance: string; directives: HeldDirective[]}[]
  /** Of an admin endpoint: the instances that did not answer; nothing is published while there are any. */
  missing?: {instance: string; error: OpsError}[]
}

export interface Listed extends HeldDirective {
  state: 'active' | 'expired' | 'unknown'
  /** `until`: it ends then. `at least`: not before; a proxy that restarts or reconnects starts the time again. */
  certainty: 'until' | 'at least' | 'unknown'
  endsAtMs?: number
  /** The end of the etcd lease: by then it is gone from every connected proxy. */
  latestMs?: number
  /** Keys that the proxy dropped for their type: it matches wider than it was written. */
  droppedKeys: string[]
}

/** Above this two clocks are said to differ; lease times come in whole seconds. */
const noticeableSkewMs = 5_000

/** The directives of a set with what is known of their time, at `nowMs`; our own probe is left out. */
export function listing(snapshot: Snapshot, nowMs: number): Listed[] {
  return snapshot.directives.filter(directive => !isProbe(directive)).map(directive => {
    const droppedKeys = snapshot.dropped.filter(({directiveId}) => directiveId === directive.id).map(({key}) => key)
    return {...directive, ...timeOf(directive, snapshot, nowMs), droppedKeys}
  })
}

function isProbe(directive: {id: string; index?: string}): boolean {
  return directive.id === probePrefix && (directive.index ?? '').startsWith(`${probePrefix}-`)
}

type Time = Pick<Listed, 'state' | 'certainty' | 'endsAtMs' | 'latestMs'>

function timeOf(directive: HeldDirective, snapshot: Snapshot, nowMs: number): Time {
  const endsAtMs = snapshot.recordState === 'matches' ? endOf(directive.id, snapshot) : undefined
  if (snapshot.store === 'admin') return adminTime(directive, endsAtMs, nowMs)
  const latestMs = snapshot.lease && snapshot.readAtMs + snapshot.lease.remainingSecs * 1000
  if (endsAtMs === undefined) return {state: 'unknown', certainty: 'unknown', endsAtMs, latestMs}
  const state = nowMs < endsAtMs ? 'active' : rearmed(snapshot) ? 'unknown' : 'expired'
  return {state, certainty: snapshot.store === 'file' ? 'until' : 'at least', endsAtMs, latestMs}
}

/** The instance itself says whether it has expired; our record is believed as long as it does not contradict. */
function adminTime(directive: HeldDirective, endsAtMs: number | undefined, nowMs: number): Time {
  const state = directive.expired ? 'expired' : 'active'
  const contradicted = endsAtMs !== undefined && (nowMs < endsAtMs) === (directive.expired ?? false)
  if (endsAtMs === undefined || contradicted) return {state, certainty: 'unknown'}
  return {state, certainty: 'until', endsAtMs}
}

/**
 * The end of a directive on our own clock. When that differs from the publisher's, the etcd lease tells the
 * time since the publish, to a second; after an election the lease has started again, so then it does not.
 */
function endOf(id: string, snapshot: Snapshot): number | undefined {
  const byRecord = snapshot.record?.expiresAtMs[id]
  const skewMs = clockSkewMs(snapshot) ?? 0
  return byRecord === undefined || Math.abs(skewMs) <= noticeableSkewMs ? byRecord : byRecord + skewMs
}

function elapsedMs(lease: HeldLease): number {
  return (lease.grantedSecs - lease.remainingSecs) * 1000
}

/** etcd restarted or chose a new leader since the publish: the proxies that reconnected started every TTL again. */
function rearmed({record, raftTerm}: Pick<Snapshot, 'record' | 'raftTerm'>): boolean {
  return record?.raftTerm !== undefined && raftTerm !== undefined && record.raftTerm !== raftTerm
}

/** How far our clock is ahead of the publisher's, ms; undefined when nothing measures it. */
export function clockSkewMs(snapshot: Snapshot): number | undefined {
  const {record, recordState, lease, readAtMs} = snapshot
  if (recordState !== 'matches' || !record || !lease || rearmed(snapshot)) return undefined
  return readAtMs - record.publishedAtMs - elapsedMs(lease)
}

/** What an operator has to know about this reading, beside its directives. */
export function notices(snapshot: Snapshot): string[] {
  const texts: string[] = []
  if (snapshot.malformed) {
    texts.push(`the stored value is refused by every proxy (${snapshot.malformed}): ` +
      'running ones keep the set they had, one that starts now runs with none')
  }
  if (snapshot.recordState === 'passed over') texts.push('somebody published past this tool: the times are unknown')
  if (snapshot.recordState === 'absent' && snapshot.directives.length > 0) {
    texts.push('not published by this tool: the times are unknown')
  }
  if (snapshot.recordState === 'matches' && rearmed(snapshot)) {
    texts.push('etcd restarted or chose a new leader since the publish: ' +
      'on a proxy that reconnected every TTL started again')
  }
  const skewMs = clockSkewMs(snapshot)
  if (skewMs !== undefined && Math.abs(skewMs) > noticeableSkewMs) {
    const seconds = Math.round(Math.abs(skewMs) / 1000)
    texts.push(`this clock is ${seconds} s ${skewMs > 0 ? 'ahead of' : 'behind'} the publisher's; ` +
      'times are taken from the lease')
  }
  for (const {directiveId, key} of snapshot.dropped) {
    texts.push(`${directiveId}: "${key}" has the wrong type and is dropped by the proxy, ` +
      'so it matches wider than written')
  }
  for (const {error} of snapshot.missing ?? []) texts.push(`missing: ${error.message}`)
  if (snapshot.differing) texts.push('the instances hold different sets')
  return texts
}
