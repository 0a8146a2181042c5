const codes = {SIGINT: 130, SIGTERM: 143, SIGHUP: 129} as const

/**
 * Keeps Ctrl-C, TERM and HUP from ending this process between taking something and giving it back. `code` is what
 * to leave with when one came.
 */
export class HeldSignals {
  #code: number | undefined
  #listening = false
  readonly #note = (signal: NodeJS.Signals) => {
    this.#code ??= codes[signal as keyof typeof codes]
  }

  get code(): number | undefined {
    return this.#code
  }

  hold(): void {
    if (this.#listening) return
    this.#listening = true
    for (const name of Object.keys(codes) as NodeJS.Signals[]) process.on(name, this.#note)
  }

  /** From now on they are somebody else's: those of a child are handed on to it. */
  release(): void {
    this.#listening = false
    for (const name of Object.keys(codes) as NodeJS.Signals[]) process.off(name, this.#note)
  }
}
