import {readOnce} from './polling.ts'
import type {Now} from './model.ts'
import type {Sources} from './sources.ts'
import {createStore} from './store.ts'
import {emptyWorld, type World} from './world.ts'

/** One reading of every source that the overview shows, all at the same time. */
export async function readAll(sources: Sources, now: () => Now, signal: AbortSignal): Promise<World> {
  const list = sources.list.filter(({onDemand}) => !onDemand)
  const store = createStore(emptyWorld(sources.facts, list))
  await Promise.all(list.map(source => readOnce(source, {update: store.update, now}, signal)))
  signal.throwIfAborted()
  return store.get()
}
