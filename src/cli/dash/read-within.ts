const atOnce = 8

/** Looks up each key, several at a time, and begins no more once the time is over; rejects with the first failure. */
export async function readWithin<T>(
  keys: readonly string[], look: (key: string) => Promise<T>, longestMs: number, monotonicMs: () => number,
): Promise<{items: T[]; left: number}> {
  const endMs = monotonicMs() + longestMs
  const items: T[] = []
  let next = 0
  const worker = async () => {
    while (next < keys.length && monotonicMs() < endMs) {
      const at = next++
      items[at] = await look(keys[at]!)
    }
  }
  await Promise.all(Array.from({length: Math.min(atOnce, keys.length)}, worker))
  return {items, left: keys.length - items.length}
}
