import {afterAll, beforeAll, expect, test} from 'vitest'
import {systemClock} from '../../../src/clients/net/deadline.ts'
import {createNodeProbe} from '../../../src/clients/tael/nodes.ts'
import {ShardWatch} from '../../../src/clients/tael/shard-watch.ts'
import {dispose, startPair, startTael, type TaelNode} from './start.ts'
import {until} from './wal-server.ts'

let pair: {a: TaelNode; b: TaelNode}
let old: TaelNode
beforeAll(async () => {
  ;[pair, old] = await Promise.all([startPair(), startTael()])
})
afterAll(() => dispose(pair?.a, pair?.b, old))

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

test('with the leader killed the other takes over; in between there is no leader', async () => {
  const {watch, probe} = watching(['p', pair.a], ['p', pair.b])
  await pair.a.kill()
  const seen = new Set<string>()
  await until(async () => {
    const [group] = (await watch.look()).groups
    seen.add(group!.verdict)
    return group!.leader === 'node-b'
  }, 30_000)
  expect([...seen]).toEqual(['no-leader', 'ok'])
  const {items} = await watch.look()
  expect(items[0]).toMatchObject({healthy: false, ready: null, coordinated: null, error: expect.stringContaining('nothing listens')})
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
