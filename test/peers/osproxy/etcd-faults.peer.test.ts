import {afterEach, beforeEach, expect, test} from 'vitest'
import {createEtcd, type Etcd} from '../../../src/clients/directive/etcd-client.ts'
import {createEtcdStore} from '../../../src/clients/directive/etcd-store.ts'
import {listing, notices} from '../../../src/clients/directive/listing.ts'
import type {DirectiveStore, StoreEvent} from '../../../src/clients/directive/store.ts'
import {systemClock} from '../../../src/clients/net/deadline.ts'
import {aDirective, effectOn, never, operator, planOptions, publish} from '../../contract/directive.ts'
import {instanceAt} from '../../contract/directive-worlds.ts'
import {forThisTest} from './for-this-test.ts'
import {adminToken, startProxy} from './start.ts'
import {etcdKey, etcdStore, openRealWorld, type RealWorld} from './worlds.ts'

let world: RealWorld
let store: DirectiveStore
let etcd: Etcd

beforeEach(async () => {
  world = await openRealWorld('etcd')
  store = await world.openStore()
  etcd = await createEtcd({endpoints: [world.etcd!.url], timeoutMs: 2_500})
})

afterEach(async () => {
  etcd.close()
  await store.close()
  await world.stop()
})

const put = (value: string) =>
  etcd.write({compare: [], success: [{request_put: {key: Buffer.from(etcdKey), value: Buffer.from(value)}}],
    failure: []})
const client = (instances = world.instances) => operator(store, instances)
const add = (id: string) => ({kind: 'add' as const, directives: [aDirective(id)]})
const taped = async (at: number) => (await effectOn(world, at, '/orders/_doc/1')).taped
const sleep = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

test('a malformed value: the running proxies keep their set, we say so and build nothing on it', async () => {
  await publish(client(), add('before'))
  await put('not json')
  const read = await store.load()
  expect(read).toMatchObject({malformed: 'invalid_json', directives: [], recordState: 'passed over'})
  expect(notices(read).join()).toContain('refused by every proxy (invalid_json)')
  expect(await taped(0)).toBe(true)
  await expect(client().plan(add('more'), planOptions, never)).rejects.toMatchObject({code: 'MALFORMED_SET', exit: 12})
  const change = await client().plan({kind: 'replace', directives: [aDirective('after')]}, planOptions, never)
  expect(change.destructive).toBe(true)
  expect(await change.apply(never)).toMatchObject({state: 'done', result: {proofs: [{applies: 'current'},
    {applies: 'current'}]}})
})

test('a set without our record, or published past it: the times are unknown and nothing is prolonged unasked',
  async () => {
  const foreign = '{"directives":[{"id":"foreign","level":"Shape","ttl_secs":60,"tenant":5}]}'
  await put(foreign)
  const unrecorded = await store.load()
  expect(unrecorded.recordState).toBe('absent')
  expect(notices(unrecorded).join()).toContain('wider than written')
  expect(listing(unrecorded, Date.now())).toMatchObject([{id: 'foreign', state: 'unknown', droppedKeys: ['tenant']}])
  await publish(client(), {kind: 'replace', directives: [aDirective('ours')]})
  await put(foreign.replace('5', '"acme"'))
  const passed = await store.load()
  expect(passed.recordState).toBe('passed over')
  expect(listing(passed, Date.now())).toMatchObject([{certainty: 'unknown'}])
  await expect(client().plan(add('more'), planOptions, never)).rejects.toMatchObject({code: 'TIME_UNKNOWN'})
  const kept = await publish(client(), add('more'), {keepTtlSecs: 30})
  expect(kept.directives.map(({id}) => id)).toEqual(['foreign', 'more'])
})

test('an etcd restart starts every TTL again: reported, not shown as over', async () => {
  await publish(client(), {kind: 'add', directives: [aDirective('short', {ttlSecs: 4})]})
  await world.etcd!.restart()
  await sleep(4_500)
  const read = await store.load()
  expect(listing(read, Date.now())).toMatchObject([{id: 'short', state: 'unknown', certainty: 'at least'}])
  expect(notices(read).join()).toContain('every TTL started again')
  expect(await taped(0)).toBe(true)
})

test('a frozen etcd is noticed within 3 s, by a read and by a quiet watch, and the watch goes on afterwards',
  async () => {
  const events: StoreEvent[] = []
  const stop = new AbortController()
  const since = await store.load()
  const watching = (async () => { for await (const event of store.watch(since, stop.signal)) events.push(event) })()
  await sleep(2_000)
  expect(events).toEqual([])
  world.etcd!.freeze()
  const frozenAtMs = Date.now()
  await expect(store.load()).rejects.toMatchObject({code: 'TIMEOUT', exit: 4})
  while (events.length === 0 && Date.now() - frozenAtMs < 5_000) await sleep(20)
  expect(Date.now() - frozenAtMs).toBeLessThan(3_200)
  expect(events).toMatchObject([{kind: 'gap'}])
  world.etcd!.thaw()
  await publish(client(), add('later'))
  while (events.at(-1)?.kind !== 'set') await sleep(20)
  stop.abort()
  await watching
})

