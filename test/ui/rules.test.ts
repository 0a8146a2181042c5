import {describe, expect, it} from 'vitest'
import {ageMs, freshness, type Known} from '../../src/ui/freshness.ts'
import type {Now} from '../../src/ui/model.ts'
import {readOnce, startPolling} from '../../src/ui/polling.ts'
import type {AnySource} from '../../src/ui/sources.ts'
import {createStore, memoised} from '../../src/ui/store.ts'
import {missingOf, verdict} from '../../src/ui/verdict.ts'
import {acknowledged, emptyWorld, failed, read, type KnownSources} from '../../src/ui/world.ts'
import {alerts, group, lease, leases, raft, rule, shardNode, shards, task, tasks} from './samples.ts'

const facts = {context: 'test', danger: false, readonly: false, version: '0'}
const at = (ms: number): Now => ({ms, monotonicMs: ms})

describe('freshness', () => {
  const known = (over: Partial<Known<unknown>>): Known<unknown> => ({intervalMs: 1_000, ...over})
  it.each([
    ['waiting', known({}), 5_000, undefined],
    ['fresh', known({readMs: 1_000}), 3_900, 2_900],
    ['late', known({readMs: 1_000}), 4_000, 3_000],
    ['late', known({readMs: 1_000}), 10_999, 9_999],
    ['stale', known({readMs: 1_000}), 11_000, 10_000],
    ['failing', known({readMs: 1_000, error: 'refused', failedMs: 1_500}), 1_600, 600],
    ['failing', known({error: 'refused'}), 1_600, undefined],
    ['fresh', known({intervalMs: 100, readMs: 0}), 2_099, 2_099],
    ['late', known({intervalMs: 100, readMs: 0}), 2_100, 2_100],
  ])('%s', (expected, given, nowMs, age) => {
    expect(freshness(given, at(nowMs))).toBe(expected)
    expect(ageMs(given, at(nowMs))).toBe(age)
  })
})

describe('what a script fails on', () => {
  const known = <T>(data: T): Known<T> => ({intervalMs: 1, data, readMs: 0})
  const gone = {intervalMs: 1, error: 'refused'}
  const cases: [string, Parameters<typeof verdict>[0], KnownSources, boolean | null][] = [
    ['a leader that was proven before it fell silent', 'leader', {raft: {...known(raft({id: 1, term: 1n})), error: 'refused'}}, null],
    ['a proven leader', 'leader', {raft: known(raft({id: 1, term: 1n}))}, false],
    ['no proven leader', 'leader', {raft: known(raft(null))}, true],
    ['nobody to ask', 'leader', {raft: gone}, null],
    ['nothing configured', 'leader', {}, null],
    ['a split', 'leader', {shards: known(shards([], [group({verdict: 'split'})]))}, true],
    ['a split in doubt', 'leader', {shards: known(shards([], [group({verdict: 'split', settling: true})]))}, null],
    ['a group of which no node says anything', 'leader', {shards: known(shards([], [group({verdict: 'unknown', leader: null})]))}, null],
    ['no node leads', 'leader', {shards: known(shards([], [group({verdict: 'no-leader', leader: null})]))}, true],
    ['a group without election', 'leader', {shards: known(shards([], [group({verdict: 'uncoordinated', leader: null})]))}, false],
    ['a split beside a dead raft', 'leader', {raft: gone, shards: known(shards([], [group({verdict: 'split'})]))}, true],
    ['a node down', 'shard', {shards: known(shards([shardNode({url: 'u', healthy: false})]))}, true],
    ['a node not ready', 'shard', {shards: known(shards([shardNode({url: 'u', ready: false})]))}, true],
    ['all nodes well', 'shard', {shards: known(shards([shardNode({url: 'u'})]))}, false],
    ['an expired lease', 'lease', {leases: known(leases(lease({key: 'k', state: 'expired'})))}, true],
    ['a stale claim', 'lease', {tasks: known(tasks([task({task: 't', state: 'stale'})]))}, true],
    ['live ones', 'lease', {leases: known(leases(lease({key: 'k'}))), tasks: known(tasks([task({task: 't'})]))}, false],
    ['a firing alert', 'alert', {alerts: known(alerts(rule({name: 'a', state: 'firing'})))}, true],
    ['a shard whose alerts are unknown', 'alert', {alerts: known({items: [], missing: ['s1: refused']})}, null],
  ]
  it.each(cases)('%s', (_, failure, sources, met) => expect(verdict(failure, sources).met).toBe(met))
})

