import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {systemClock} from '../../../src/clients/net/deadline.ts'
import {RaftKv} from '../../../src/clients/raft/kv.ts'
import type {Caller} from '../../../src/clients/raft/caller.ts'
import {openNodes} from '../../../src/clients/raft/node.ts'
import {RpcError} from '../../../src/clients/raft/rpc-error.ts'
import {runBin} from '../../helpers/cli.ts'
import {contents, flood, floodCounter, Havoc, lostOf, Mirror, openKv, throughFailovers} from '../../contract/raft-kv.ts'
import {startCluster, type RaftCluster} from './start.ts'

const signal = AbortSignal.timeout(600_000)
const bytes = (text: string) => Buffer.from(text)
let cluster: RaftCluster
let havoc: Havoc
let kv: RaftKv
let folder: string

beforeAll(async () => {
  cluster = await startCluster()
  havoc = await Havoc.of(cluster)
  kv = await openKv(cluster)
  folder = mkdtempSync(join(tmpdir(), 'opsdeck-raft-kv-'))
  writeFileSync(
    join(folder, 'config.yaml'), JSON.stringify({current: 't', contexts: {t: {raft: {endpoints: cluster.endpoints}}}}),
    {mode: 0o600},
  )
  await havoc.whole()
}, 60_000)

afterAll(async () => {
  havoc?.close()
  kv?.close()
  await cluster?.dispose()
  rmSync(folder, {recursive: true, force: true})
})

const ctl = (words: string[], more: {input?: string; limitMs?: number} = {}) =>
  runBin('ctl', ['raft', 'kv', ...words], {
    env: {OPSDECK_CONFIG: join(folder, 'config.yaml'), XDG_STATE_HOME: folder}, ...more,
  })
const put = async (key: string, value: string) =>
  (await kv.planPut(bytes(key), bytes(value), {force: false}, signal)).apply(signal)

describe('by the command', () => {
  test('put, get, scan, swap, delete; bytes go in and out as they are', async () => {
    const raw = Buffer.from(Array.from({length: 256}, (_, at) => at))
    writeFileSync(join(folder, 'raw'), raw)
    expect(await ctl(['put', '/cli/raw', '--in', join(folder, 'raw')])).toMatchObject({code: 0, stderr: ''})
    expect((await ctl(['get', '/cli/raw', '--out', join(folder, 'back')])).code).toBe(0)
    expect(readFileSync(join(folder, 'back')).equals(raw)).toBe(true)
    expect((await ctl(['get', '/cli/raw'])).stdout).toContain('0x000102')
    expect((await ctl(['put', '/cli/text', '--in', '-'], {input: 'größe\n'})).code).toBe(0)
    expect((await ctl(['get', '/cli/text', '--out', '-'])).stdout).toBe('größe\n')
    expect((await ctl(['scan', '/cli/', '-o', 'name'])).stdout).toBe('/cli/raw\n/cli/text\n')
    expect((await ctl(['cas', '/cli/text', 'b', '--expect-absent'])).code).toBe(7)
    expect((await ctl(['cas', '/cli/text', '', '--expect', 'größe\n'])).code).toBe(0)
    expect((await ctl(['cas', '/cli/text', 'c', '--expect-empty', '-o', 'json'])).code).toBe(0)
    expect((await ctl(['delete', '/cli/text'])).code).toBe(12)
    expect(JSON.parse((await ctl(['delete', '/cli/text', '--yes', '-o', 'json'])).stdout)).toMatchObject({
      before: {value: 'c'}, after: null,
    })
    expect((await ctl(['get', '/cli/text'])).code).toBe(2)
  }, 60_000)

  test.each([
    [['put', 'k', 'v', '--ttl', '5s'], 12, 'TTL_OFF'], [['put', '', 'v'], 3, 'EMPTY_KEY'],
    [['watch', 'app'], 3, 'BAD_PREFIX'],
    [['put', 'k', '--in', 'LARGE'], 12, 'LARGE_VALUE'], [['put', 'k', '--force', '--in', 'HUGE'], 3, 'VALUE_TOO_LARGE'],
    [['put', 'k', 'xyz', '--encoding', 'hex'], 3, 'BAD_ENCODING'], [['get', 'k', '--node', '9'], 3, 'UNKNOWN_NODE'],
    [['put', 'k'], 3, 'USAGE'],
  ])('%j ends with %i %s, and nothing was written', async (words, code, name) => {
    writeFileSync(join(folder, 'LARGE'), Buffer.alloc(256 * 1024 + 1))
    writeFileSync(join(folder, 'HUGE'), Buffer.alloc(4 * 1024 * 1024))
    const ran = await ctl([...words.map(word => (/^[A-Z]+$/.test(word) ? join(folder, word) : word)), '-o', 'jsonl'])
    expect(ran).toMatchObject({code, stdout: ''})
    expect(JSON.parse(ran.stderr)).toMatchObject({code: name})
    expect(await contents(kv, 'k')).toEqual({})
  })

  test('a large value goes in when forced, and comes out whole', async () => {
    const large = Buffer.alloc(3 * 1024 * 1024, 'large ')
    writeFileSync(join(folder, 'large'), large)
    expect(await ctl(['put', '/large', '--force', '--in', join(folder, 'large')])).toMatchObject({
      code: 0, stderr: expect.stringContaining('warning'),
    })
    expect((await ctl(['get', '/large', '--out', join(folder, 'large-back')])).code).toBe(0)
    expect(readFileSync(join(folder, 'large-back')).equals(large)).toBe(true)
    expect((await ctl(['delete', '/large', '--yes'])).code).toBe(0)
  }, 60_000)
})

