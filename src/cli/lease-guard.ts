import type {Clock} from '../clients/net/deadline.ts'
import {OpsError} from '../clients/net/errors.ts'

export type OnExpiry = 'kill' | 'warn'

/** When the work under a lease has to be stopped, on both clocks: either may stand still or jump while it runs. */
export interface StopTime {
  wallMs: number
  monotonicMs: number
}

/** What is to be done about a lease that has so much time left. A clock that was set back is no reason to go on. */
export function expiryStep(
  onExpiry: OnExpiry, stop: StopTime, now: StopTime, warned: boolean,
): 'stop' | 'warn' | 'nothing' {
  if (leftMs(stop, now) > 0) return 'nothing'
  if (onExpiry === 'kill') return 'stop'
  return warned ? 'nothing' : 'warn'
}

function leftMs(stop: StopTime, now: StopTime): number {
  return Math.min(stop.wallMs - now.wallMs, stop.monotonicMs - now.monotonicMs)
}

/** Is the record that was read still ours? Revisions grow, so an older one is what a leader of yesterday knows. */
export function ownership(heldRevision: bigint, foundRevision: bigint): 'ours' | 'lost' | 'unknown' {
  if (foundRevision === heldRevision) return 'ours'
  return foundRevision > heldRevision || foundRevision === 0n ? 'lost' : 'unknown'
}

export interface GuardOptions {
  clock: Clock
  onExpiry: OnExpiry
  stop: StopTime
  everyMs: number
  /** The revision that stands there now. Rejects when that cannot be known. */
  look(): Promise<bigint>
  heldRevision: bigint
  note(text: string): void
}

export type GuardEnd = 'ended' | 'lost' | 'expiring'

/**
 * Looks after a lease until `done`: it ends early when the lease is somebody else's, or about to expire. A store that
 * does not answer is no reason to end: who holds the lease is then unknown, and said to be.
 */
export async function guardLease(options: GuardOptions, done: AbortSignal): Promise<GuardEnd> {
  const {clock, note} = options
  const nap = () => clock.sleep(napMs(options, warned), done).then(() => undefined, () => undefined)
  let warned = false
  let isSilent = false
  let looking: Promise<Sight> | undefined
  while (!done.aborted) {
    const now = {wallMs: clock.nowMs(), monotonicMs: clock.monotonicMs()}
    const step = expiryStep(options.onExpiry, options.stop, now, warned)
    if (step === 'stop') return 'expiring'
    if (step === 'warn') note('warning: the lease is about to expire; then anybody may take it over')
    warned ||= step === 'warn'
    looking ??= sight(options)
    // A store that is slow to answer must not hold up the stop.
    const napping = nap()
    const found = await Promise.race([looking, napping])
    if (found?.owner === 'lost') return 'lost'
    if (found && !done.aborted) {
      const isNews = (found.owner === 'unknown') !== isSilent
      if (isNews && isSilent) note('the lease is still ours')
      if (isNews && !isSilent) note(`warning: whether the lease is still ours is not known: ${found.why}`)
      isSilent = found.owner === 'unknown'
      looking = undefined
    }
    await napping
  }
  return 'ended'
}

interface Sight {
  owner: 'ours' | 'lost' | 'unknown'
  why?: string
}

/** Until the next look, or the moment at which something has to be done. */
function napMs({clock, everyMs, stop}: GuardOptions, warned: boolean): number {
  if (warned) return everyMs
  const left = leftMs(stop, {wallMs: clock.nowMs(), monotonicMs: clock.monotonicMs()})
  return Math.max(0, Math.min(everyMs, left))
}

async function sight({look, heldRevision}: GuardOptions): Promise<Sight> {
  try {
    return {owner: ownership(heldRevision, await look()), why: 'the store answered with something older'}
  } catch (error) {
    return {owner: 'unknown', why: (error as Error).message}
  }
}

export function lostError(key: string, end: 'lost' | 'expiring'): OpsError {
  const why = end === 'lost' ? `the lease ${key} was lost` : `the lease ${key} was about to expire`
  return new OpsError('LEASE_LOST', 10, `${why}: what ran under it was stopped`, {
    hint: end === 'lost' ? `See who has it: ctl lease get ${key}` : 'A lease is never renewed: take a longer --ttl.',
  })
}
