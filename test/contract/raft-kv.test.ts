import {afterAll, beforeAll, expect, test} from 'vitest'
import {startRaftWorld, type RaftWorld} from '../../src/sandbox/raft/world.ts'
import {contents, flood, floodCounter, lostOf, Mirror, openKv, throughFailovers, type Breakable} from './raft-kv.ts'

let world: RaftWorld
let cluster: Breakable
beforeAll(async () => {
  world = await startRaftWorld({
    nowMs: () => Date.now(), monotonicMs: () => performance.now(), random: Math.random, hasLeases: true,
  })
  const node = (id: number) => world.nodes.find(each => each.id === id)!
  cluster = {endpoints: world.endpoints, kill: id => node(id).kill(), restart: id => node(id).revive(), checkpointMs: 0}
})
afterAll(() => world.stop())

// The same trials as the real cluster's, kv.peer.test.ts, with fewer rounds.
test('2 failovers and a dead follower: what was said of each write is so, and a watcher has it all', async () => {
  const {loop, tally, told, mirrored, stored} = await throughFailovers(cluster, 2)
  expect(loop.broken).toEqual([])
  expect(tally.wrong).toEqual([])
  expect(tally.counted).toBeGreaterThanOrEqual(tally.done)
  expect(tally.counted).toBeLessThanOrEqual(tally.done + tally.unknown)
  expect(told.watching).toBe(told.gap + 1)
  expect(mirrored).toEqual(stored)
}, 60_000)

test('500 events come through, each once', async () => {
  const kv = await openKv(cluster)
  const {seen, onPut} = floodCounter(500)
  const mirror = new Mirror(kv, '/flood/', {onPut})
  await expect.poll(() => mirror.counts.watching, {timeout: 10_000}).toBe(1)
  const taken = await flood(cluster, 500, async () => {})
  const sum = taken.reduce((total, each) => total + each)
  await expect.poll(() => mirror.counts.put, {timeout: 10_000}).toBeGreaterThanOrEqual(sum)
  expect(lostOf(taken, seen)).toEqual([])
  expect(mirror.contents).toEqual(await contents(kv, '/flood/'))
  await mirror.stop()
  kv.close()
}, 60_000)
