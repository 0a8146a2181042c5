import type {HeldDirective, Listed} from './listing.ts'
import {sameEffect, type Directive} from './model.ts'

export interface DirectiveDifference {
  id: string
  change: 'added' | 'removed' | 'changed' | 'same'
  before?: HeldDirective
  after?: HeldDirective
}

/** What `after` changes in `before`, by id, apart from the time that is left. */
export function diffSets(before: readonly HeldDirective[], after: readonly HeldDirective[]): DirectiveDifference[] {
  const later = new Map(after.map(directive => [directive.id, directive]))
  const earlier = new Map(before.map(directive => [directive.id, directive]))
  const ids = [...new Set([...earlier.keys(), ...later.keys()])]
  return ids.map(id => ({id, ...compared(earlier.get(id), later.get(id))}))
}

function compared(before: HeldDirective | undefined, after: HeldDirective | undefined) {
  if (!before) return {change: 'added' as const, after}
  if (!after) return {change: 'removed' as const, before}
  return {change: sameEffect(timeless(before), timeless(after)) ? 'same' as const : 'changed' as const, before, after}
}

function timeless(directive: HeldDirective): Directive {
  return {...directive, ttlSecs: 1}
}

export interface SetEvent {
  /** `unclear`: it was active, and now nobody knows. */
  event: 'added' | 'removed' | 'changed' | 'prolonged' | 'ended' | 'unclear'
  directive: Listed
}

/** A shift of an end below this is rounding, not news. */
const endToleranceMs = 2_000

/** What happened between two readings of the same store. */
export function eventsBetween(before: readonly Listed[], after: readonly Listed[]): SetEvent[] {
  const was = new Map(before.map(directive => [directive.id, directive]))
  const is = new Map(after.map(directive => [directive.id, directive]))
  return diffSets(before, after).flatMap(({id, change}): SetEvent[] => {
    const [earlier, later] = [was.get(id), is.get(id)]
    if (change !== 'same') return [{event: change, directive: (later ?? earlier)!}]
    return timeEvents(earlier!, later!)
  })
}

function timeEvents(earlier: Listed, later: Listed): SetEvent[] {
  if (earlier.state !== later.state && later.state === 'expired') return [{event: 'ended', directive: later}]
  if (earlier.state === 'active' && later.state === 'unknown') return [{event: 'unclear', directive: later}]
  const movedMs = Math.abs((later.endsAtMs ?? 0) - (earlier.endsAtMs ?? 0))
  const isKnown = earlier.endsAtMs !== undefined && later.endsAtMs !== undefined
  return isKnown && movedMs > endToleranceMs ? [{event: 'prolonged', directive: later}] : []
}
