import {readOnce} from './polling.ts'
import type {Now} from './model.ts'
import type {Sources} from './sources.ts'
import {createStore} from './store.ts'
import {emptyWorld, type World} from './world.ts'

export interface OnceTools {
  now(): Now
  sleep(ms: number, signal: AbortSignal): Promise<void>
  /** What a reading may take. */
  longestMs: number
}

/** A change of leader is over by then; what still looks bad is bad. */
const looksAtMost = 10
const againMs = 500

/**
 * One reading of every source that the overview shows, all at the same time; groups of tael that look bad are looked at
 * again until that can be believed.
 */
export async function readAll(
  sources: Sources, {now, sleep, longestMs}: OnceTools, signal: AbortSignal,
): Promise<World> {
  const list = sources.list.filter(({onDemand}) => !onDemand)
  const store = createStore(emptyWorld(sources.facts, list))
  await Promise.all(list.map(source => readOnce(source, {update: store.update, now}, signal, longestMs)))
  const shards = list.find(({name}) => name === 'shards')
  for (let looks = 0; shards && looks < looksAtMost && isInDoubt(store.get()); looks += 1) {
    await sleep(againMs, signal)
    await readOnce(shards, {update: store.update, now}, signal, longestMs)
  }
  signal.throwIfAborted()
  return store.get()
}

const isInDoubt = ({sources: {shards}}: World) => shards?.data?.groups.some(({settling}) => settling) ?? false
