const mostWaiting = 50_000

/** What waits for the reader. It never holds the server up: over the limit, records are counted and dropped. */
export class LiveQueue<I extends {kind: string; shard: string}> {
  #items: I[] = []
  #dropped = new Map<string, number>()
  #failure: unknown
  #wake: (() => void) | undefined

  put(item: I): void {
    if (item.kind === 'record' && this.#items.length >= mostWaiting) {
      this.#dropped.set(item.shard, (this.#dropped.get(item.shard) ?? 0) + 1)
    } else this.#items.push(item)
    this.#wake?.()
  }

  fail(error: unknown): void {
    this.#failure ??= error
    this.#wake?.()
  }

  /** The next item; undefined when the signal has come. */
  async take(signal: AbortSignal): Promise<I | undefined> {
    for (;;) {
      if (signal.aborted) return undefined
      if (this.#items.length > 0) return this.#items.shift()
      for (const [shard, records] of this.#dropped) {
        this.#dropped.delete(shard)
        return {kind: 'dropped', shard, records} as unknown as I
      }
      if (this.#failure) throw this.#failure
      await this.#woken(signal)
    }
  }

  async #woken(signal: AbortSignal): Promise<void> {
    const {promise, resolve} = Promise.withResolvers<void>()
    const wake = () => resolve()
    this.#wake = wake
    signal.addEventListener('abort', wake)
    await promise
    // One listener for each wait would pile up over the hours.
    signal.removeEventListener('abort', wake)
  }
}
