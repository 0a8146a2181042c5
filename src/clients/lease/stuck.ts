import {leaseState} from './rules.ts'
import type {LeaseRecord} from './record.ts'
import type {LeaseEntry} from './store.ts'

/** How long the completed rounds in a key's history took, in whole seconds. */
export function roundLengthsS(entries: readonly LeaseEntry[]): bigint[] {
  return entries.flatMap(entry => {
    const state = leaseState(entry, 0n)
    if (!('record' in state) || state.record.completedAtUnixS === undefined) return []
    const length = state.record.completedAtUnixS - state.record.acquiredAtUnixS
    return length >= 0n ? [length] : []
  })
}

export interface Pace {
  /** How long the round has gone on without a completion. */
  ageS: bigint
  /** Median of the rounds that the store still knows; undefined when it knows none. */
  usualS: bigint | undefined
  isStuck: boolean
}

/** Rounds differ; one that takes three times as long as usual, and a minute more, is no longer like the others. */
const farFactor = 3n
const farAtLeastS = 60n

/**
 * Does the exporter that holds this lease look stuck? Only a live lease without a completion can. Where no earlier
 * round is known, the ttl, which is the period of the rounds, stands in: three quarters of it are far too long.
 * Undefined when there is no round to judge, or its beginning lies ahead of our clock.
 */
export function paceOf(record: LeaseRecord, lengthsS: readonly bigint[], nowS: bigint): Pace | undefined {
  const ageS = nowS - record.acquiredAtUnixS
  if (record.completedAtUnixS !== undefined || record.expiresAtUnixS <= nowS || ageS < 0n) return undefined
  const usualS = median(lengthsS)
  const ttlS = record.expiresAtUnixS - record.acquiredAtUnixS
  if (usualS === undefined) return {ageS, usualS, isStuck: 4n * ageS >= 3n * ttlS}
  return {ageS, usualS, isStuck: ageS >= farFactor * usualS && ageS >= usualS + farAtLeastS}
}

function median(values: readonly bigint[]): bigint | undefined {
  return values.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0))[Math.floor((values.length - 1) / 2)]
}
