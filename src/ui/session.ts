import type {SourceName} from './model.ts'
import {readOnce, startPolling, type PollingTools} from './polling.ts'
import type {Sources} from './sources.ts'
import type {Store} from './store.ts'
import {firstUi, type State} from './ui-state.ts'
import {emptyWorld, type World} from './world.ts'

/** The context that is shown, and what reads it. */
export interface Session {
  readonly sources: Sources
  /** From now on its sources are read. */
  start(): void
  refresh(): void
  /** Whether a source of the overview has said nothing yet. */
  areAwaited(): boolean
  hold(work: Promise<unknown>): void
  /** Shows another context; false when another one still was asked for meanwhile. Rejects when it cannot be opened. */
  switchTo(context: string): Promise<boolean>
  /** Waits for writes, and closes what it opened itself. */
  end(): Promise<void>
}

export interface SessionTools extends Pick<PollingTools, 'now' | 'sleep'> {
  store: Store<State>
  signal: AbortSignal
  /** Which sources the screen shows now. */
  wanted(name: SourceName): boolean
}

/** What is read for one context; after its end nothing of it reaches the screen any more. */
function reading(sources: Sources, {store, signal: outer, now, sleep, wanted}: SessionTools) {
  const stop = new AbortController()
  const signal = AbortSignal.any([outer, stop.signal])
  const update = (change: (world: World) => World) => {
    if (!stop.signal.aborted) store.update(state => ({...state, world: change(state.world)}))
  }
  return {
    stop: () => stop.abort(),
    start: () => startPolling(sources.list, {
      update, now, sleep, wanted, paused: () => store.get().ui.paused,
    }, signal),
    areAwaited: () => sources.list.some(({name, onDemand}) => !onDemand && isUnknown(store.get().world, name)),
    refresh() {
      const shown = sources.list.filter(source => !source.onDemand || wanted(source.name))
      for (const source of shown) void readOnce(source, {update, now}, signal)
    },
  }
}

/** Neither read nor failed yet. */
function isUnknown({sources}: World, name: SourceName): boolean {
  return sources[name]?.data === undefined && sources[name]?.error === undefined
}

export function createSession(first: Sources, tools: SessionTools): Session {
  const held = new Set<Promise<unknown>>()
  const ends: Promise<void>[] = []
  let asked = 0
  let shown = {sources: first, reads: reading(first, tools)}
  const close = (sources: Sources) => Promise.allSettled([...held]).then(() => sources.close())
  const adopt = (sources: Sources) => {
    shown.reads.stop()
    ends.push(close(shown.sources))
    shown = {sources, reads: reading(sources, tools)}
    const {wide} = tools.store.get().ui
    tools.store.update(() => ({world: emptyWorld(sources.facts, sources.list), ui: {...firstUi, wide}}))
    shown.reads.start()
  }
  return {
    get sources() {
      return shown.sources
    },
    start: () => shown.reads.start(),
    refresh: () => shown.reads.refresh(),
    areAwaited: () => shown.reads.areAwaited(),
    hold(work) {
      held.add(work)
      void work.finally(() => held.delete(work))
    },
    async switchTo(context) {
      const mine = (asked += 1)
      const sources = await shown.sources.switchTo(context)
      const isWanted = mine === asked && !tools.signal.aborted
      if (isWanted) adopt(sources)
      else await sources.close()
      return isWanted
    },
    async end() {
      if (shown.sources !== first) ends.push(close(shown.sources))
      await Promise.allSettled([...held, ...ends])
    },
  }
}
