import {ConflictError, NotFoundError, RefusedError, UnreachableError} from '../net/errors.ts'
import {listing, type Listed, type Snapshot} from './listing.ts'
import {type Directive} from './model.ts'
import {probePrefix, type Policy} from './validate.ts'

/** A change to the whole set; the proxy knows no smaller one. */
export type Edit =
  | {kind: 'replace'; directives: Directive[]}
  | {kind: 'add'; directives: Directive[]}
  | {kind: 'revoke'; ids: string[]}
  | {kind: 'clear'}
  /** The same set again with the time that is left, for an instance that missed it. */
  | {kind: 'repeat'}

export interface PlannedSet {
  /** In the order of the store; the ttl of those that stay is what remains of it. */
  directives: Directive[]
  expiresAtMs: Record<string, number>
  /** 0 for an empty set. */
  longestSecs: number
  /** Ended, and therefore not written again. */
  ended: string[]
}

export interface EditLimits extends Pick<Policy, 'maxDirectives' | 'maxTtlSecs'> {
  /** The time given to those that stay and whose time is unknown; without it such an edit is refused. */
  keepTtlSecs?: number
}

/** The set after `edit`, from a reading of the store. Refuses what would lose or prolong a directive unseen. */
export function planSet(snapshot: Snapshot, edit: Edit, nowMs: number, limits: EditLimits): PlannedSet {
  const [missing] = snapshot.missing ?? []
  if (missing) throw notWhole(missing)
  const {kept, keptEnds, ended} = staying(snapshot, edit, nowMs, limits)
  const added = edit.kind === 'replace' || edit.kind === 'add' ? edit.directives : []
  const twice = added.find(({id}) => kept.some(directive => directive.id === id))
  if (twice) throw alreadyThere(twice.id)
  const directives = [...kept, ...added]
  if (directives.length > limits.maxDirectives) {
    throw new RefusedError(`the set would hold ${directives.length} directives; at most ${limits.maxDirectives}`, {
      code: 'TOO_MANY', hint: 'Every request scans the whole set. Revoke what is not needed any more.',
    })
  }
  const ends = directives.map(({id, ttlSecs}) => [id, keptEnds.get(id) ?? nowMs + Number(ttlSecs) * 1000] as const)
  return {
    directives, ended, expiresAtMs: Object.fromEntries(ends),
    longestSecs: Math.max(0, ...directives.map(({ttlSecs}) => Number(ttlSecs))),
  }
}

interface Staying {
  kept: Directive[]
  /** Their ends as they were, so that writing them again and again does not move them. */
  keptEnds: Map<string, number>
  ended: string[]
}

const nothing: Staying = {kept: [], keptEnds: new Map(), ended: []}

function staying(snapshot: Snapshot, edit: Edit, nowMs: number, limits: EditLimits): Staying {
  if (edit.kind === 'replace' || edit.kind === 'clear') return nothing
  if (snapshot.malformed) throw unreadable(snapshot.malformed)
  if (snapshot.differing) throw differing()
  const listed = listing(snapshot, nowMs)
  if (edit.kind === 'revoke') checkKnown(edit.ids, listed)
  const revoked = edit.kind === 'revoke' ? edit.ids : []
  const ended = listed.filter(directive => hasEnded(directive, nowMs)).map(({id}) => id)
  const stay = listed.filter(directive => !hasEnded(directive, nowMs) && !revoked.includes(directive.id))
  const narrowed = stay.find(({droppedKeys}) => droppedKeys.length > 0)
  if (narrowed) throw widened(narrowed)
  const kept = stay.map(directive => ({...bare(directive), ttlSecs: remaining(directive, nowMs, limits)}))
  const keptEnds = new Map(stay.flatMap(({id, endsAtMs}) => (endsAtMs === undefined ? [] : [[id, endsAtMs] as const])))
  return {kept, keptEnds, ended}
}

