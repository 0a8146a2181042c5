import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest'
import type {SourceName} from '../../src/ui/model.ts'
import {longestReadMs, readOnce, startPolling} from '../../src/ui/polling.ts'
import type {AnySource} from '../../src/ui/sources.ts'
import {createStore} from '../../src/ui/store.ts'
import {emptyWorld, keptEvents, keptLatencies, read} from '../../src/ui/world.ts'
import {leases, lease, shardNode, shards, task, tasks} from './samples.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const facts = {context: 'test', danger: false, readonly: false, version: '0'}
const now = () => ({ms: Date.now(), monotonicMs: performance.now()})
const sleep = (ms: number) => new Promise<void>(resolve => void setTimeout(resolve, ms))

function polled(list: AnySource[], {paused = () => false, wanted = () => false}: {paused?(): boolean; wanted?(name: SourceName): boolean} = {}) {
  const store = createStore(emptyWorld(facts, list))
  const stop = new AbortController()
  startPolling(list, {update: store.update, now, sleep, wanted, paused}, stop.signal)
  return {store, stop: () => stop.abort()}
}

const counting = (name: 'leases' | 'artifacts', onDemand = false) => {
  const source = {name, intervalMs: 1_000, onDemand, reads: 0, read: async () => {
    source.reads += 1
    return {items: [], missing: []}
  }}
  return source
}

describe('a reading', () => {
  const silent: AnySource = {name: 'leases', intervalMs: 1_000, read: () => new Promise(() => undefined)}

  it('that gets no answer is given up, and said, within two seconds', async () => {
    const {store, stop} = polled([silent])
    await vi.advanceTimersByTimeAsync(longestReadMs - 1)
    expect(store.get().sources.leases!.error).toBeUndefined()
    await vi.advanceTimersByTimeAsync(1)
    expect(store.get().sources.leases!.error).toBe(`no answer within ${longestReadMs} ms`)
    expect(longestReadMs).toBeLessThanOrEqual(2_000)
    stop()
  })

  it('says so to its client, which may stop', async () => {
    let aborted = false
    const listening: AnySource = {name: 'leases', intervalMs: 1, read: signal => new Promise(() => signal.addEventListener('abort', () => (aborted = true)))}
    const {stop} = polled([listening])
    await vi.advanceTimersByTimeAsync(longestReadMs)
    expect(aborted).toBe(true)
    stop()
  })

  it('that is stopped with the dashboard is no failure', async () => {
    const {store, stop} = polled([silent])
    stop()
    await vi.advanceTimersByTimeAsync(longestReadMs)
    expect(store.get().events).toEqual([])
    expect(store.get().sources.leases!.error).toBeUndefined()
  })

  it('that was begun earlier and comes later changes nothing, whether it is good or not', async () => {
    const store = createStore(emptyWorld(facts, [silent]))
    const answers: ((answer: ReturnType<typeof leases> | Error) => void)[] = []
    const slow: AnySource = {name: 'leases', intervalMs: 1, read: () => new Promise((resolve, reject) => {
      answers.push(answer => (answer instanceof Error ? reject(answer) : resolve(answer)))
    })}
    const begin = () => {
      const reading = readOnce(slow, {update: store.update, now}, new AbortController().signal)
      vi.advanceTimersByTime(10)
      return reading
    }
    const [first, second, third] = [begin(), begin(), begin()]
    answers[2]!(leases(lease({key: 'new'})))
    answers[0]!(leases(lease({key: 'old'})))
    answers[1]!(new Error('refused'))
    await Promise.all([first, second, third])
    expect(store.get().sources.leases).toMatchObject({data: {items: [{key: 'new'}]}, error: undefined})
    expect(store.get().events).toEqual([])
  })
})

describe('polling', () => {
  it('waits the interval after each reading', async () => {
    const source = counting('leases')
    const {stop} = polled([source])
    await vi.advanceTimersByTimeAsync(3_500)
    expect(source.reads).toBe(4)
    stop()
    await vi.advanceTimersByTimeAsync(5_000)
    expect(source.reads).toBe(4)
  })

  it('reads nothing while it is paused, and goes on soon after', async () => {
    const source = counting('leases')
    let isPaused = true
    const {stop} = polled([source], {paused: () => isPaused})
    await vi.advanceTimersByTimeAsync(10_000)
    expect(source.reads).toBe(0)
    isPaused = false
    await vi.advanceTimersByTimeAsync(200)
    expect(source.reads).toBe(1)
    stop()
  })

  it('reads what is read on demand only while a screen shows it', async () => {
    const source = counting('artifacts', true)
    let shown: SourceName | undefined
    const {stop} = polled([source], {wanted: name => name === shown})
    await vi.advanceTimersByTimeAsync(10_000)
    expect(source.reads).toBe(0)
    shown = 'artifacts'
    await vi.advanceTimersByTimeAsync(200)
    expect(source.reads).toBe(1)
    stop()
  })
})

describe('a night', () => {
  it('keeps only so many events, the newest, and their numbers go on', () => {
    const states = Array.from({length: 2 * keptEvents + 10}, (_, at) => (at % 2 === 0 ? 'processing' : 'stale'))
    const world = states.reduce((so, state, at) => read(so, 'tasks', tasks([task({task: 't', state})]), {ms: at, monotonicMs: at}), emptyWorld(facts, []))
    expect([world.events.length, world.events.at(-1)!.id, world.events[0]!.id]).toEqual([keptEvents, keptEvents + 5, 6])
  })

  it('keeps only so many latencies', () => {
    let world = emptyWorld(facts, [])
    for (let at = 0; at < keptLatencies + 5; at += 1) world = read(world, 'shards', shards([shardNode({url: 'u', latencyMs: at})]), {ms: at, monotonicMs: at})
    expect([world.history['u']!.length, world.history['u']![0]]).toEqual([keptLatencies, 5])
  })
})
