import {expect, it} from 'vitest'
import {LeaseClient} from '../../src/clients/lease/client.ts'
import type {LeaseStore} from '../../src/clients/lease/store.ts'

const signal = new AbortController().signal
const utf8 = (text: string) => new TextEncoder().encode(text)

/** What every lease store must do; `store` is called once a case and may return the same store. */
export function leaseContract(store: () => LeaseStore): void {
  let nowMs = Date.now()
  let count = 0
  const clock = {nowMs: () => nowMs, monotonicMs: () => nowMs, sleep: async () => {}}
  const world = () => ({client: new LeaseClient(store(), clock), key: `case.${(count += 1)}`})
  const take = async (client: LeaseClient, key: string, holderId: string, ttlS = 60n) => {
    const outcome = await (await client.planAcquire(key, {holderId, ttlS}, signal)).apply(signal)
    if (outcome.state !== 'done') throw outcome.error
    return outcome.result
  }

  it('creates a lease, and refuses it to everybody while it is live', async () => {
    const {client, key} = world()
    await take(client, key, 'a')
    await expect(client.planAcquire(key, {holderId: 'a', ttlS: 60n}, signal)).rejects.toMatchObject({
      code: 'LEASE_HELD', exit: 7,
    })
    expect(await client.get(key, signal)).toMatchObject({state: 'live', record: {holderId: 'a'}})
  })

  it('lets one of two plans made from the same state win', async () => {
    const {client, key} = world()
    const plans = [
      await client.planAcquire(key, {holderId: 'a', ttlS: 60n}, signal),
      await client.planAcquire(key, {holderId: 'b', ttlS: 60n}, signal),
    ]
    const outcomes = await Promise.all(plans.map(plan => plan.apply(signal)))
    expect(outcomes.map(outcome => outcome.state).sort()).toEqual(['done', 'not-done'])
    expect(outcomes.find(outcome => outcome.state === 'not-done')).toMatchObject({error: {code: 'WRONG_REVISION'}})
  })

  it('takes over an expired lease; the former holder can end it no more', async () => {
    const {client, key} = world()
    const first = await take(client, key, 'a', 1n)
    nowMs += 1_000
    await take(client, key, 'b')
    await expect(
      client.planComplete(key, {holderId: 'a', revision: first.revision}, '', signal),
    ).rejects.toMatchObject({code: 'MOVED'})
    await expect(client.planAbandon(key, {holderId: 'a'}, signal)).rejects.toMatchObject({
      code: 'NOT_HOLDER', hint: expect.stringContaining('--force'),
    })
  })

  it('gives a lease back by an empty value, and creates over it', async () => {
    const {client, key} = world()
    const {revision} = await take(client, key, 'a')
    await (await client.planAbandon(key, {holderId: 'a', revision}, signal)).apply(signal)
    const entry = await client.store.read(key, signal)
    expect(entry).toMatchObject({operation: 'PUT'})
    expect(entry?.value).toHaveLength(0)
    expect((await client.get(key, signal)).state).toBe('absent')
    await take(client, key, 'b')
  })

  it('completes, keeping the lease until it expires', async () => {
    const {client, key} = world()
    await take(client, key, 'a')
    await (await client.planComplete(key, {holderId: 'a'}, '000000000002d093', signal)).apply(signal)
    expect(await client.get(key, signal)).toMatchObject({
      state: 'live', record: {completedCursorHex: '000000000002d093'},
    })
  })

  it('replaces what is no record, with a warning', async () => {
    const {client, key} = world()
    await client.store.write(key, utf8('nonsense'), 0n, signal)
    expect((await client.planAcquire(key, {holderId: 'a', ttlS: 60n}, signal)).warnings).toHaveLength(1)
    await take(client, key, 'a')
  })
}
