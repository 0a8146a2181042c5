import {ConflictError, OpsError} from '../clients/net/errors.ts'
import type {Clock} from '../clients/net/deadline.ts'
import type {RunningChild} from './child.ts'

export type OnStale = 'warn' | 'kill' | 'extend'

/** How long before the stale limit each thing happens; the margin also covers clocks that differ. */
const warnBeforeMs = 5 * 60_000
const killBeforeMs = 60_000
const extendBeforeMs = 10 * 60_000

/** What is to be done about a claim that goes stale at `staleAtMs`. */
export function staleStep(
  onStale: OnStale, staleAtMs: number, nowMs: number, warned: boolean,
): 'warn' | 'kill' | 'extend' | 'nothing' {
  const leftMs = staleAtMs - nowMs
  if (onStale === 'kill' && leftMs <= killBeforeMs) return 'kill'
  if (onStale === 'extend' && leftMs <= extendBeforeMs) return 'extend'
  return !warned && leftMs <= warnBeforeMs ? 'warn' : 'nothing'
}

export interface Held {
  staleAtMs: number
  claimedAt: string
}

export interface WatchOptions {
  clock: Clock
  everyMs: number
  onStale: OnStale
  /** Reads the table: is it still this claim? Rejects when that cannot be known now. */
  isOurs(held: Held): Promise<boolean>
  /** Renews our own row; a ConflictError says that it is no longer ours. */
  extend(held: Held): Promise<Held>
  note(text: string): void
  signal: AbortSignal
}

export type WatchEnd = 'ended' | 'lost' | 'stale'

/**
 * Looks after a claim while the child runs: stops the child's whole group at once when the claim is gone, and
 * does what was asked for when it nears the stale limit. A table that does not answer is no reason to stop.
 */
export async function watchClaim(
  child: RunningChild, first: Held, options: WatchOptions,
): Promise<{end: WatchEnd; held: Held}> {
  let held = first
  let warned = false
  while (!options.signal.aborted) {
    const step = staleStep(options.onStale, held.staleAtMs, options.clock.nowMs(), warned)
    try {
      if (!(await options.isOurs(held))) return await stopped(child, 'lost', held)
      if (step === 'extend') held = await options.extend(held)
    } catch (error) {
      if (error instanceof ConflictError) return await stopped(child, 'lost', held)
      options.note(`warning: the claim could not be checked: ${(error as Error).message}`)
    }
    if (step === 'kill') return await stopped(child, 'stale', held)
    if (step === 'warn') {
      warned = true
      options.note(
        `warning: the claim goes stale at ${new Date(held.staleAtMs).toISOString()}; then anybody may take it over`,
      )
    }
    await options.clock.sleep(options.everyMs, options.signal).catch(() => undefined)
  }
  return {end: 'ended', held}
}

async function stopped(child: RunningChild, end: WatchEnd, held: Held): Promise<{end: WatchEnd; held: Held}> {
  await child.stop(end)
  return {end, held}
}

export function lostError(task: string, end: WatchEnd): OpsError {
  const why = end === 'lost' ? 'the claim was lost to somebody else' : 'the claim was about to go stale'
  return new OpsError('CLAIM_LOST', 10, `${why}: the command for ${task} was stopped`, {
    hint: end === 'lost'
      ? `See who has it: ctl task history ${task}`
      : '--on-stale extend renews it while the command runs.',
  })
}
