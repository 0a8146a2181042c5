/** Beyond either, what reads the queue is too slow. */
export interface QueueLimits {
  items: number
  bytes: number
}

const usual: QueueLimits = {items: 20_000, bytes: 64 * 1024 * 1024}

/**
 * Between a stream that must always be read, or the node cuts it off, and an output that may be slow. It takes so
 * much and no more: then it says so, and the reader starts again from a snapshot.
 */
export class WatchQueue<T> {
  readonly #limits: QueueLimits
  readonly #onFull: () => void
  #items: T[] = []
  #bytes = 0
  #isFull = false
  #wake: (() => void) | undefined

  /** `onFull` is called once. */
  constructor(onFull: () => void, limits: QueueLimits = usual) {
    this.#onFull = onFull
    this.#limits = limits
  }

  push(item: T, sizeBytes = 0): void {
    this.#items.push(item)
    this.#bytes += sizeBytes
    if (!this.#isFull && (this.#items.length > this.#limits.items || this.#bytes > this.#limits.bytes)) {
      this.#isFull = true
      this.#onFull()
    }
    this.#wake?.()
  }

  /** All that is there, once there is something; nothing when the signal aborts. */
  async take(signal: AbortSignal): Promise<T[]> {
    if (this.#items.length === 0 && !signal.aborted) await this.#something(signal)
    const taken = signal.aborted ? [] : this.#items
    this.#items = []
    this.#bytes = 0
    return taken
  }

  async #something(signal: AbortSignal): Promise<void> {
    const listening = new AbortController()
    await new Promise<void>(resolve => {
      this.#wake = resolve
      signal.addEventListener('abort', () => resolve(), {once: true, signal: listening.signal})
    })
    this.#wake = undefined
    listening.abort()
  }
}
