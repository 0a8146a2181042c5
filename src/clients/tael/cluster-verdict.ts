/** What one node says about itself; null where it did not answer. */
export interface NodeClaim {
  coordinated: boolean | null
  isLeader: boolean | null
}

/**
 * `ok`: exactly one coordinated node leads. `no-leader`: none does. `split`: two or more do. `uncoordinated`:
 * the nodes run without election, which is normal. `unknown`: no node says anything.
 */
export type Verdict = 'ok' | 'no-leader' | 'split' | 'uncoordinated' | 'unknown'

/** The state of a group from what its nodes claim at one moment. Nodes that do not answer claim nothing. */
export function verdictOf(claims: readonly NodeClaim[]): Verdict {
  const known = claims.filter(claim => claim.coordinated !== null)
  if (known.length === 0) return 'unknown'
  const coordinated = known.filter(claim => claim.coordinated)
  if (coordinated.length === 0) return 'uncoordinated'
  const leaders = coordinated.filter(claim => claim.isLeader).length
  return leaders === 1 ? 'ok' : leaders === 0 ? 'no-leader' : 'split'
}

/**
 * A change of leader shows two or no leaders for about 3 s (measured on a pair: both lead for 1 to 3 s after a
 * start, a thaw or a return). A bad verdict is therefore only believed when it lasts.
 */
export const settleMs = 3_000

export interface Settled {
  verdict: Verdict
  /** A bad verdict that has not lasted long enough yet. */
  settling: boolean
  /** Since when the verdict has been the same, by the clock of `nowMs`. */
  sinceMs: number
}

export function settle(before: Settled | undefined, verdict: Verdict, nowMs: number): Settled {
  const sinceMs = before?.verdict === verdict ? before.sinceMs : nowMs
  const bad = verdict === 'no-leader' || verdict === 'split'
  return {verdict, sinceMs, settling: bad && nowMs - sinceMs < settleMs}
}
