import type {SignalSource} from './child.ts'

const codes = {SIGINT: 130, SIGTERM: 143, SIGHUP: 129} as const
const names = Object.keys(codes) as (keyof typeof codes)[]

/**
 * Keeps Ctrl-C, TERM and HUP from ending this process between taking something and giving it back. `code` is what
 * to leave with when one came.
 */
export class HeldSignals {
  #code: number | undefined
  #count = 0
  #listening = false
  readonly #first = new AbortController()
  readonly #source: SignalSource
  readonly #note = (signal: NodeJS.Signals) => {
    this.#code ??= codes[signal as keyof typeof codes]
    this.#count += 1
    this.#first.abort()
  }

  constructor(source: SignalSource = process) {
    this.#source = source
  }

  get code(): number | undefined {
    return this.#code
  }

  /** How many came. */
  get count(): number {
    return this.#count
  }

  /** Aborts with the first. */
  get signal(): AbortSignal {
    return this.#first.signal
  }

  hold(): void {
    if (this.#listening) return
    this.#listening = true
    for (const name of names) this.#source.on(name, this.#note)
  }

  /** From now on they are somebody else's: those of a child are handed on to it. */
  release(): void {
    this.#listening = false
    for (const name of names) this.#source.off(name, this.#note)
  }
}
