import {setFlagsFromString} from 'node:v8'
import {runInNewContext} from 'node:vm'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {systemClock} from '../../../src/clients/net/deadline.ts'
import {contents, flood, floodCounter, Havoc, lostOf, Mirror, openKv, throughFailovers} from '../../contract/raft-kv.ts'
import {startCluster, type RaftCluster} from './start.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
const minute = 60_000
let cluster: RaftCluster
beforeEach(async () => {
  cluster = await startCluster()
  const havoc = await Havoc.of(cluster)
  await havoc.whole()
  havoc.close()
})
afterEach(() => cluster.dispose())

test('20 failovers: every put done is there, none not done is, the unknown are named; a watcher has it all', async () => {
  const {loop, tally, churned, told, mirrored, stored} = await throughFailovers(cluster, 20)
  console.log(JSON.stringify({loop, tally, churned, told}))
  expect(loop.broken).toEqual([])
  expect(loop.done).toBeGreaterThan(200)
  expect(loop.readBack + loop.notDone + loop.unknown.length).toBeGreaterThan(0)
  expect(tally.wrong).toEqual([])
  expect(tally.counted).toBeGreaterThanOrEqual(tally.done)
  expect(tally.counted).toBeLessThanOrEqual(tally.done + tally.unknown)
  expect(told.gap).toBeGreaterThanOrEqual(10)
  expect(mirrored).toEqual(stored)
}, 20 * minute)

test('50,000 events: none is lost, and the memory of the watcher does not grow', async () => {
  const [events, heaps] = [50_000, [] as number[]]
  const kv = await openKv(cluster)
  await kv.leader.proven(AbortSignal.timeout(minute))
  const {seen, onPut} = floodCounter(events)
  const mirror = new Mirror(kv, '/flood/', {onPut})
  await expect.poll(() => mirror.counts.watching).toBe(1)
  const taken = await flood(cluster, events, async made => {
    if (made % 10_000 !== 0) return
    await systemClock.sleep(500)
    collect()
    heaps.push(process.memoryUsage().heapUsed + process.memoryUsage().external)
  })
  const sum = taken.reduce((total, each) => total + each)
  await expect.poll(() => mirror.counts.put, {timeout: minute}).toBeGreaterThanOrEqual(sum)
  console.log(JSON.stringify({taken: sum, told: mirror.counts, heapsMiB: heaps.map(each => Math.round(each / 2 ** 18) / 4)}))
  expect(lostOf(taken, seen)).toEqual([])
  expect(mirror.counts.gap).toBe(0)
  expect(mirror.contents).toEqual(await contents(kv, '/flood/'))
  expect(heaps.at(-1)! - heaps[1]!).toBeLessThan(4 * 2 ** 20)
  await mirror.stop()
  kv.close()
}, 20 * minute)
