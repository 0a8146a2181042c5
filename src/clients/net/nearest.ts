/** The candidate fewest edits away, by default at most a third of the word's length (at least two); else undefined. */
export function nearest(
  word: string, candidates: readonly string[], limit = Math.max(2, Math.floor(word.length / 3)),
): string | undefined {
  let best: {candidate: string; edits: number} | undefined
  for (const candidate of candidates) {
    const edits = distance(word, candidate)
    if (edits <= limit && (!best || edits < best.edits)) best = {candidate, edits}
  }
  return best?.candidate
}

/** Edits (insert, delete, replace, swap of neighbours) between two words. */
function distance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({length: b.length + 1}, (_, at) => at)
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      let edits = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + same)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        edits = Math.min(edits, beforeLast[j - 2]! + 1)
      }
      row.push(edits)
    }
    beforeLast = last
    last = row
  }
  return last[b.length]!
}
