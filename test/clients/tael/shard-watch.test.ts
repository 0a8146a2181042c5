import {expect, test} from 'vitest'
import {settle, verdictOf, type Settled, type Verdict} from '../../../src/clients/tael/cluster-verdict.ts'
import type {NodeStatus} from '../../../src/clients/tael/nodes.ts'
import {nodesOf, ShardWatch} from '../../../src/clients/tael/shard-watch.ts'

const leader = {coordinated: true, isLeader: true}
const standby = {coordinated: true, isLeader: false}
const alone = {coordinated: false, isLeader: null}
const silent = {coordinated: null, isLeader: null}

test.each([
  ['one leader', [leader, standby], 'ok'],
  ['one leader, one silent', [leader, silent], 'ok'],
  ['no leader', [standby, standby], 'no-leader'],
  ['the leader is silent', [standby, silent], 'no-leader'],
  ['two leaders', [leader, leader, standby], 'split'],
  ['no election', [alone, alone], 'uncoordinated'],
  ['a leader beside a node without election', [leader, alone], 'ok'],
  ['nobody says anything', [silent, silent], 'unknown'],
  ['nobody is there', [], 'unknown'],
] as const)('%s', (_name, claims, verdict) => {
  expect(verdictOf(claims)).toBe(verdict)
})

test.each<[string, [Verdict, number][], Partial<Settled>]>([
  ['a first bad look', [['split', 0]], {settling: true, sinceMs: 0}],
  ['bad for less than 3 s', [['split', 0], ['split', 2_999]], {settling: true, sinceMs: 0}],
  ['bad for 3 s', [['no-leader', 0], ['no-leader', 3_000]], {settling: false}],
  ['from one bad to another begins anew', [['no-leader', 0], ['split', 3_000]], {settling: true, sinceMs: 3_000}],
  ['well again', [['split', 0], ['ok', 100]], {verdict: 'ok', settling: false}],
  ['unknown is never in doubt', [['unknown', 0]], {settling: false}],
])('%s', (_name, looks, expected) => {
  let settled: Settled | undefined
  for (const [verdict, atMs] of looks) settled = settle(settled, verdict, atMs)
  expect(settled).toMatchObject(expected)
})

test.each([
  ['groups and the shard itself, once', {shards: {s0: 'a'}, groups: {s0: ['a', 'b']}}, ['s0 a', 's0 b']],
  ['shards without groups', {shards: {s0: 'a', s1: 'b'}}, ['s0 a', 's1 b']],
  ['one server', {url: 'u'}, ['default u']],
  ['nothing', {}, []],
])('nodes of a context: %s', (_name, section, nodes) => {
  expect(nodesOf(section).map(node => `${node.shard} ${node.url}`)).toEqual(nodes)
})

test('looks on until a bad verdict has lasted or gone', async () => {
  const looks = [[leader, leader], [leader, leader], [leader, standby]]
  let nowMs = 0
  const clock = {nowMs: () => 0, monotonicMs: () => nowMs, sleep: async (ms: number) => void (nowMs += ms)}
  const probe = {
    probe: async () => (looks.shift() ?? [])
      .map((claim, n) => ({...claim, shard: 's0', url: `u${n}`, nodeId: `n${n}`, healthy: true}) as NodeStatus),
    close: async () => {},
  }
  const status = await new ShardWatch(probe, clock).settle()
  expect(status.groups).toEqual([{shard: 's0', nodes: 2, healthy: 2, leader: 'n0', verdict: 'ok', settling: false}])
  expect(nowMs).toBe(1_000)
})
