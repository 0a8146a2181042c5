/** A client that is opened when first used, and opened anew after something went wrong with it. */
export interface Reopening<C> {
  /** Rejects as the opening or the work does. */
  use<T>(work: (client: C) => Promise<T>, signal: AbortSignal): Promise<T>
  close(): Promise<void>
}

/** Long-lived clients may give up for ever (a NATS connection does); a new one begins again from nothing. */
export function reopening<C>(open: () => Promise<C>, close: (client: C) => Promise<void> | void): Reopening<C> {
  let opened: Promise<C> | undefined
  const drop = async (which: Promise<C> | undefined) => {
    if (opened === which) opened = undefined
    await which?.then(close).catch(() => undefined)
  }
  return {
    async use(work, signal) {
      signal.throwIfAborted()
      const mine = (opened ??= open())
      try {
        return await work(await mine)
      } catch (error) {
        void drop(mine)
        throw error
      }
    },
    close: () => drop(opened),
  }
}