/** Also what ended by its record and lives on only where an etcd restart started it again: that was not meant. */
function hasEnded({state, certainty, endsAtMs}: Listed, nowMs: number): boolean {
  return state === 'expired' || (certainty !== 'unknown' && endsAtMs !== undefined && endsAtMs <= nowMs)
}

function remaining(directive: Listed, nowMs: number, {keepTtlSecs, maxTtlSecs}: EditLimits): number {
  if (directive.endsAtMs !== undefined) return Math.ceil((directive.endsAtMs - nowMs) / 1000)
  if (keepTtlSecs !== undefined && keepTtlSecs > maxTtlSecs) throw tooLong(keepTtlSecs, maxTtlSecs)
  if (keepTtlSecs !== undefined) return keepTtlSecs
  throw new RefusedError(`nobody knows how long "${directive.id}" still lives, and the set is always written whole`, {
    code: 'TIME_UNKNOWN',
    hint: 'Give it a time with --keep-ttl 10m, or leave it out with --replace.',
    details: {id: directive.id},
  })
}

function bare({id, level, samplePerMille, ringBuffer, capture, tenant, index, principal, endpoint}: Listed) {
  const targets = Object.entries({tenant, index, principal, endpoint}).filter(([, value]) => value !== undefined)
  return {id, level, samplePerMille, ringBuffer, capture, ...Object.fromEntries(targets)} as Omit<Directive, 'ttlSecs'>
}

function checkKnown(ids: string[], listed: Listed[]): void {
  const missing = ids.filter(id => !listed.some(directive => directive.id === id))
  if (missing.length === 0) return
  const there = listed.map(({id}) => id)
  throw new NotFoundError(`no directive ${missing.map(id => `"${id}"`).join(', ')} in the set`, {
    hint: there.length > 0 ? `There are: ${there.join(', ')}` : 'The set is empty.', details: {missing, there},
  })
}

/** Our own entry: only the unique index reaches it, it exports nothing and sends nothing upstream. */
export function probeDirective(nonce: string, ttlSecs: number): Directive & {index: string} {
  return {
    id: probePrefix, level: 'Off', ttlSecs, samplePerMille: 1000, ringBuffer: true, capture: false,
    index: `${probePrefix}-${nonce}`,
  }
}

function notWhole({instance, error}: NonNullable<Snapshot['missing']>[number]): UnreachableError {
  return new UnreachableError(`nothing was published, since one instance does not answer: ${error.message}`, {
    code: error.code, endpoint: instance, cause: error,
    hint: 'To go on without it name the others with --instance.',
  })
}

function tooLong(keepTtlSecs: number, maxTtlSecs: number): RefusedError {
  return new RefusedError(`--keep-ttl of ${keepTtlSecs} s is above this context's maxTtl of ${maxTtlSecs} s`, {
    code: 'TTL_TOO_LONG',
  })
}

function alreadyThere(id: string): ConflictError {
  return new ConflictError(`a directive "${id}" is in the set already`, {
    code: 'ID_TAKEN', hint: `Look at it with \`ctl directive get ${id}\`; revoke it first, or take another id.`,
  })
}

function unreadable(rejection: string): RefusedError {
  return new RefusedError(`the stored set cannot be read (${rejection}), so nothing can be added to it`, {
    code: 'MALFORMED_SET', hint: 'Write it whole with `ctl directive publish --replace`, or `ctl directive clear`.',
  })
}

function differing(): ConflictError {
  return new ConflictError('the instances hold different sets, so there is no one set to build on', {
    code: 'INSTANCES_DIFFER', hint: 'See `ctl directive list`; make them equal with `publish --replace` or `clear`.',
  })
}

function widened({id, droppedKeys}: Listed): RefusedError {
  return new RefusedError(`"${id}" was written with a bad ${droppedKeys.join(', ')} that the proxies drop`, {
    code: 'WIDENED', hint: 'Writing it again would make that widening look meant. Revoke it, or replace the set.',
  })
}
