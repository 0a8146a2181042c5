import {UnreachableError} from './errors.ts'

/** Clock, randomness and sleep, handed to whoever needs them, so that rules and retries can be tested. */
export interface Clock {
  /** Milliseconds since the epoch. */
  nowMs(): number
  /** Milliseconds of a clock that never jumps; only differences mean something. */
  monotonicMs(): number
  /** Resolves after `ms`, rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const onAbort = () => {
        clearTimeout(timer)
        reject(signal?.reason)
      }
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', onAbort)
        resolve()
      }, ms)
      signal?.addEventListener('abort', onAbort, {once: true})
    }),
}

/**
 * Runs `work` with a signal that aborts after `timeoutMs` or with `outer`; a timeout rejects as
 * UnreachableError (`TIMEOUT`) naming `what`. The timer never outlives the work.
 */
export async function withDeadline<T>(
  what: string,
  timeoutMs: number,
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
  endpoint?: string,
): Promise<T> {
  const controller = new AbortController()
  const timeout = new UnreachableError(`${what}: no answer within ${timeoutMs} ms`, {
    code: 'TIMEOUT',
    endpoint,
    hint: 'The server accepts connections but does not answer, or is slow: look at its health, or raise --timeout.',
  })
  const timer = setTimeout(() => controller.abort(timeout), timeoutMs)
  const onOuter = () => controller.abort(outer?.reason)
  if (outer?.aborted) onOuter()
  outer?.addEventListener('abort', onOuter, {once: true})
  try {
    return await work(controller.signal)
  } catch (error) {
    throw controller.signal.aborted && controller.signal.reason === timeout ? timeout : error
  } finally {
    clearTimeout(timer)
    outer?.removeEventListener('abort', onOuter)
  }
}

/** Full-jitter exponential back-off: a random wait in [0, min(cap, base * 2^attempt)]. */
export function backoffMs(attempt: number, random: () => number, baseMs = 100, capMs = 5_000): number {
  return random() * Math.min(capMs, baseMs * 2 ** attempt)
}
