import {expect, it} from 'vitest'
import {AlertBook, nextState, spanDerivedPoints} from '../../../src/sandbox/tael/alerts.ts'
import type {StoredPoint} from '../../../src/sandbox/tael/records.ts'
import {seedRecords} from '../../../src/sandbox/tael/seed.ts'
import {Shard} from '../../../src/sandbox/tael/store.ts'
import {startNode} from '../../helpers/sandbox-tael.ts'

const bare = {for_seconds: 0, window_seconds: 300, sinks: [], description: null, createdAtNs: 0n}
const s = (seconds: number) => BigInt(seconds) * 1_000_000_000n

it.each([
  ['does not hold', false, undefined, 0, 'ok'], ['held and no longer does', false, 5, 0, 'ok'],
  ['must not last', true, undefined, 0, 'firing'], ['must last and begins', true, undefined, 10, 'pending'],
  ['has not lasted', true, 91, 10, 'pending'], ['has lasted', true, 90, 10, 'firing'],
] as const)('a rule that %s', (_, holds, since, forSeconds, state) => {
  expect(nextState(holds, since === undefined ? undefined : s(since), forSeconds, s(100)).state).toBe(state)
})

it('tells of firing and of its end, once each, and not of waiting', () => {
  const [book, store] = [new AlertBook(), new Shard()]
  const gauge = (value: number, at: number): StoredPoint => (
    {atNs: s(at), service: 'a', name: 'depth', type: 'gauge', value, unit: '', attributes: {}})
  book.add({...bare, name: 'deep', query: 'depth > 5', for_seconds: 20})
  const pass = (value: number, at: number) => {
    store.add({points: [gauge(value, at)]})
    return book.evaluate(store, s(at)).map(event => `${event.previous_state}>${event.state}`)
  }
  const passes = [9, 9, 9, 9, 1, 1].map((value, at) => pass(value, 100 + at * 10))
  expect(passes).toEqual([[], [], ['pending>firing'], [], ['firing>ok'], []])
  expect(book.recent(5).map(event => event.state)).toEqual(['ok', 'firing'])
})

it('are looked at as soon as the process is back', async () => {
  const {node, close} = await startNode()
  node.alerts.add({...bare, name: 'any', query: 'tael:span_count >= 0'})
  await node.kill()
  await node.revive()
  expect(node.alerts.list().map(({state}) => state)).toEqual(['firing'])
  await close()
})

it('derives what the incident shows', () => {
  const store = new Shard()
  store.add(seedRecords(Date.now()))
  const points = spanDerivedPoints(store, BigInt(Date.now()) * 1_000_000n, 3_600)
  const value = (service: string, name: string) =>
    points.find(point => point.service === service && point.name === `tael:span_${name}`)?.value
  expect([value('tael', 'count'), value('tael', 'error_count')]).toEqual([114, 18])
  expect(value('payments', 'error_rate')).toBeCloseTo(1 / 3)
})