/** A store whose transaction is disturbed: the rest of it is the real one. */
function disturbed(write: Etcd['write']): DirectiveStore {
  return createEtcdStore({etcd: {...etcd, write}, key: etcdKey, clock: systemClock, random: Math.random})
}

const dropped = Object.assign(new Error('dropped'), {code: 14, details: 'Connection dropped'})

test('a lost answer to the transaction is resolved: done when it had landed', async () => {
  const lossy = disturbed(async request => {
    await etcd.write(request)
    throw dropped
  })
  const result = await publish(operator(lossy, world.instances), add('landed'))
  expect(result).toMatchObject({proofs: [{applies: 'current'}, {applies: 'current'}]})
})

test('a lost answer to the transaction is resolved: not done when it had not, and it cannot land later', async () => {
  let late: Parameters<Etcd['write']>[0] | undefined
  const lossy = disturbed(async request => {
    late = request
    throw dropped
  })
  const outcome = await (await operator(lossy, []).plan(add('late'), planOptions, never)).apply(never)
  expect(outcome).toMatchObject({state: 'not-done', error: {code: 'UNAVAILABLE', exit: 4}})
  expect((await etcd.write(late!)).succeeded).toBe(false)
  expect((await store.load()).directives).toEqual([])
})

test('an etcd that freezes under the transaction leaves an honest unknown, or the truth once it is back', async () => {
  const freezing = disturbed(request => {
    world.etcd!.freeze()
    return etcd.write(request)
  })
  const change = await operator(freezing, []).plan(add('frozen'), planOptions, never)
  expect(await change.apply(never)).toMatchObject({state: 'unknown', error: {code: 'TIMEOUT'}})
  world.etcd!.thaw()
  const again = await operator(freezing, []).plan(add('again'), planOptions, never)
  setTimeout(() => world.etcd!.thaw(), 3_000)
  const outcome = await again.apply(never)
  const there = (await store.load()).directives.map(({id}) => id)
  expect(outcome.state).not.toBe('unknown')
  expect(there.includes('again')).toBe(outcome.state === 'done')
})

test('one proxy down: the set is published, and it is said who could not be asked', async () => {
  await world.proxies[1]!.kill()
  const {proofs} = await publish(client(), add('half'))
  expect(proofs).toMatchObject([{applies: 'current'}, {applies: 'unknown', error: {code: 'REFUSED'}}])
})

test('a proxy that misses the set: written once more, and what stays wrong is said', async () => {
  const elsewhere = await forThisTest(startProxy({
    OSPROXY_UPSTREAM: world.stub.url, OSPROXY_ETCD_ENDPOINTS: world.etcd!.url, OSPROXY_ETCD_DIRECTIVES_KEY: 'other/key',
  }))
  const deaf = instanceAt(elsewhere.url, adminToken)
  const result = await publish(client([world.instances[0]!, deaf]), add('missed'))
  expect(result).toMatchObject({repeated: true, proofs: [{applies: 'current'}, {applies: 'none'}]})
  await deaf.http.close()
})

test('a clock 5 minutes off: the lease tells the time, and the difference is said', async () => {
  await publish(client(), add('timed'))
  for (const [offsetMs, word] of [[300_000, 'ahead of'], [-300_000, 'behind']] as const) {
    const clock = {...systemClock, nowMs: () => Date.now() + offsetMs}
    const skewed = createEtcdStore({etcd, key: etcdKey, clock, random: Math.random})
    const read = await skewed.load()
    const [listed] = listing(read, clock.nowMs())
    expect(Math.round((listed!.endsAtMs! - clock.nowMs()) / 1000)).toBeGreaterThan(56)
    expect(Math.round((listed!.endsAtMs! - clock.nowMs()) / 1000)).toBeLessThan(62)
    expect(notices(read).join()).toMatch(new RegExp(`(300|299|301) s ${word} the publisher's`))
  }
})

test('the lease ends the set and the record with it, the fence stays harmless', async () => {
  await publish(client(), {kind: 'add', directives: [aDirective('short', {ttlSecs: 1})]})
  const {lease} = await store.load()
  expect(lease).toMatchObject({grantedSecs: 11})
})

test('the next endpoint is asked when one is dead', async () => {
  const many = await etcdStore({endpoints: ['127.0.0.1:1', world.etcd!.url]})
  expect((await publish(operator(many, []), add('second'))).version).not.toBe('0')
  await many.close()
})
