import type {Clock} from '../net/deadline.ts'
import {judge, type ClusterStatus, type NodeReport} from './rules.ts'

export interface PollOptions {
  /** Pause of each node between its answer and the next question. */
  intervalMs: number
  clock: Clock
}

/** The first look waits so long for nodes that have not answered yet. */
const firstLookMs = 300

/** What was last heard of a node, and when it was asked for that. */
interface Heard {
  report: NodeReport
  askedAtMs: number
  tookMs: number
}

/**
 * Asks each node in a loop of its own, so that one that stands still holds up none of the others, and yields what is
 * known whenever something was heard or a proof has become too old to be called one. Ends by the signal's reason.
 */
export async function* poll(
  unasked: readonly NodeReport[], ask: (index: number, signal: AbortSignal) => Promise<NodeReport>,
  {intervalMs, clock}: PollOptions, outer: AbortSignal,
): AsyncGenerator<ClusterStatus, never> {
  const stop = new AbortController()
  const signal = AbortSignal.any([outer, stop.signal])
  const heard: (Heard | undefined)[] = unasked.map(() => undefined)
  const news = new News()
  const loops = unasked.map(async (_, index) => {
    for (;;) {
      const askedAtMs = clock.monotonicMs()
      const report = await ask(index, signal)
      heard[index] = {report, askedAtMs, tookMs: clock.monotonicMs() - askedAtMs}
      news.tell()
      await clock.sleep(intervalMs, signal)
    }
  })
  for (const loop of loops) loop.catch((error: unknown) => news.fail(error))
  const startedAtMs = clock.monotonicMs()
  let isPatient = true
  try {
    for (;;) {
      const patienceMs = isPatient ? firstLookMs : msUntilOld(heard, intervalMs, clock.monotonicMs())
      await news.orAfter(patienceMs, clock, signal)
      const nowMs = clock.monotonicMs()
      const reports = heard.map((each, index) => (each ? aged(each, intervalMs, nowMs) : unasked[index]!))
      isPatient &&= !heard.every(Boolean) && nowMs - startedAtMs < firstLookMs
      if (!isPatient) yield judge(reports)
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

/** The report without a proof that is too old: the node has been silent since. */
export function aged({report, askedAtMs, tookMs}: Heard, intervalMs: number, nowMs: number): NodeReport {
  const ageMs = nowMs - askedAtMs
  const isClaim = report.proven || report.holdsLease
  if (!isClaim || ageMs <= proofLimitMs(intervalMs, tookMs)) return report
  return {
    ...report, proven: false, holdsLease: false,
    error: {code: 'SILENT', message: `raft ${report.endpoint}: silent, its last proof is too old`},
  }
}

function msUntilOld(heard: readonly (Heard | undefined)[], intervalMs: number, nowMs: number): number | undefined {
  const claims = heard.filter(each => each !== undefined && (each.report.proven || each.report.holdsLease)) as Heard[]
  const left = claims.map(each => each.askedAtMs + proofLimitMs(intervalMs, each.tookMs) - nowMs + 1).filter(ms => ms > 0)
  return left.length > 0 ? Math.min(...left) : undefined
}

/** Something was heard; several times before anybody looks are once. */
class News {
  #isNew = false
  #failed: {error: unknown} | undefined
  #wake: (() => void) | undefined

  tell(): void {
    this.#isNew = true
    this.#wake?.()
  }

  fail(error: unknown): void {
    this.#failed ??= {error}
    this.#wake?.()
  }

  /** Resolves when there is news, or after `ms` without any. */
  async orAfter(ms: number | undefined, clock: Clock, signal: AbortSignal): Promise<void> {
    if (!this.#isNew && !this.#failed) await this.#wait(ms, clock, signal)
    if (this.#failed) throw this.#failed.error
    this.#isNew = false
  }

  async #wait(ms: number | undefined, clock: Clock, signal: AbortSignal): Promise<void> {
    const over = new AbortController()
    const told = new Promise<void>(resolve => {
      this.#wake = resolve
    })
    const late = ms === undefined
      ? told : clock.sleep(ms, AbortSignal.any([signal, over.signal])).catch(() => signal.throwIfAborted())
    await Promise.race([told, late]).finally(() => over.abort())
  }
}
