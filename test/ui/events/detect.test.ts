import {describe, expect, it} from 'vitest'
import {detect, type Memories} from '../../../src/ui/events/detect.ts'
import type {Readings, SourceName} from '../../../src/ui/model.ts'
import {alerts, directive, directives, group, lease, leases, raft, rule, shardNode, shards, task, tasks} from '../samples.ts'

/** The kinds that each reading after the first one brings. */
function kinds<N extends SourceName>(name: N, readings: readonly (Readings[N] | {nowMs: number; reading: Readings[N]})[]): string[][] {
  let memories: Memories = {}
  return readings.map(each => {
    const {reading, nowMs} = ('nowMs' in each ? each : {reading: each, nowMs: 0}) as {reading: Readings[N]; nowMs: number}
    const seen = detect(memories, name, reading, nowMs)
    memories = seen.memories
    return seen.happened.map(({kind, subject}) => `${kind}: ${subject}`)
  })
}

const notReady = (id: number) => {
  const reading = raft({id: 1, term: 2n})
  return {...reading, items: reading.items.map(node => (node.id === id ? {...node, ready: false} : node))}
}

describe('a Raft cluster', () => {
  it.each([
    ['says nothing at first', [raft(null, [1])], [[]]],
    ['and nothing while all is the same', [raft({id: 1, term: 2n}), raft({id: 1, term: 2n})], [[], []]],
    ['fails over: lost once, changed once', [raft({id: 1, term: 2n}), raft(null, [1]), raft(null, [1]), raft({id: 2, term: 3n}, [1]), raft({id: 2, term: 3n})],
      [[], ['node lost: raft 1', 'leader lost: raft'], [], ['leader changed: raft'], ['node back: raft 1']]],
    ['changes between two readings', [raft({id: 1, term: 2n}), raft({id: 2, term: 3n})], [[], ['leader changed: raft']]],
    ['the same leader in a new term is a change', [raft({id: 1, term: 2n}), raft({id: 1, term: 4n})], [[], ['leader changed: raft']]],
    ['is not lost when it answers that it is not ready', [raft({id: 1, term: 2n}), notReady(3)], [[], []]],
    ['the same leader in the same term is only back', [raft({id: 1, term: 2n}), raft(null), raft({id: 1, term: 2n})],
      [[], ['leader lost: raft'], ['leader back: raft']]],
  ])('%s', (_, readings, expected) => expect(kinds('raft', readings)).toEqual(expected))
})

describe('shards', () => {
  const [up, down] = [shardNode({url: 'http://a'}), shardNode({url: 'http://a', healthy: false, latencyMs: null})]
  it.each([
    ['lost and back, once each', [shards([up]), shards([down]), shards([down]), shards([up])], [[], ['shard lost: http://a'], [], ['shard back: http://a']]],
    ['a change of leader that settles is no split',
      [shards([], [group()]), shards([], [group({verdict: 'split', leader: null, settling: true})]), shards([], [group({leader: 'b'})])],
      [[], [], ['leader changed: s0']]],
    ['a split that lasts is told once, and its end',
      [shards([], [group()]), shards([], [group({verdict: 'split', leader: null})]), shards([], [group({verdict: 'split', leader: null})]), shards([], [group()])],
      [[], ['split: s0'], [], ['healed: s0']]],
    ['silence is not a verdict', [shards([], [group({verdict: 'no-leader', leader: null})]), shards([], [group({verdict: 'unknown', leader: null})]),
      shards([], [group({verdict: 'no-leader', leader: null})])], [[], [], []]],
  ])('%s', (_, readings, expected) => expect(kinds('shards', readings)).toEqual(expected))
})

