import {expect, test} from 'vitest'
import {LeaseClient} from '../../../src/clients/lease/client.ts'
import type {LeaseEntry, LeaseStore} from '../../../src/clients/lease/store.ts'
import {ConflictError, UnreachableError} from '../../../src/clients/net/errors.ts'

const signal = new AbortController().signal
const silence = () => Promise.reject(new UnreachableError('silence'))
const conflict = () => Promise.reject(new ConflictError('moved', {code: 'WRONG_REVISION'}))

/** How a store takes one write: whether it arrives, and what is answered. */
type Fate = 'done' | 'lost after' | 'lost before' | 'replaced' | 'replaced, then silent' | 'conflict' | 'nobody there'

/** One key, whose writes meet their fates in turn. */
function world(fates: Fate[], retries: number) {
  let entry: LeaseEntry | undefined
  let isSilent = false
  const ids: (string | undefined)[] = []
  const put = (value: Uint8Array, writeId?: string) => {
    entry = {key: 'k', revision: (entry?.revision ?? 0n) + 1n, value, operation: 'PUT', writtenAtMs: 0, writeId}
    return entry.revision
  }
  const store = {
    place: 'x', describeWrite: () => '',
    read: async () => (isSilent ? silence() : entry),
    async write(_key: string, value: Uint8Array, expected: bigint, _signal: AbortSignal, id?: string) {
      ids.push(id)
      const fate = fates.shift()!
      if (fate === 'conflict') put(new Uint8Array([1]))
      if (fate === 'nobody there') throw new UnreachableError('none', {code: 'NO_RESPONDERS'})
      if (fate === 'lost before') return silence()
      if ((entry?.revision ?? 0n) !== expected) return conflict()
      const revision = put(value, id)
      if (fate.startsWith('replaced')) put(new Uint8Array([1]), 'another')
      isSilent = fate === 'replaced, then silent'
      return fate === 'done' ? revision : silence()
    },
  }
  let named = 0
  const clock = {nowMs: () => 1_000_000, monotonicMs: () => 0, sleep: async () => {}}
  const client = new LeaseClient(store as unknown as LeaseStore, clock, {retries, newId: () => `id-${(named += 1)}`})
  return {client, ids, speak: () => { isSilent = false }}
}

const cases: [string, Fate[], number, string, number][] = [
  ['an answer', ['done'], 2, 'done', 1],
  ['somebody faster', ['conflict'], 2, 'not-done', 1],
  ['nobody there', ['nobody there'], 2, 'not-done', 1],
  ['lost after it was written', ['lost after'], 0, 'done', 1],
  ['lost before it was written, no more tries', ['lost before'], 0, 'unknown', 1],
  ['lost before it was written, tried again', ['lost before', 'done'], 2, 'done', 2],
  ['lost twice, the second one written', ['lost before', 'lost after'], 2, 'done', 2],
  ['lost each time', ['lost before', 'lost before', 'lost before'], 2, 'unknown', 3],
  ['lost, then nobody there, then taken', ['lost before', 'nobody there', 'done'], 2, 'done', 3],
  ['lost, then somebody faster: the first may have been there', ['lost before', 'conflict'], 2, 'unknown', 2],
  ['written and replaced before it could be seen', ['replaced'], 2, 'unknown', 1],
  ['written, then silence', ['replaced, then silent'], 2, 'unknown', 1],
]

test.each(cases)('%s', async (_name, fates, retries, state, tries) => {
  const {client, ids} = world(fates, retries)
  const change = await client.planAcquire('k', {holderId: 'a', ttlS: 60n}, signal)
  expect(await change.apply(signal)).toMatchObject({state})
  expect(ids).toEqual(Array(tries).fill('id-1'))
})

test('a change that is applied again after an unknown outcome is the same write', async () => {
  const {client, ids} = world(['lost before', 'lost after'], 0)
  const change = await client.planAcquire('k', {holderId: 'a', ttlS: 60n}, signal)
  expect(await change.apply(signal)).toMatchObject({state: 'unknown'})
  expect(await change.apply(signal)).toMatchObject({state: 'done', result: {revision: 1n}})
  expect(ids).toEqual(['id-1', 'id-1'])
})

test('reads are tried again as often as was asked for', async () => {
  const {client} = world([], 2)
  let reads = 0
  client.store.read = () => {
    reads += 1
    return reads < 3 ? silence() : Promise.resolve(undefined)
  }
  expect((await client.get('k', signal)).state).toBe('absent')
  client.store.read = () => {
    reads += 1
    return silence()
  }
  reads = 0
  await expect(client.get('k', signal)).rejects.toThrow('silence')
  expect(reads).toBe(3)
})
