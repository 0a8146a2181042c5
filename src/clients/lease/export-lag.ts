/** How far the last completed export of a lease lies behind the stream that it exports. */
export interface ExportLag {
  /**
   * `known`; `dropped`: the stream no longer holds everything that came after the export; `reset`: the cursor is
   * ahead of the stream, which was made anew; `unknown`: nobody can say.
   */
  state: 'known' | 'dropped' | 'reset' | 'unknown'
  /** Changes in the stream that are not in the export; null unless `known` or `dropped`. */
  behind: bigint | null
  /** How many of these the stream has dropped. */
  dropped: bigint | null
  /** Why it is unknown. */
  why: string | null
}

interface StreamNumbers {
  firstSequence: bigint
  lastSequence: bigint
}

export const unknownLag = (why: string): ExportLag => ({state: 'unknown', behind: null, dropped: null, why})

/**
 * The cursor of a completed round of the watch loop is the sequence of the stream, 16 hex digits; a node catches up
 * from it while `first <= cursor + 1`. Source: slipstream facts, section 4.
 */
export function exportLag(
  completedCursorHex: string | null, {firstSequence, lastSequence}: StreamNumbers,
): ExportLag {
  if (completedCursorHex === null) return unknownLag('no export was completed')
  if (!/^[\da-f]{16}$/.test(completedCursorHex)) {
    return unknownLag(`the cursor ${completedCursorHex || '(none)'} is no position in a stream`)
  }
  const cursor = BigInt(`0x${completedCursorHex}`)
  if (cursor > lastSequence) return {state: 'reset', behind: null, dropped: null, why: null}
  const gap = firstSequence - 1n - cursor
  const dropped = gap > 0n ? gap : 0n
  return {state: dropped > 0n ? 'dropped' : 'known', behind: lastSequence - cursor, dropped, why: null}
}
