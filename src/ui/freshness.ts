import type {Now} from './model.ts'

/** What is known of one source, whatever it reads. Ages are counted on the clock that never jumps. */
export interface Known<T> {
  intervalMs: number
  /** Read only while it is shown: before and after that its age says nothing. */
  onDemand?: boolean
  /** The last good reading and when it came. */
  data?: T
  readMs?: number
  /** When that reading was begun. */
  begunMs?: number
  /** When the reading under way was begun. */
  askedMs?: number
  /** Why there is no newer one. */
  error?: string
  /** When the first reading failed since the last good one. */
  failedMs?: number
}

/**
 * `waiting`: nothing yet. `fresh`: as new as it can be. `late`, `stale`: three and ten intervals old. `failing`:
 * the last attempt failed; what is shown is older than that.
 */
export type Freshness = 'waiting' | 'fresh' | 'late' | 'stale' | 'failing'

/** An answer that takes longer than this is late, however long the interval is. */
export const patienceMs = 2_000

export function freshness(known: Known<unknown>, now: Pick<Now, 'monotonicMs'>): Freshness {
  if (known.error !== undefined) return 'failing'
  if (known.readMs === undefined) return 'waiting'
  const ageMs = now.monotonicMs - known.readMs
  const lateMs = Math.max(3 * known.intervalMs, known.intervalMs + patienceMs)
  if (ageMs >= Math.max(10 * known.intervalMs, 2 * lateMs)) return 'stale'
  return ageMs >= lateMs ? 'late' : 'fresh'
}

/** Age of what is shown; undefined when there is nothing to show. */
export function ageMs({readMs}: Known<unknown>, now: Pick<Now, 'monotonicMs'>): number | undefined {
  return readMs === undefined ? undefined : Math.max(0, now.monotonicMs - readMs)
}
