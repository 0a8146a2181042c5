import type {Now, Readings, SourceName} from './model.ts'
import type {AnySource} from './sources.ts'
import {asked, failed, read, type World} from './world.ts'

export interface PollingTools {
  update(change: (world: World) => World): void
  now(): Now
  sleep(ms: number, signal: AbortSignal): Promise<void>
  /** Which sources a screen needs now, of those that are read on demand. */
  wanted(name: SourceName): boolean
  paused(): boolean
}

/** A reading that takes longer is a failure, whatever its client thinks. */
export const longestReadMs = 2_000
const idleMs = 200

/** Reads each source again and again, none waiting for another, until the signal. */
export function startPolling(list: readonly AnySource[], tools: PollingTools, signal: AbortSignal): void {
  for (const source of list) void poll(source, tools, signal)
}

async function poll(source: AnySource, tools: PollingTools, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const isWanted = !tools.paused() && (!source.onDemand || tools.wanted(source.name))
    if (isWanted) await readOnce(source, tools, signal)
    await tools.sleep(isWanted ? source.intervalMs : idleMs, signal).catch(() => undefined)
  }
}

/** One reading into the world, given up after `longestMs`; never rejects. */
export async function readOnce(
  source: AnySource, tools: Pick<PollingTools, 'update' | 'now'>, outer: AbortSignal, longestMs = longestReadMs,
): Promise<void> {
  const {name} = source
  const begunMs = tools.now().monotonicMs
  tools.update(world => asked(world, name, tools.now()))
  const limit = new AbortController()
  const signal = AbortSignal.any([outer, limit.signal])
  try {
    const data = await limited<Readings[SourceName]>(source.read(signal), limit, signal, longestMs)
    tools.update(world => read(world, name, data, tools.now(), begunMs))
  } catch (error) {
    if (!outer.aborted) tools.update(world => failed(world, name, (error as Error).message, tools.now(), begunMs))
  }
}

/** Waits no longer than the limit, even for a reading that does not listen to its signal. */
async function limited<T>(
  reading: Promise<T>, limit: AbortController, signal: AbortSignal, longestMs: number,
): Promise<T> {
  let stop: () => void = () => undefined
  const timer = setTimeout(() => limit.abort(new Error(`no answer within ${longestMs} ms`)), longestMs)
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error)
    signal.addEventListener('abort', stop, {once: true})
  })
  try {
    return await Promise.race([reading, stopped])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
}
