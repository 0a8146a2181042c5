import {afterAll, beforeAll, expect, test} from 'vitest'
import {systemClock} from '../../../src/clients/net/deadline.ts'
import {createNodeProbe} from '../../../src/clients/tael/nodes.ts'
import {ShardWatch} from '../../../src/clients/tael/shard-watch.ts'
import {runBin} from '../../helpers/cli.ts'
import {taelContext} from '../../helpers/context.ts'
import {dispose, startLeader, startPair, startSplit, startTael, startTier, type TaelNode} from './start.ts'
import {until} from './wal-server.ts'

let pair: {a: TaelNode; b: TaelNode}
let old: TaelNode
let apart: TaelNode[]
beforeAll(async () => {
  ;[pair, old, apart] = await Promise.all([startPair(), startTael(), startSplit()])
})
afterAll(() => dispose(pair?.a, pair?.b, old, ...(apart ?? [])))

interface Status {
  items: Record<string, unknown>[]
  groups: {shard: string; verdict: string; leader: string | null; settling: boolean}[]
}

/** The command on a context with these groups. */
async function shards(groups: Record<string, TaelNode[]>, ...words: string[]) {
  const urls = Object.fromEntries(Object.entries(groups).map(([name, nodes]) => [name, nodes.map(node => node.url)]))
  const ran = await runBin('tael', ['shards', ...words], {env: {XDG_CONFIG_HOME: taelContext({groups: urls})}})
  return {...ran, looks: () => ran.stdout.trim().split('\n').map(line => JSON.parse(line) as Status)}
}

function watching(...nodes: [shard: string, node: TaelNode][]) {
  const probe = createNodeProbe(nodes.map(([shard, {url}]) => ({shard, url})), {
    timeoutMs: 800, connectTimeoutMs: 500, retries: 0, clock: systemClock,
  })
  return {watch: new ShardWatch(probe, systemClock), probe}
}

test('a pair has one leader, and a node without election is uncoordinated', async () => {
  const {watch, probe} = watching(['p', pair.a], ['p', pair.b], ['s', old])
  await until(async () => (await watch.look()).groups[0]!.verdict === 'ok', 15_000)
  const {items, groups} = await watch.settle()
  expect(groups).toEqual([
    {shard: 'p', nodes: 2, healthy: 2, leader: 'node-a', verdict: 'ok', settling: false},
    {shard: 's', nodes: 1, healthy: 1, leader: null, verdict: 'uncoordinated', settling: false},
  ])
  expect(items.map(node => [node.nodeId, node.isLeader, node.version, node.ready])).toEqual([
    ['node-a', true, '0.5.15', true], ['node-b', false, '0.5.15', true], [null, null, '0.5.15', true],
  ])
  await probe.close()
})

test('two nodes that do not hear of each other are a split that lasts', async () => {
  const {code, stdout} = await shards({apart, s: [old]}, '-o', 'json')
  const {items, groups} = JSON.parse(stdout) as Status
  expect(code).toBe(9)
  expect(groups.map(({shard, verdict, settling}) => [shard, verdict, settling])).toEqual([
    ['apart', 'split', false], ['s', 'uncoordinated', false],
  ])
  expect(items.map(node => node['role'])).toEqual(['leader', 'leader', 'uncoordinated'])
  expect((await shards({apart})).stdout).toContain('apart: split (2 of 2 up)')
})

test('a leader with a standby, and a query tier, run without election: uncoordinated, and well', async () => {
  const standby = await startTael()
  const leader = await startLeader([standby])
  const tier = await startTier([leader])
  const {code, stdout} = await shards({s0: [leader, standby], tier: [tier]}, '-o', 'json')
  expect([code, (JSON.parse(stdout) as Status).groups.map(group => group.verdict)]).toEqual([
    0, ['uncoordinated', 'uncoordinated'],
  ])
  const env = {XDG_CONFIG_HOME: taelContext({url: tier.url, shards: {s0: leader.url}})}
  const through = await runBin('tael', ['metrics', '--via', 'query-tier'], {env})
  expect(through.stderr).toMatch(
    /shards that fail are left out without a word.*30 s.*means of percentiles.*duplicates stay/,
  )
  await dispose(tier, leader, standby)
})

test('one server that is named is looked at, whatever the context says', async () => {
  const env = {XDG_CONFIG_HOME: taelContext({groups: {apart: apart.map(node => node.url)}})}
  for (const words of [['--server', old.url], ['--port-rest', String(old.port)]]) {
    const {code, stdout} = await runBin('tael', ['shards', ...words, '-o', 'json'], {env})
    expect([code, (JSON.parse(stdout) as Status).items.map(node => node['url'])]).toEqual([0, [old.url]])
  }
  expect(await runBin('tael', ['shards', '--shard', 'aprt'], {env})).toMatchObject({
    code: 3, stderr: expect.stringContaining('did you mean apart?'),
  })
  expect((await runBin('tael', ['shards', '--via', 'query-tier'], {env})).code).toBe(3)
  expect((await runBin('tael', ['shards', '--watch', '0s'], {env})).code).toBe(3)
})

test('a leader that thaws leads beside the other for a moment, which is never told as a split', async () => {
  const {watch, probe} = watching(['p', pair.a], ['p', pair.b])
  const seen = new Set<string>()
  const untilLeads = (leader: string) => until(async () => {
    const [group] = (await watch.look()).groups
    seen.add(`${group!.verdict}${group!.settling ? ', settling' : ''}`)
    return group!.leader === leader
  }, 40_000)
  pair.a.freeze()
  await untilLeads('node-b')
  pair.a.thaw()
  await until(async () => (await watch.look()).groups[0]!.verdict === 'split', 5_000)
  const settled = await shards({p: [pair.a, pair.b]}, '-o', 'json')
  expect([settled.code, (JSON.parse(settled.stdout) as Status).groups[0]!.verdict]).toEqual([0, 'ok'])
  await untilLeads('node-a')
  expect([...seen]).not.toContain('split')
  await probe.close()
})

test('with the leader killed the other takes over; in between there is no leader', async () => {
  const {watch, probe} = watching(['p', pair.a], ['p', pair.b])
  const followed = shards({p: [pair.a, pair.b]}, '--watch', '500ms', '--count', '24', '-o', 'jsonl')
  await new Promise(resolve => setTimeout(resolve, 1_500))
  await pair.a.kill()
  const seen = new Set<string>()
  await until(async () => {
    const [group] = (await watch.look()).groups
    seen.add(group!.verdict)
    return group!.leader === 'node-b'
  }, 30_000)
  expect([...seen]).toEqual(['no-leader', 'ok'])
  const {looks, code} = await followed
  const told = looks().map(
    ({groups: [group]}) => `${group!.verdict}${group!.settling ? ', settling' : ''} ${group!.leader}`,
  )
  expect(told.filter((each, n) => each !== told[n - 1])).toEqual([
    'ok node-a', 'no-leader, settling null', 'no-leader null', 'ok node-b',
  ])
  expect(code).toBe(9)
  const {items} = await watch.look()
  expect(items[0]).toMatchObject({
    healthy: false, ready: null, coordinated: null, error: expect.stringContaining('nothing listens'),
  })
  await probe.close()
})

test('a frozen node is down within the time limit, and the others are told', async () => {
  const {watch, probe} = watching(['s', old], ['p', pair.b])
  old.freeze()
  try {
    const {items} = await watch.look()
    expect(items.map(node => node.healthy)).toEqual([false, true])
  } finally {
    old.thaw()
  }
  await probe.close()
})