test('each consistency, by each node', async () => {
  await put('/c', 'one')
  const leader = await havoc.leader()
  const follower = Object.keys(cluster.endpoints).map(Number).find(id => id !== leader)!
  for (const consistency of ['linearizable', 'lease', 'eventual'] as const) {
    for (const node of [leader, undefined]) {
      expect((await kv.reader.get([bytes('/c'), bytes('/none')], consistency, node, signal)).values[1]).toBeUndefined()
    }
    expect((await kv.reader.get([bytes('/c')], consistency, leader, signal)).values).toEqual([bytes('one')])
  }
  const read = async () => (await kv.reader.get([bytes('/c')], 'eventual', follower, signal)).values[0]?.toString()
  await expect.poll(read, {timeout: 10_000}).toBe('one')
  await expect(kv.reader.get([bytes('/c')], 'linearizable', follower, signal)).rejects.toMatchObject({
    code: 'NOT_LEADER', exit: 4,
  })
})

test('3 failovers and a dead follower: what was said of each write is so, and a watcher has it all', async () => {
  const {loop, tally, told, mirrored, stored} = await throughFailovers(cluster, 3)
  expect(loop.broken).toEqual([])
  expect(loop.done).toBeGreaterThan(20)
  expect(tally.wrong).toEqual([])
  expect(tally.counted).toBeGreaterThanOrEqual(tally.done)
  expect(tally.counted).toBeLessThanOrEqual(tally.done + tally.unknown)
  expect(told.gap).toBeGreaterThan(0)
  expect(told.watching).toBe(told.gap + 1)
  expect(mirrored).toEqual(stored)
}, 180_000)

/** A store whose first write is preceded by what a test wants to happen just then. */
function interrupted(before: (leader: number) => Promise<void>, patienceMs: number): {kv: RaftKv; close: () => void} {
  const nodes = openNodes({endpoints: cluster.endpoints, timeoutMs: 1_000, monotonicMs: () => performance.now()})
  let isFirst = true
  const callers = nodes.map((node): Caller => ({
    id: node.id, endpoint: node.endpoint, stream: node.stream.bind(node),
    call: async (name, request, abort) => {
      const isNow = name === 'write' && isFirst
      if (isNow) {
        isFirst = false
        await before(node.id)
      }
      return node.call(name, request, abort)
    },
  }))
  return {
    kv: new RaftKv(callers, {clock: systemClock, patienceMs, areLeasesOn: false}),
    close: () => nodes.forEach(node => node.close()),
  }
}

const others = (leader: number) => Object.keys(cluster.endpoints).map(Number).filter(id => id !== leader)

test('the quorum lost at the moment of the write: unknown, never "failed"; it comes when the quorum does', async () => {
  const late = interrupted(async leader => void await Promise.all(others(leader).map(id => cluster.kill(id))), 1_500)
  const change = await late.kv.planPut(bytes('/late'), bytes('late'), {force: false}, signal)
  const leader = await havoc.leader()
  expect(await change.apply(signal)).toMatchObject({state: 'unknown', error: {exit: 4}})
  for (const id of others(leader)) cluster.restart(id)
  await havoc.whole()
  await expect.poll(() => contents(kv, '/late'), {timeout: 10_000}).toEqual({'/late': 'late'})
  late.close()
}, 120_000)

test('the leader frozen at the moment of the write: read back from the next one, and so it stays after the thaw', async () => {
  const frozen = {id: 0}
  const cold = interrupted(async leader => cluster.freeze(frozen.id = leader), 10_000)
  const outcome = await (await cold.kv.planPut(bytes('/cold'), bytes('cold'), {force: false}, signal)).apply(signal)
  expect(outcome.state).toBe('not-done')
  expect(outcome).toMatchObject({error: {code: 'NOT_WRITTEN'}})
  cluster.thaw(frozen.id)
  await havoc.whole()
  await systemClock.sleep(1_000)
  expect(await contents(kv, '/cold')).toEqual({})
  cold.close()
}, 120_000)

