import {WatchEvent, type KeyValue, type WatchResponse, type WriteCommand} from '../../clients/raft/proto.ts'

interface Stored {
  value: Buffer
  /** Milliseconds on the node's clock. */
  expiresAtMs?: number
}

type Watcher = (event: WatchResponse) => void

/** What one node has applied, as d-engine's file engine keeps it, and who watches it. */
export class StateMachine {
  readonly #stored = new Map<string, Stored>()
  readonly #watchers = new Set<{key: string; prefix: boolean; prevKv: boolean; tell: Watcher}>()
  readonly #hasLeases: boolean
  /** Index of the last entry applied. */
  applied = 0
  /** A ttl came while leases are off: nothing is applied any more. */
  isStuck = false

  constructor(hasLeases: boolean) {
    this.#hasLeases = hasLeases
  }

  /** Applies the next entry; false for a compare-and-swap that was refused, undefined when it stands still. */
  apply(command: WriteCommand | undefined, index: number, nowMs: number): boolean | undefined {
    if (this.isStuck || (!this.#hasLeases && (command?.insert?.ttlSecs ?? 0n) > 0n)) {
      this.isStuck = true
      return undefined
    }
    this.applied = index
    if (!command) return true
    if (command.delete) return this.#write(bytesOf(command.delete.key), undefined, index)
    const {key, value} = command.insert ?? command.cas!
    const name = bytesOf(key)
    const old = this.#live(name, nowMs)
    if (command.cas && !isExpected(old, command.cas.expected)) return false
    const ttlSecs = command.insert?.ttlSecs ?? 0n
    // A write without a ttl keeps the expiry that the key has.
    const expiresAtMs = ttlSecs > 0n ? nowMs + Number(ttlSecs) * 1_000 : old?.expiresAtMs
    return this.#write(name, {value: Buffer.from(value ?? []), expiresAtMs}, index)
  }

  read(keys: readonly Uint8Array[], nowMs: number): KeyValue[] {
    return keys.flatMap(key => {
      const found = this.#live(bytesOf(key), nowMs)
      return found ? [{key: Buffer.from(key), value: found.value}] : []
    })
  }

  scan(prefix: Uint8Array, nowMs: number): KeyValue[] {
    const start = bytesOf(prefix)
    return [...this.#stored.keys()].filter(name => name.startsWith(start)).flatMap(name => {
      const found = this.#live(name, nowMs)
      return found ? [{key: Buffer.from(name, 'latin1'), value: found.value}] : []
    })
  }

  /** Returns what ends it. */
  watch(key: Uint8Array, prefix: boolean, prevKv: boolean, tell: Watcher): () => void {
    const watcher = {key: bytesOf(key), prefix, prevKv, tell}
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  /** A process that dies takes its watchers with it; what was applied is on disk. */
  forgetWatchers(): void {
    this.#watchers.clear()
  }

  /** Expiry is no event. */
  #live(name: string, nowMs: number): Stored | undefined {
    const found = this.#stored.get(name)
    if (found?.expiresAtMs === undefined || found.expiresAtMs > nowMs) return found
    this.#stored.delete(name)
    return undefined
  }

  #write(name: string, next: Stored | undefined, index: number): true {
    const previous = this.#stored.get(name)?.value
    if (next) this.#stored.set(name, next)
    else this.#stored.delete(name)
    for (const {key, prefix, prevKv, tell} of this.#watchers) {
      if (prefix ? !name.startsWith(key) : name !== key) continue
      tell({
        key: Buffer.from(name, 'latin1'), value: next?.value, event: next ? WatchEvent.put : WatchEvent.delete,
        revision: BigInt(index), prevValue: prevKv ? previous : undefined,
      })
    }
    return true
  }
}

/** Bytes as a key of a Map. */
function bytesOf(key: Uint8Array | undefined): string {
  return Buffer.from(key ?? []).toString('latin1')
}

function isExpected(old: Stored | undefined, expected: Uint8Array | undefined): boolean {
  if (expected === undefined) return old === undefined
  return old !== undefined && old.value.equals(expected)
}
