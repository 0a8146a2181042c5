import {connect} from '@nats-io/transport-node'
import {Kvm} from '@nats-io/kv'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {NatsLeaseStore} from '../../../src/clients/lease/nats-store.ts'
import {leaseContract} from '../../contract/lease.ts'
import {createBucket} from './bucket.ts'
import {natsVersions, startNatsVersion, type NatsPeer} from './start.ts'

const signal = new AbortController().signal

describe.each(natsVersions)('leases in nats-server %s', version => {
  let peer: NatsPeer
  let store: NatsLeaseStore

  beforeAll(async () => {
    peer = await startNatsVersion(version)
    await createBucket({servers: peer.url})
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
    await createBucket({servers: peer.url}, 'small', {maxValueSize: 64})
    const small = await NatsLeaseStore.open({url: peer.url, bucket: 'small', timeoutMs: 5_000})
    await expect(small.write('large', new Uint8Array(2_000), 0n, signal)).rejects.toMatchObject({code: 'NATS_REFUSED'})
    expect(await small.read('large', signal)).toBeUndefined()
    await small.close()
  })

  it('keeps as much history as the bucket was made for, and says how much', async () => {
    await createBucket({servers: peer.url}, 'deep', {history: 3})
    const deep = await NatsLeaseStore.open({url: peer.url, bucket: 'deep', timeoutMs: 5_000})
    let revision = 0n
    for (let turn = 1; turn <= 5; turn += 1) {
      revision = await deep.write('x', new Uint8Array([turn]), revision, signal)
      await deep.write(`other-${turn}`, new Uint8Array([turn]), 0n, signal)
    }
    const entries = await deep.history('x', signal)
    expect(entries.map(each => [each.value[0], each.revision, each.previousRevision])).toEqual([
      [3, 5n, 3n], [4, 7n, 5n], [5, 9n, 7n],
    ])
    expect(await deep.historyNote(signal)).toContain('keeps 3 records')
    await deep.close()
  })

  it('gives every change since a mark, in order, and knows a bucket that was made anew', async () => {
    const start = await store.changes(undefined, signal)
    const first = await store.write('followed.a', new Uint8Array([1]), 0n, signal)
    await store.write('followed.b', new Uint8Array([2]), 0n, signal)
    await store.write('followed.a', new Uint8Array(0), first, signal)
    const found = await store.changes(start!.mark, signal)
    expect(found!.entries.map(each => [each.key, each.value.length, each.previousRevision])).toEqual([
      ['followed.b', 1, 0n], ['followed.a', 0, first],
    ])
    expect((await store.changes(found!.mark, signal))!.entries).toEqual([])
    const connection = await connect({servers: peer.url})
    await connection.request('$JS.API.STREAM.DELETE.KV_small', '')
    await connection.close()
    const small = await NatsLeaseStore.open({url: peer.url, bucket: 'small', timeoutMs: 5_000})
    await expect(small.changes(undefined, signal)).rejects.toMatchObject({code: 'NO_BUCKET'})
    await createBucket({servers: peer.url}, 'small')
    expect(await small.changes({revision: 0n, incarnation: 'another'}, signal)).toBeUndefined()
    await small.close()
  })

  it('does a write that is repeated under its name once', async () => {
    const value = new Uint8Array([7])
    const revision = await store.write('named', value, 0n, signal, 'name-1')
    // 2.9 answers with the first one's revision, 2.15 with a conflict: the name in the stored write tells whose it is.
    const again = await store.write('named', value, 0n, signal, 'name-1').catch((error: {code: string}) => error.code)
    expect([revision, 'WRONG_REVISION']).toContain(again)
    expect(await store.read('named', signal)).toMatchObject({revision, writeId: 'name-1', previousRevision: 0n})
    await expect(store.write('named', value, 0n, signal, 'name-2')).rejects.toMatchObject({code: 'WRONG_REVISION'})
  })

  it('reads keys that have no entry as absent, and lists those that have', async () => {
    expect(await store.read('nobody', signal)).toBeUndefined()
    expect((await store.list(signal)).map(entry => entry.key)).toContain('deleted')
  })
})
