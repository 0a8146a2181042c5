import type {Clock} from '../net/deadline.ts'
import {judge, type ClusterStatus, type NodeReport} from './rules.ts'

export interface PollOptions {
  /** Pause of each node between its answer and the next question. */
  intervalMs: number
  clock: Clock
}

/** Asks one node, by its place among them. */
export type Ask = (index: number, signal: AbortSignal) => Promise<NodeReport>

/** The first look waits so long for nodes that have not answered yet. */
const firstLookMs = 300

/**
 * Asks each node in a loop of its own, so that one that stands still holds up none of the others, and yields what is
 * known whenever something was heard or a proof has become too old to be called one. Ends by the signal's reason.
 */
export async function* poll(
  unasked: readonly NodeReport[], ask: Ask, {intervalMs, clock}: PollOptions, outer: AbortSignal,
): AsyncGenerator<ClusterStatus, never> {
  const stop = new AbortController()
  const signal = AbortSignal.any([outer, stop.signal])
  const news = new News(clock, signal)
  const known = new Known(unasked, intervalMs)
  const loops = unasked.map(async (_, index) => {
    for (;;) {
      const askedAtMs = clock.monotonicMs()
      known.hear(index, await ask(index, signal), askedAtMs, clock.monotonicMs())
      news.tell()
      await clock.sleep(intervalMs, signal)
    }
  })
  for (const loop of loops) loop.catch((error: unknown) => news.fail(error))
  try {
    for (const untilMs = clock.monotonicMs() + firstLookMs; !known.isWhole && clock.monotonicMs() < untilMs;) {
      await news.orAfter(untilMs - clock.monotonicMs())
    }
    for (;;) {
      yield judge(known.reports(clock.monotonicMs()))
      await news.orAfter(known.msUntilOld(clock.monotonicMs()))
    }
  } finally {
    stop.abort()
    await Promise.allSettled(loops)
  }
}

/** A proof counts until the next one should have come, and half a second: longer on a network that is slow itself. */
export function proofLimitMs(intervalMs: number, tookMs: number): number {
  return intervalMs + Math.max(500, 2 * tookMs)
}

/** What was last heard of a node, and when it was asked for that. */
export interface Heard {
  report: NodeReport
  askedAtMs: number
  tookMs: number
}

/** The report without a claim to lead that is too old: the node has been silent since. */
export function aged({report, askedAtMs, tookMs}: Heard, intervalMs: number, nowMs: number): NodeReport {
  if (!isClaim(report) || nowMs - askedAtMs <= proofLimitMs(intervalMs, tookMs)) return report
  return {
    ...report, proven: false, holdsLease: false,
    error: {code: 'SILENT', message: `raft ${report.endpoint}: silent, its last proof is too old`},
  }
}

const isClaim = ({proven, holdsLease}: NodeReport) => proven || holdsLease

/** The last word of each node. */
class Known {
  readonly #unasked: readonly NodeReport[]
  readonly #intervalMs: number
  readonly #heard: (Heard | undefined)[]

  constructor(unasked: readonly NodeReport[], intervalMs: number) {
    this.#unasked = unasked
    this.#intervalMs = intervalMs
    this.#heard = unasked.map(() => undefined)
  }

  get isWhole(): boolean {
    return this.#heard.every(Boolean)
  }

  hear(index: number, report: NodeReport, askedAtMs: number, nowMs: number): void {
    this.#heard[index] = {report, askedAtMs, tookMs: nowMs - askedAtMs}
  }

  reports(nowMs: number): NodeReport[] {
    return this.#heard.map((each, index) => (each ? aged(each, this.#intervalMs, nowMs) : this.#unasked[index]!))
  }

  /** Until the next claim is too old; undefined when there is none. */
  msUntilOld(nowMs: number): number | undefined {
    const left = this.#heard
      .filter(each => each !== undefined && isClaim(each.report))
      .map(each => each!.askedAtMs + proofLimitMs(this.#intervalMs, each!.tookMs) - nowMs + 1)
      .filter(ms => ms > 0)
    return left.length > 0 ? Math.min(...left) : undefined
  }
}

/** Something was heard; several times before anybody looks are once. */
class News {
  readonly #clock: Clock
  readonly #signal: AbortSignal
  #isNew = false
  #failed: {error: unknown} | undefined
  #wake: (() => void) | undefined

  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock
    this.#signal = signal
  }

  tell(): void {
    this.#isNew = true
    this.#wake?.()
  }

  fail(error: unknown): void {
    this.#failed ??= {error}
    this.#wake?.()
  }

  /** Resolves when there is news, or after `ms` without any. */
  async orAfter(ms: number | undefined): Promise<void> {
    if (!this.#isNew && !this.#failed) await this.#wait(ms)
    if (this.#failed) throw this.#failed.error
    this.#isNew = false
  }

  async #wait(ms: number | undefined): Promise<void> {
    const over = new AbortController()
    const told = new Promise<void>(resolve => {
      this.#wake = resolve
    })
    const either = AbortSignal.any([this.#signal, over.signal])
    const late = ms === undefined ? told : this.#clock.sleep(ms, either).catch(() => this.#signal.throwIfAborted())
    await Promise.race([told, late]).finally(() => over.abort())
  }
}