describe('tasks', () => {
  const stale = task({task: 't', state: 'stale'})
  const takenOver = task({task: 't', holder: 'pod-b', claimedAt: '2026-11-21T10:31:00.000000Z', staleAt: '2026-11-21T11:01:00.000000Z'})
  const early = task({task: 't', holder: 'pod-b', claimedAt: '2026-11-21T10:20:00.000000Z', staleAt: '2026-11-21T10:50:00.000000Z'})
  it.each([
    ['stuck once, then taken over', [tasks([task({task: 't'})]), tasks([stale]), tasks([stale]), tasks([takenOver])],
      [[], ['task stuck: t'], [], ['task taken over: t']]],
    ['taken over between two readings', [tasks([task({task: 't'})]), tasks([takenOver])], [[], ['task taken over: t']]],
    ['released and claimed by another is no take-over', [tasks([task({task: 't'})]), tasks([early])], [[], []]],
    ['an update in flight is not forgotten', [tasks([task({task: 't'})]), tasks([], ['t']), tasks([takenOver])], [[], [], ['task taken over: t']]],
    ['claimed twice, told once', [tasks([task({task: 't'})]), tasks([task({task: 't', rows: 2})]), tasks([task({task: 't', rows: 2})])],
      [[], ['task claimed twice: t'], []]],
  ])('%s', (_, readings, expected) => expect(kinds('tasks', readings)).toEqual(expected))
})

describe('leases', () => {
  const other = {holder: 'exporter-b', revision: 9n}
  it.each([
    ['expired once, then taken over', [leases(lease({key: 'k'})), leases(lease({key: 'k', state: 'expired'})), leases(lease({key: 'k', state: 'expired'})), leases(lease({key: 'k', ...other}))],
      [[], ['lease expired: k'], [], ['lease taken over: k']]],
    ['taken over between two readings', [leases(lease({key: 'k'})), leases(lease({key: 'k', ...other}))], [[], ['lease taken over: k']]],
    ['the next round of a completed one is no news', [leases(lease({key: 'k', state: 'completed'})), leases(lease({key: 'k', ...other}))], [[], []]],
    ['nor is a new one of the same holder', [leases(lease({key: 'k', state: 'expired'})), leases(lease({key: 'k', revision: 9n}))], [[], []]],
  ])('%s', (_, readings, expected) => expect(kinds('leases', readings)).toEqual(expected))
})

describe('directives', () => {
  const live = directive({id: 'd', endsAtMs: 1_000})
  const over = directive({id: 'd', endsAtMs: 1_000, state: 'expired'})
  const at = (nowMs: number, reading: Readings['directives']) => ({nowMs, reading})
  it.each([
    ['expired and still listed: once', [at(0, directives([live])), at(1_001, directives([over])), at(1_002, directives([over])), at(2_000, directives([]))],
      [[], ['directive expired: d'], [], []]],
    ['expired and gone at once', [at(0, directives([live])), at(1_001, directives([])), at(1_002, directives([]))], [[], ['directive expired: d'], []]],
    ['revoked', [at(0, directives([live])), at(500, directives([]))], [[], ['directive revoked: d']]],
    ['published, also again after its end', [at(0, directives([])), at(1, directives([live])), at(1_001, directives([])), at(1_002, directives([directive({id: 'd', endsAtMs: 9_000})]))],
      [[], ['directive published: d'], ['directive expired: d'], ['directive published: d']]],
    ['an instance that is silent takes nothing away', [at(0, directives([live])), at(1, directives([], ['proxy 1'])), at(2, directives([live]))], [[], [], []]],
  ])('%s', (_, readings, expected) => expect(kinds('directives', readings)).toEqual(expected))
})

it('tells an alert of each shard once, also when the shard is away meanwhile', () => {
  const firing = rule({name: 'slow', shard: 's0', state: 'firing'})
  expect(kinds('alerts', [alerts(rule({name: 'slow', shard: 's0'})), alerts(firing), alerts(), alerts(firing), alerts(rule({name: 'slow', shard: 's0'}))]))
    .toEqual([[], ['alert firing: s0/slow'], [], [], ['alert resolved: s0/slow']])
})

it('leaves sources without a rule alone', () => {
  expect(detect({}, 'logs', {items: [], missing: []}, 0)).toEqual({memories: {}, happened: []})
})
