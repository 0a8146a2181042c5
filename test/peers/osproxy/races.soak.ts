import {randomUUID} from 'node:crypto'
import {expect, test} from 'vitest'
import {aDirective, operator, publish} from '../../contract/directive.ts'
import {instanceAt} from '../../contract/directive-worlds.ts'
import {addAtOnce, publishAtOnce} from './rounds.ts'
import {adminToken, startEtcd, startProxy} from './start.ts'
import {startStub} from './stub.ts'
import {etcdStore, openRealWorld} from './worlds.ts'

test('200 rounds of two operators through etcd', async () => {
  const world = await openRealWorld('etcd')
  try {
    console.log('etcd', await addAtOnce(world, 200))
  } finally {
    await world.stop()
  }
})

test('100 rounds of two operators through the admin endpoints', async () => {
  const world = await openRealWorld('admin')
  try {
    console.log('admin', await publishAtOnce(world, 100))
  } finally {
    await world.stop()
  }
})

test('a proxy that starts in the moment of a publish applies it in the end', async () => {
  const stub = await startStub()
  const etcd = await startEtcd()
  const store = await etcdStore({endpoints: [etcd.url]})
  let repeated = 0
  for (let round = 0; round < 40; round += 1) {
    const starting = startProxy({OSPROXY_UPSTREAM: stub.url, OSPROXY_ETCD_ENDPOINTS: etcd.url})
    const early = operator(store, [])
    const end = Date.now() + 60
    while (Date.now() < end) await publish(early, {kind: 'replace', directives: [aDirective(`early-${randomUUID()}`)]})
    const proxy = await starting
    const instance = instanceAt(proxy.url, adminToken)
    const last = await publish(operator(store, [instance]), {kind: 'repeat'})
    repeated += Number(last.repeated)
    expect(last.proofs).toMatchObject([{applies: 'current'}])
    await instance.http.close()
    await proxy.stop()
  }
  console.log('starts', {rounds: 40, repeated})
  await store.close()
  await etcd.stop()
  await stub.stop()
})

test('the lease ends a set whose last directive has ended, with our record', async () => {
  const world = await openRealWorld('etcd')
  const store = await world.openStore()
  await publish(operator(store, world.instances), {kind: 'add', directives: [aDirective('short', {ttlSecs: 1})]})
  await new Promise(resolve => setTimeout(resolve, 14_000))
  expect(await store.load()).toMatchObject({version: '0', directives: [], recordState: 'absent'})
  await store.close()
  await world.stop()
})
