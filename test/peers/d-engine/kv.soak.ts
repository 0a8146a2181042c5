import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {setFlagsFromString} from 'node:v8'
import {runInNewContext} from 'node:vm'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {systemClock} from '../../../src/clients/net/deadline.ts'
import {
  contents, flood, floodCounter, Havoc, judgeLoop, lostOf, Mirror, openKv, throughFailovers, type Attempt,
} from '../../contract/raft-kv.ts'
import {runBin} from '../../helpers/cli.ts'
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

/** `ctl raft kv put`, one process after the other; what each said of itself. */
async function commandLoop(folder: string, isOver: () => boolean): Promise<Attempt[]> {
  const env = {OPSDECK_CONFIG: join(folder, 'config.yaml'), XDG_STATE_HOME: folder}
  const attempts: Attempt[] = []
  while (!isOver()) {
    const [key, value] = [`/loop/${attempts.length}`, `value-${attempts.length}`]
    const ran = await runBin('ctl', ['raft', 'kv', 'put', key, value, '-o', 'json'], {env})
    const said = JSON.parse(ran.code === 0 ? ran.stdout : ran.stderr.trim().split('\n').at(-1)!) as {code?: string}
    const state = ran.code === 0 ? 'done' : said.code === 'OUTCOME_UNKNOWN' ? 'unknown' : 'not-done'
    attempts.push({key, value, outcome: {state, result: said, error: said} as never})
  }
  return attempts
}

test('the command itself through 10 failovers: its exit code is so', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'opsdeck-raft-kv-'))
  const contexts = {t: {raft: {endpoints: cluster.endpoints}}}
  writeFileSync(join(folder, 'config.yaml'), JSON.stringify({current: 't', contexts}), {mode: 0o600})
  const [havoc, kv] = [await Havoc.of(cluster), await openKv(cluster)]
  let isOver = false
  const loop = commandLoop(folder, () => isOver)
  for (let round = 0; round < 10; round += 1) {
    await systemClock.sleep(Math.random() * 500)
    await havoc.failover()
  }
  isOver = true
  const report = await judgeLoop(kv, await loop)
  console.log(JSON.stringify(report))
  expect(report.broken).toEqual([])
  expect(report.done).toBeGreaterThan(20)
  havoc.close()
  kv.close()
  rmSync(folder, {recursive: true})
}, 20 * minute)

test('50,000 events: none is lost, and the memory of the watcher does not grow', async () => {
  const [events, heaps] = [50_000, [] as number[]]
  const kv = await openKv(cluster)
  await kv.leader.proven(AbortSignal.timeout(minute))
  const {seen, onPut} = floodCounter(events)
  const mirror = new Mirror(kv, '/flood/', {onPut})
  await expect.poll(() => mirror.counts.watching, {timeout: 10_000}).toBe(1)
  const taken = await flood(cluster, events, async made => {
    if (made % 10_000 !== 0) return
    await systemClock.sleep(500)
    collect()
    heaps.push(process.memoryUsage().heapUsed + process.memoryUsage().external)
  })
  const sum = taken.reduce((total, each) => total + each)
  await expect.poll(() => lostOf(taken, seen), {timeout: minute}).toEqual([])
  console.log(
    JSON.stringify({taken: sum, told: mirror.counts, heapsMiB: heaps.map(each => Math.round(each / 2 ** 18) / 4)}),
  )
  expect(mirror.counts.gap).toBe(0)
  expect(mirror.contents).toEqual(await contents(kv, '/flood/'))
  expect(heaps.at(-1)! - heaps[1]!).toBeLessThan(4 * 2 ** 20)
  await mirror.stop()
  kv.close()
}, 20 * minute)
