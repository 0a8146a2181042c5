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

/** A session that begins with `first`, which whoever opened it closes. */
export function createSession(first: Sources, tools: SessionTools): Session {
  return new LiveSession(first, tools)
}

class LiveSession implements Session {
  readonly #first: Sources
  readonly #tools: SessionTools
  /** Writes under way. */
  readonly #held = new Set<Promise<unknown>>()
  readonly #ends: Promise<void>[] = []
  #asked = 0
  #shown: {sources: Sources; reads: ReturnType<typeof reading>}

  constructor(first: Sources, tools: SessionTools) {
    this.#first = first
    this.#tools = tools
    this.#shown = {sources: first, reads: reading(first, tools)}
  }

  get sources(): Sources {
    return this.#shown.sources
  }

  start = () => this.#shown.reads.start()
  refresh = () => this.#shown.reads.refresh()
  areAwaited = () => this.#shown.reads.areAwaited()

  hold = (work: Promise<unknown>) => {
    this.#held.add(work)
    void work.finally(() => this.#held.delete(work))
  }

  async switchTo(context: string): Promise<boolean> {
    const mine = (this.#asked += 1)
    const sources = await this.sources.switchTo(context)
    const isWanted = mine === this.#asked && !this.#tools.signal.aborted
    if (isWanted) this.#adopt(sources)
    else await sources.close()
    return isWanted
  }

  async end(): Promise<void> {
    if (this.sources !== this.#first) this.#leave()
    await Promise.allSettled([...this.#held, ...this.#ends])
  }

  #adopt(sources: Sources): void {
    this.#shown.reads.stop()
    this.#leave()
    this.#shown = {sources, reads: reading(sources, this.#tools)}
    showWorldOf(sources, this.#tools.store)
    this.start()
  }

  /** Closed when the writes that go through them have ended. */
  #leave(): void {
    const {sources} = this
    this.#ends.push(Promise.allSettled([...this.#held]).then(() => sources.close()))
  }
}

/** Nothing of another context is left, but how one likes to look at it. */
function showWorldOf(sources: Sources, store: Store<State>): void {
  store.update(({ui: {wide}}) => ({world: emptyWorld(sources.facts, sources.list), ui: {...firstUi, wide}}))
}