describe('the world', () => {
  const source = (name: 'leases', reading: () => Promise<ReturnType<typeof leases>>): AnySource => ({name, intervalMs: 1, read: reading})
  const one = source('leases', async () => leases(lease({key: 'k'})))

  it('keeps the last good reading and tells a failure and its end once', () => {
    let world = read(emptyWorld(facts, [one]), 'leases', leases(lease({key: 'k'})), at(1))
    for (const ms of [2, 3, 4]) world = failed(world, 'leases', 'refused', at(ms))
    expect(world.sources.leases).toMatchObject({readMs: 1, error: 'refused', failedMs: 2})
    expect(missingOf(world)).toEqual(['leases: refused'])
    for (const ms of [5, 6]) world = read(world, 'leases', leases(lease({key: 'k'})), at(ms))
    expect(world.events.map(({kind, id, atMs}) => [kind, id, atMs])).toEqual([['source lost', 1, 2], ['source back', 2, 5]])
    expect(acknowledged(world, [1]).events.map(each => each.acknowledged)).toEqual([true, false])
    expect(missingOf(world)).toEqual([])
  })

  it('remembers latencies by node, with gaps where it did not answer', () => {
    const worlds = [shardNode({url: 'u', latencyMs: 3}), shardNode({url: 'u', healthy: false, latencyMs: null})]
    const world = worlds.reduce((so, node, ms) => read(so, 'shards', shards([node]), at(ms)), emptyWorld(facts, []))
    expect(world.history).toEqual({u: [3, null]})
  })

  it('gives up a reading that never ends, and one that rejects is told', async () => {
    const store = createStore(emptyWorld(facts, [one]))
    const stop = new AbortController()
    const ended = readOnce(source('leases', () => new Promise(() => undefined)), {update: store.update, now: () => at(1)}, stop.signal)
    stop.abort()
    await ended
    expect(store.get().sources.leases?.error).toBeUndefined()
    await readOnce(source('leases', () => Promise.reject(new Error('refused'))), {update: store.update, now: () => at(2)}, new AbortController().signal)
    expect(store.get().sources.leases?.error).toBe('refused')
  })

  it('polls each source by itself: one that hangs stops no other', async () => {
    const store = createStore(emptyWorld(facts, [one]))
    const stop = new AbortController()
    let readings = 0
    const done = new Promise<void>(resolve => {
      const quick = source('leases', async () => {
        readings += 1
        if (readings === 3) resolve()
        return leases()
      })
      const hanging: AnySource = {name: 'alerts', intervalMs: 1, read: () => new Promise(() => undefined)}
      const unseen: AnySource = {name: 'logs', intervalMs: 1, onDemand: true, read: () => Promise.reject(new Error('asked'))}
      startPolling([hanging, unseen, quick], {
        update: store.update, now: () => at(0), sleep: () => new Promise(next => setImmediate(next)), wanted: () => false, paused: () => false,
      }, stop.signal)
    })
    await done
    stop.abort()
    expect(store.get().sources.logs).toBeUndefined()
  })
})

describe('the store', () => {
  it('tells listeners of changes only', () => {
    const store = createStore({n: 0})
    let told = 0
    const off = store.subscribe(() => (told += 1))
    store.update(state => state)
    store.update(() => ({n: 1}))
    off()
    store.update(() => ({n: 2}))
    expect([told, store.get().n]).toEqual([1, 2])
  })

  it('computes a memoised selector only for other inputs', () => {
    let computed = 0
    const select = memoised((items: readonly number[]) => (computed += 1) + items.length)
    const [a, b] = [[1], [1]]
    expect([select(a), select(a), select(b)]).toEqual([2, 2, 3])
  })
})
