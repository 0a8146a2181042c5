import {describe, expect, it} from 'vitest'
import {readAll} from '../../src/ui/once.ts'
import {snapshotData, snapshotText} from '../../src/ui/snapshot.ts'
import type {AnySource} from '../../src/ui/sources.ts'
import {fakeSources} from './fake-sources.ts'
import {verdict} from '../../src/ui/verdict.ts'
import {group, lease, leases, raft, shards} from './samples.ts'

const sourcesOf = (...list: AnySource[]) => fakeSources({list})
const page = {width: Number.POSITIVE_INFINITY, unicode: true, nowMs: 0, paint: (_: string, text: string) => text}
const world = () => readAll(sourcesOf(
  {name: 'raft', intervalMs: 1, read: async () => raft({id: 2, term: 5n}, [3])},
  {name: 'leases', intervalMs: 1, read: async () => leases(lease({key: 'orders\u001b[31m'}))},
  {name: 'tasks', intervalMs: 1, read: () => Promise.reject(new Error('nothing listens there'))},
  {name: 'logs', intervalMs: 1, onDemand: true, read: () => Promise.reject(new Error('not asked'))},
), {now: () => ({ms: 0, monotonicMs: 0}), sleep: async () => undefined, longestMs: 2_000}, new AbortController().signal)

it('says what is and what is missing, and cannot be broken by what a server sent', async () => {
  const text = snapshotText(await world(), page)
  expect(text).toContain('RAFT  leader 2, term 5, proven, 2 of 3 ready\n')
  expect(text).toContain('TASKS  MISSING: nothing listens there\n')
  expect(text).toContain('orders\\e[31m')
  expect(text).not.toContain('\u001b')
  expect(text).not.toContain('logs')
})

it('gives the same as data, null for what is missing', async () => {
  const data = snapshotData(await world(), 0)
  expect(data).toMatchObject({
    context: 'test', tasks: null, raft: {leader: {id: 2, term: 5n}, items: [{id: 1}, {id: 2}, {id: 3}]}, leases: {items: [{holder: 'exporter-a'}]},
    sources: [{name: 'raft', state: 'ok'}, {name: 'leases', state: 'ok'}, {name: 'tasks', state: 'missing', error: 'nothing listens there'}],
  })
})

describe('a group of tael that looks bad', () => {
  const looking = (...verdicts: [verdict: string, settling: boolean][]) => {
    const left = [...verdicts]
    let looks = 0
    const source: AnySource = {name: 'shards', intervalMs: 1, read: async () => {
      looks += 1
      const [verdict, settling] = left.length > 1 ? left.shift()! : left[0]!
      return shards([], [group({verdict, settling, leader: null})])
    }}
    const now = () => ({ms: 0, monotonicMs: 0})
    return readAll(sourcesOf(source), {now, sleep: async () => undefined, longestMs: 2_000}, new AbortController().signal)
      .then(({sources}) => ({looks, verdict: sources.shards!.data!.groups[0]!.verdict, met: verdict('leader', sources).met}))
  }
  it.each([
    ['at first only', [['split', true], ['ok', false]], {looks: 2, verdict: 'ok', met: false}],
    ['for good', [['split', true], ['split', true], ['split', false]], {looks: 3, verdict: 'split', met: true}],
    ['not at all', [['ok', false]], {looks: 1, verdict: 'ok', met: false}],
    ['again and again in another way', [['split', true]], {looks: 11, verdict: 'split', met: null}],
  ] as const)('%s', async (_, verdicts, expected) => {
    expect(await looking(...verdicts.map(([word, settling]): [string, boolean] => [word, settling]))).toEqual(expected)
  })
})
