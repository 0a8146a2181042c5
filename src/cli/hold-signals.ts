import type {SignalSource} from './child.ts'

/** What signals asked of us while they were held. */
export interface Interruption {
  /** 128 + n of the first signal. */
  readonly code: number | undefined
  /** Of all signals that came. */
  readonly count: number
  /** Aborts with the first. */
  readonly signal: AbortSignal
  release(): void
}

const codes: Partial<Record<NodeJS.Signals, number>> = {SIGINT: 130, SIGTERM: 143, SIGHUP: 129}

/** From now on INT, TERM and HUP end nothing by themselves; `release` gives them back. */
export function holdSignals(signals: SignalSource): Interruption {
  const controller = new AbortController()
  let code: number | undefined
  let count = 0
  const hold = (name: NodeJS.Signals) => {
    code ??= codes[name]
    count += 1
    controller.abort()
  }
  const names = Object.keys(codes) as NodeJS.Signals[]
  for (const name of names) signals.on(name, hold)
  return {
    get code() { return code },
    get count() { return count },
    signal: controller.signal,
    release() {
      for (const name of names) signals.off(name, hold)
    },
  }
}
