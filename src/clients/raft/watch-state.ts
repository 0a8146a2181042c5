import type {Entry} from './kv-read.ts'
import {digestOf} from './value.ts'

/** A difference between what was known and what a scan shows. */
export type Difference = {kind: 'put'; key: Buffer; value: Buffer} | {kind: 'delete'; key: Buffer}

interface Known {
  mark: string
  revision: bigint
}

/** So many deletions are remembered at most; a later scan can then still tell an old state from a new one. */
const tombstoneLimit = 10_000

/**
 * What a watcher knows of a folder: of each key a mark of its value and the revision at which it was seen, never the
 * value itself, so that the memory does not grow with sizes.
 */
export class WatchedKeys {
  readonly #keys = new Map<string, Known>()
  readonly #gone = new Map<string, bigint>()
  #floor = 0n

  get size(): number {
    return this.#keys.size
  }

  /** Takes an event; false when it tells nothing new, as those do that a snapshot already has. */
  take(key: Buffer, value: Buffer | undefined, revision: bigint): boolean {
    const id = key.toString('latin1')
    const since = this.#keys.get(id)?.revision ?? this.#gone.get(id) ?? 0n
    if (revision <= this.#floor || revision <= since) return false
    if (value) this.#put(id, {mark: markOf(value), revision})
    else this.#delete(id, revision)
    return true
  }

  /**
   * Makes a scan the known state, and tells what differed. What was seen at a later revision than the scan's stays as
   * it is: the scan is older there.
   */
  settle(entries: readonly Entry[], revision: bigint): Difference[] {
    const differences: Difference[] = []
    const seen = new Set<string>()
    for (const {key, value} of entries) {
      const id = key.toString('latin1')
      seen.add(id)
      if (this.#isNewer(id, revision)) continue
      const mark = markOf(value)
      if (this.#keys.get(id)?.mark === mark) continue
      this.#put(id, {mark, revision})
      differences.push({kind: 'put', key, value})
    }
    for (const [id, known] of this.#keys) {
      if (seen.has(id) || known.revision > revision) continue
      this.#delete(id, revision)
      differences.push({kind: 'delete', key: Buffer.from(id, 'latin1')})
    }
    if (revision > this.#floor) this.#floor = revision
    for (const [id, at] of this.#gone) if (at <= this.#floor) this.#gone.delete(id)
    return differences
  }

  #isNewer(id: string, revision: bigint): boolean {
    return (this.#keys.get(id)?.revision ?? this.#gone.get(id) ?? 0n) > revision
  }

  #put(id: string, known: Known): void {
    this.#gone.delete(id)
    this.#keys.set(id, known)
  }

  #delete(id: string, revision: bigint): void {
    this.#keys.delete(id)
    this.#gone.delete(id)
    this.#gone.set(id, revision)
    if (this.#gone.size > tombstoneLimit) this.#gone.delete(this.#gone.keys().next().value!)
  }
}

/** Equal for equal values; short, and no view into a larger buffer. */
function markOf(value: Buffer): string {
  return value.length <= 32 ? value.toString('latin1') : digestOf(value)
}