test('the last answer lost at a swap: mine with a token, unknown without one', async () => {
  for (const [unique, state] of [[true, 'done'], [false, 'unknown']] as const) {
    const nodes = openNodes({endpoints: cluster.endpoints, timeoutMs: 1_000, monotonicMs: () => performance.now()})
    let swaps = 0
    const callers = nodes.map((node): Caller => ({
      id: node.id, endpoint: node.endpoint, stream: node.stream.bind(node),
      call: async (name, request, abort) => {
        const answer = await node.call(name, request, abort)
        if (name === 'write' && (swaps += 1) === 1) throw new RpcError(14, 'lost on the way', {sent: true})
        return answer
      },
    }))
    const own = new RaftKv(callers, {clock: systemClock, patienceMs: 5_000, areLeasesOn: false})
    const change = await own.planCas(
      bytes(`/mine-${unique}`), bytes('me#1'), {expected: undefined, unique, force: false}, signal,
    )
    expect(await change.apply(signal)).toMatchObject({state})
    nodes.forEach(node => node.close())
  }
})

test('2,000 events come through, each once', async () => {
  const {seen, onPut} = floodCounter(2_000)
  const mirror = new Mirror(kv, '/flood/', {onPut})
  await expect.poll(() => mirror.counts.watching, {timeout: 10_000}).toBe(1)
  const taken = await flood(cluster, 2_000, async () => {})
  const sum = taken.reduce((total, each) => total + each)
  expect(sum).toBeGreaterThan(1_000)
  // A put that was not taken may be told too, so their number alone does not say that the last one has come.
  await expect.poll(() => lostOf(taken, seen), {timeout: 30_000}).toEqual([])
  expect(mirror.counts.put).toBeGreaterThanOrEqual(sum)
  expect(mirror.counts.gap).toBe(0)
  expect(mirror.contents).toEqual(await contents(kv, '/flood/'))
  await mirror.stop()
}, 120_000)

test('a frozen node breaks no stream of the others, and none of its own when it wakes in time', async () => {
  const leader = await havoc.leader()
  const nodes = openNodes({endpoints: cluster.endpoints, timeoutMs: 1_000, monotonicMs: () => performance.now()})
  const own = new RaftKv(nodes, {clock: systemClock, patienceMs: 10_000, areLeasesOn: false})
  const [seen, ended] = [new Set<number>(), new Set<number>()]
  await Promise.all(nodes.map(node => new Promise<void>(resolve => node.stream('watch', {
    key: bytes('/ice/'), prefix: true,
  }, {
    opened: resolve, item: () => void seen.add(node.id), ended: () => void ended.add(node.id),
  }))))
  const [frozen] = others(leader)
  cluster.freeze(frozen!)
  // Well over the 20 calls that would make a node close their connection when it wakes.
  for (let round = 0; round < 40; round += 1) {
    own.leader.forget()
    await own.reader.get([bytes('/c')], 'linearizable', undefined, signal)
  }
  await systemClock.sleep(2_000)
  cluster.thaw(frozen!)
  await put('/ice/a', 'melted')
  await expect.poll(() => [...seen].sort(), {timeout: 10_000}).toEqual([1, 2, 3])
  expect([...ended]).toEqual([])
  nodes.forEach(node => node.close())
}, 60_000)

test('a watch at a leader that freezes goes on at the next one, by itself', async () => {
  const own = await openKv(cluster)
  const mirror = new Mirror(own, '/stiff/')
  await expect.poll(() => mirror.counts.watching, {timeout: 10_000}).toBe(1)
  const leader = await havoc.leader()
  cluster.freeze(leader)
  expect(await put('/stiff/a', 'x')).toMatchObject({state: 'done'})
  await expect.poll(() => mirror.contents, {timeout: 30_000}).toEqual({'/stiff/a': 'x'})
  expect(mirror.counts).toMatchObject({gap: 1, watching: 2})
  cluster.thaw(leader)
  await havoc.whole()
  await mirror.stop()
  own.close()
}, 90_000)

test('120 streams to one node leave its calls alone', async () => {
  const nodes = openNodes({endpoints: cluster.endpoints, timeoutMs: 1_000, monotonicMs: () => performance.now()})
  const node = nodes.find(({id}) => String(id) === String(Object.keys(cluster.endpoints)[0]))!
  let seen = 0
  await Promise.all(Array.from({length: 120}, () => new Promise<void>((resolve, reject) => {
    node.stream('watch', {key: bytes('/many/'), prefix: true}, {
      opened: resolve, item: () => void (seen += 1), ended: reject,
    })
  })))
  expect((await node.call('read', {keys: [bytes('/c')], policy: 2})).read?.results).toHaveLength(1)
  await put('/many/a', 'x')
  await expect.poll(() => seen, {timeout: 10_000}).toBe(120)
  nodes.forEach(each => each.close())
}, 60_000)
