import {spawn} from 'node:child_process'
import {createInterface} from 'node:readline'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {LeaseClient} from '../../../src/clients/lease/client.ts'
import {NatsLeaseStore} from '../../../src/clients/lease/nats-store.ts'
import {peerBinary} from '../cache.ts'
import {startNatsVersion, type NatsPeer} from '../nats/start.ts'
import {crate} from './crate.ts'
import {raceRounds} from './lease-race.ts'

const signal = new AbortController().signal
const utf8 = (text: string) => new TextEncoder().encode(text)

describe.each([
  ['2.15.2', '0.8'], ['2.15.2', '0.5'], ['2.9.25', '0.8'],
] as const)('leases on nats-server %s beside the crate %s', (version, wire) => {
  let peer: NatsPeer
  let client: LeaseClient
  let aheadMs = 0
  let nth = 0
  const clock = {nowMs: () => Date.now() + aheadMs, monotonicMs: () => performance.now(), sleep: async () => {}}
  const words = wire === '0.5' ? ['--wire', '0.5'] : []
  const theirs = (verb: string, key: string, holder: string, ttlS = 60, ...more: string[]) =>
    crate(...words, verb, peer.url, 'leases', key, holder, String(ttlS), ...more)
  const theyShow = (key: string) => crate(...words, 'lease-show', peer.url, 'leases', key)
  const take = async (key: string, ttlS = 60n) => {
    const outcome = await (await client.planAcquire(key, {holderId: 'us', ttlS}, signal)).apply(signal)
    if (outcome.state !== 'done') throw outcome.error
    return outcome.result
  }
  const put = async (key: string, value: Uint8Array) => {
    const before = await client.store.read(key, signal)
    return client.store.write(key, value, before?.revision ?? 0n, signal)
  }
  const fresh = () => {
    aheadMs = 0
    return `case.${(nth += 1)}`
  }

  beforeAll(async () => {
    peer = await startNatsVersion(version)
    await theirs('lease-acquire', 'first', 'crate')
    client = new LeaseClient(await NatsLeaseStore.open({url: peer.url, bucket: 'leases', timeoutMs: 5_000}), clock)
  })
  afterAll(async () => {
    await client.store.close()
    await peer.stop()
  })

  it('what one takes, the other sees and is refused', async () => {
    const key = fresh()
    expect(await theirs('lease-acquire', key, 'crate')).toMatchObject({acquired: true})
    expect(await client.get(key, signal)).toMatchObject({state: 'live', record: {holderId: 'crate'}})
    await expect(client.planAcquire(key, {holderId: 'us', ttlS: 60n}, signal)).rejects.toMatchObject({
      code: 'LEASE_HELD',
    })
    const ours = fresh()
    const {record} = await take(ours)
    expect(await theirs('lease-acquire', ours, 'crate')).toMatchObject({acquired: false})
    expect(await theyShow(ours)).toMatchObject({
      current: {record: {holder_id: 'us', expires_at_unix: Number(record!.expiresAtUnixS)}},
    })
  })

  it('a plan made before the other took it loses', async () => {
    const key = fresh()
    const change = await client.planAcquire(key, {holderId: 'us', ttlS: 60n}, signal)
    expect(await theirs('lease-acquire', key, 'crate')).toMatchObject({acquired: true})
    expect(await change.apply(signal)).toMatchObject({state: 'not-done', error: {code: 'WRONG_REVISION'}})
    expect(await client.get(key, signal)).toMatchObject({record: {holderId: 'crate'}})
  })

  it('each takes over what the other let expire', async () => {
    const key = fresh()
    await theirs('lease-acquire', key, 'crate', 1)
    await expect.poll(async () => (await client.get(key, signal)).state, {timeout: 10_000}).toBe('expired')
    await take(key, 1n)
    await expect.poll(async () => (await client.get(key, signal)).state, {timeout: 10_000}).toBe('expired')
    expect(await theirs('lease-acquire', key, 'crate-2')).toMatchObject({acquired: true})
  })

  it('each takes what the other gave back, and sees a deleted key as free', async () => {
    const key = fresh()
    expect(await theirs('lease-abandon', key, 'crate')).toMatchObject({acquired: true, entry: {tombstone: true}})
    expect((await client.get(key, signal)).state).toBe('absent')
    const {revision} = await take(key)
    await (await client.planAbandon(key, {revision}, signal)).apply(signal)
    expect(await theyShow(key)).toMatchObject({current: {record: null}, entry: {tombstone: true}})
    expect(await theirs('lease-acquire', key, 'crate')).toMatchObject({acquired: true})
    await crate(...words, 'kv', 'delete', peer.url, 'leases', key)
    expect((await client.get(key, signal)).state).toBe('absent')
    await take(key)
    expect(await theirs('lease-acquire', key, 'crate')).toMatchObject({acquired: false})
  })

  it.each([
    'nonsense', '{"holder_id":"x","acquired_at_unix":1.0,"expires_at_unix":9999999999}', '{}',
  ])('each steals %s', async garbage => {
    const [one, other] = [fresh(), fresh()]
    await put(one, utf8(garbage))
    await put(other, utf8(garbage))
    expect((await client.get(one, signal)).state).toBe('unparseable')
    await take(one)
    expect(await theirs('lease-acquire', one, 'crate')).toMatchObject({acquired: false})
    expect(await theirs('lease-acquire', other, 'crate')).toMatchObject({acquired: true})
    await expect(client.planAcquire(other, {holderId: 'us', ttlS: 60n}, signal)).rejects.toMatchObject({
      code: 'LEASE_HELD',
    })
  })

  it('what one completes, the other reads to the byte', async () => {
    const [one, other] = [fresh(), fresh()]
    await take(one)
    await (await client.planComplete(one, {holderId: 'us'}, '000000000002d093', signal)).apply(signal)
    expect(await theyShow(one)).toMatchObject({
      current: {record: {holder_id: 'us', completed_cursor_hex: '000000000002d093'}},
    })
    expect(await theirs('lease-complete', other, 'crate', 60, '184467')).toMatchObject({acquired: true})
    expect(await client.get(other, signal)).toMatchObject({
      state: 'live', record: {holderId: 'crate', completedCursorHex: '000000000002d093'},
    })
  })

  it('nobody completes a lease that was taken over: we say so, the crate is silent', async () => {
    const key = fresh()
    const {revision} = await take(key, 1n)
    await expect.poll(async () => (await client.get(key, signal)).state, {timeout: 10_000}).toBe('expired')
    expect(await theirs('lease-acquire', key, 'crate', 1)).toMatchObject({acquired: true})
    await expect(client.planComplete(key, {holderId: 'us', revision}, '0a', signal)).rejects.toMatchObject({
      code: 'MOVED', exit: 7,
    })
    const other = fresh()
    const holding = hold(peer.url, words, other)
    expect(await holding.next()).toMatchObject({acquired: true})
    await expect.poll(async () => (await client.get(other, signal)).state, {timeout: 10_000}).toBe('expired')
    await take(other)
    holding.say('complete 184467')
    expect(await holding.next()).toMatchObject({did: 'complete 184467'})
    const after = await client.get(other, signal)
    expect(after).toMatchObject({state: 'live', record: {holderId: 'us'}})
    expect('record' in after && after.record.completedAtUnixS).toBeFalsy()
  })

  it('8 of our processes and 8 of the crate\'s, 12 rounds: one winner each', async () => {
    const rounds = await raceRounds(peer.url, words, 8, 8, 12)
    expect(rounds.map(each => each.winners.length)).toEqual(Array(12).fill(1))
    expect(rounds.map(each => each.stored)).toEqual(rounds.map(each => each.winners[0]))
  })
})

/** The crate holding a lease of a second, driven by lines. */
function hold(url: string, words: string[], key: string): {next(): Promise<unknown>; say(line: string): void} {
  const child = spawn(peerBinary(
    'slipstream-0.8.6', 'bin', 'slipstream-peer',
  ), [...words, 'lease-acquire', url, 'leases', key, 'crate', '1', '--hold'],
    {stdio: ['pipe', 'pipe', 'inherit']})
  const lines = createInterface({input: child.stdout})[Symbol.asyncIterator]()
  return {
    next: async () => JSON.parse((await lines.next()).value as string) as unknown,
    say: line => void child.stdin.write(`${line}\n`),
  }
}
