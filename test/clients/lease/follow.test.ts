import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {LeaseClient} from '../../../src/clients/lease/client.ts'
import {followLeases, isMet, waitForLease, type LeaseEvent, type Wanted} from '../../../src/clients/lease/follow.ts'
import type {LeaseState} from '../../../src/clients/lease/rules.ts'
import {SqliteLeaseStore} from '../../../src/clients/lease/sqlite-store.ts'
import {UnreachableError} from '../../../src/clients/net/errors.ts'

const record = {holderId: 'a', acquiredAtUnixS: 0n, expiresAtUnixS: 60n}
const done = {...record, completedAtUnixS: 5n, completedCursorHex: ''}
const states: Record<string, LeaseState> = {
  absent: {state: 'absent', revision: 0n}, garbage: {state: 'unparseable', revision: 1n},
  live: {state: 'live', revision: 1n, record},
  expired: {state: 'expired', revision: 1n, record}, done: {state: 'live', revision: 1n, record: done},
  idle: {state: 'expired', revision: 1n, record: done},
}
const met: [string, Wanted, string[]][] = [
  ['free', {kind: 'free'}, ['absent', 'garbage', 'expired', 'idle']], ['held', {kind: 'held'}, ['live']],
  ['completed', {kind: 'completed'}, ['done', 'idle']], ['held by a', {kind: 'held-by', holder: 'a'}, ['live']],
  ['held by b', {kind: 'held-by', holder: 'b'}, []],
]

test.each(met)('%s', (_name, wanted, names) => {
  expect(Object.keys(states).filter(name => isMet(wanted, states[name]!))).toEqual(names)
})

let folder: string
let nowMs: number
let store: SqliteLeaseStore
let client: LeaseClient
const stop = () => new AbortController()
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'opsdeck-follow-'))
  nowMs = 1_000_000
  store = new SqliteLeaseStore({path: join(folder, 'leases.db'), busyTimeoutMs: 1_000, nowMs: () => nowMs})
  client = new LeaseClient(store, {nowMs: () => nowMs, monotonicMs: () => nowMs, sleep: async () => {}})
})
afterEach(async () => {
  await store.close()
  rmSync(folder, {recursive: true})
})

const signal = new AbortController().signal
const take = async (key: string, holderId: string, ttlS = 60n) =>
  (await client.planAcquire(key, {holderId, ttlS}, signal)).apply(signal)
const giveBack = async (key: string) => (await client.planAbandon(key, {}, signal)).apply(signal)

/** Follows; each sleep runs the next step, and after the last the following ends. */
async function followed(steps: (() => Promise<unknown>)[], key?: string): Promise<string[]> {
  const end = stop()
  const left = [...steps]
  const events: LeaseEvent[] = []
  const clock = {
    nowMs: () => nowMs, monotonicMs: () => nowMs,
    sleep: async () => {
      nowMs += 1_000
      const step = left.shift()
      if (step) await step()
      else end.abort()
    },
  }
  for await (const event of followLeases(client, {key, intervalMs: 1_000, clock, signal: end.signal})) {
    events.push(event)
  }
  return events.map(each => ('state' in each
    ? `${each.event} ${each.key} ${each.state.state}${each.missed ? ' missed' : ''}`
    : 'silentMs' in each ? `${each.event} after ${each.silentMs}` : each.event))
}

describe('following', () => {
  test('what is there, then each write, and what runs out', async () => {
    await take('x', 'a', 3n)
    expect(await followed([() => take('y', 'b'), () => giveBack('y'), async () => undefined, () => take('x', 'c')]))
      .toEqual(['present x live', 'added y live', 'modified y absent', 'lapsed x expired', 'modified x live'])
  })

  test('every write of one interval is told, in order', async () => {
    await take('x', 'a')
    expect(await followed([async () => {
      await giveBack('x')
      await take('x', 'b')
    }])).toEqual(['present x live', 'modified x absent', 'modified x live'])
  })

  test('a write between the mark and the list is told once', async () => {
    const {changes} = store
    store.changes = async mark => {
      store.changes = changes
      const found = await changes.call(store, mark)
      await take('x', 'a')
      return found
    }
    expect(await followed([async () => undefined])).toEqual(['present x live'])
  })

  test('one key only', async () => {
    await take('x', 'a')
    expect(await followed([() => take('y', 'b'), () => giveBack('x')], 'x')).toEqual([
      'present x live', 'modified x absent',
    ])
  })

  test('silence and its end are told once each; what was written meanwhile follows', async () => {
    await take('x', 'a')
    const {changes} = store
    const silence = async () => {
      // It takes ten seconds until a look is given up: they are part of the silence.
      store.changes = () => {
        nowMs += 10_000
        return Promise.reject(new UnreachableError('silence'))
      }
    }
    expect(await followed([silence, () => giveBack('x'), async () => {
      store.changes = changes
    }])).toEqual(['present x live', 'unreachable', 'reachable after 22000', 'modified x absent'])
  })

  test('a store that was made anew is said to be', async () => {
    await take('x', 'a')
    await take('x2', 'a')
    expect(await followed([async () => {
      await store.close()
      rmSync(join(folder, 'leases.db'))
      await take('y', 'b')
    }])).toEqual(['present x live', 'present x2 live', 'recreated', 'present y live'])
  })

  test('a write that was replaced before it was seen is missed', async () => {
    await take('x', 'a')
    const {changes} = store
    expect(await followed([async () => {
      await giveBack('x')
      await take('x', 'b')
      store.changes = async mark => {
        const found = await changes.call(store, mark)
        return found && {
          ...found, entries: found.entries.slice(-1).map(entry => ({...entry, previousRevision: entry.revision - 1n})),
        }
      }
    }])).toEqual(['present x live', 'modified x live missed'])
  })
})

describe('waiting', () => {
  const options = (sleep: () => Promise<void>, told: string[] = []) =>
    ({
      intervalMs: 1, clock: {nowMs: () => nowMs, monotonicMs: () => nowMs, sleep}, signal,
      onSilence: (error: Error) => told.push(error.message),
    })

  test('ends when it is so, over a silence', async () => {
    await take('x', 'a')
    const {read} = store
    const told: string[] = []
    const steps = [async () => {
      store.read = () => Promise.reject(new UnreachableError('silence'))
    }, async () => {
      store.read = read
      await giveBack('x')
    }]
    expect((await waitForLease(client, 'x', {kind: 'free'}, options(async () => steps.shift()!(), told))).state).toBe(
      'absent',
    )
    expect(told).toEqual(['silence'])
  })

  test('rejects when the store cannot be read at the start', async () => {
    store.read = () => Promise.reject(new UnreachableError('silence'))
    await expect(waitForLease(client, 'x', {kind: 'free'}, options(async () => undefined))).rejects.toThrow('silence')
  })
})
