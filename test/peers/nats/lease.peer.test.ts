import {connect} from '@nats-io/transport-node'
import {Kvm} from '@nats-io/kv'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {NatsLeaseStore} from '../../../src/clients/lease/nats-store.ts'
import {leaseContract} from '../../contract/lease.ts'
import {startNats, type NatsPeer} from './start.ts'

const signal = new AbortController().signal

describe('leases in nats-server 2.15.2', () => {
  let peer: NatsPeer
  let store: NatsLeaseStore

  beforeAll(async () => {
    peer = await startNats()
    const connection = await connect({servers: peer.url})
    await new Kvm(connection).create('leases')
    await connection.close()
    store = await NatsLeaseStore.open({url: peer.url, bucket: 'leases', timeoutMs: 5_000})
  })
  afterAll(async () => {
    await store.close()
    await peer.stop()
  })
  leaseContract(() => store)

  it('creates no missing bucket', async () => {
    const missing = await NatsLeaseStore.open({url: peer.url, bucket: 'missing', timeoutMs: 5_000})
    for (let turn = 0; turn < 2; turn += 1) {
      await expect(missing.read('x', signal)).rejects.toMatchObject({code: 'NO_BUCKET', exit: 2})
      await expect(missing.list(signal)).rejects.toMatchObject({code: 'NO_BUCKET'})
      await expect(missing.write('x', new Uint8Array(0), 0n, signal)).rejects.toMatchObject({code: 'NO_RESPONDERS'})
    }
    await missing.close()
  })

  it('creates over a delete marker', async () => {
    const connection = await connect({servers: peer.url})
    const kv = await new Kvm(connection).open('leases')
    await kv.put('deleted', 'x')
    await kv.delete('deleted')
    await connection.close()
    const entry = await store.read('deleted', signal)
    expect(entry?.operation).toBe('DEL')
    expect(await store.write('deleted', new Uint8Array([1]), entry?.revision ?? 0n, signal)).toBeGreaterThan(0n)
  })

  it('knows that a value beyond the size of the bucket was not written', async () => {
    const connection = await connect({servers: peer.url})
    await new Kvm(connection).create('small', {maxValueSize: 64})
    await connection.close()
    const small = await NatsLeaseStore.open({url: peer.url, bucket: 'small', timeoutMs: 5_000})
    await expect(small.write('large', new Uint8Array(2_000), 0n, signal)).rejects.toMatchObject({code: 'NATS_REFUSED'})
    expect(await small.read('large', signal)).toBeUndefined()
    await small.close()
  })

  it('reads keys that have no entry as absent, and lists those that have', async () => {
    expect(await store.read('nobody', signal)).toBeUndefined()
    expect((await store.list(signal)).map(entry => entry.key)).toContain('deleted')
  })
})
