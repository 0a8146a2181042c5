import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {LeaseClient} from '../../../src/clients/lease/client.ts'
import {NatsLeaseStore} from '../../../src/clients/lease/nats-store.ts'
import {startNats, type NatsPeer} from '../nats/start.ts'
import {crate} from './crate.ts'

const signal = new AbortController().signal

describe('leases beside the real crate', () => {
  let peer: NatsPeer
  let client: LeaseClient
  let aheadMs = 0
  const clock = {nowMs: () => Date.now() + aheadMs, monotonicMs: () => performance.now(), sleep: async () => {}}
  const acquire = (key: string, holder: string) => crate('lease-acquire', peer.url, 'leases', key, holder, '60')

  beforeAll(async () => {
    peer = await startNats()
    await acquire('first', 'crate')
    client = new LeaseClient(await NatsLeaseStore.open({url: peer.url, bucket: 'leases', timeoutMs: 5_000}), clock)
  })
  afterAll(async () => {
    await client.store.close()
    await peer.stop()
  })

  it('each sees the lease of the other as held, given back, taken over and completed', async () => {
    expect(await client.get('first', signal)).toMatchObject({state: 'live', record: {holderId: 'crate'}})
    await expect(client.planAcquire('first', {holderId: 'us', ttlS: 60n}, signal)).rejects.toMatchObject({code: 'LEASE_HELD'})
    await (await client.planAbandon('first', {holderId: 'crate'}, signal)).apply(signal)
    expect(await acquire('first', 'crate-2')).toMatchObject({acquired: true})
    aheadMs = 120_000
    await (await client.planAcquire('first', {holderId: 'us', ttlS: 600n}, signal)).apply(signal)
    expect(await acquire('first', 'crate-3')).toMatchObject({acquired: false})
    await (await client.planComplete('first', {holderId: 'us'}, '000000000002d093', signal)).apply(signal)
    expect(await crate('lease-show', peer.url, 'leases', 'first'))
      .toMatchObject({current: {record: {holder_id: 'us', completed_cursor_hex: '000000000002d093'}}})
  })
})
