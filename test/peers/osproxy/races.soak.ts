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
  const rounds = 150
  let missed = 0
  for (let round = 0; round < rounds; round += 1) {
    const starting = startProxy({OSPROXY_UPSTREAM: stub.url, OSPROXY_ETCD_ENDPOINTS: etcd.url})
    await new Promise(resolve => setTimeout(resolve, round % 30))
    await publish(operator(store, []), {kind: 'replace', directives: [aDirective('early')]})
    const proxy = await starting
    const instance = instanceAt(proxy.url, adminToken)
    const client = operator(store, [instance])
    const [proof] = await client.prove(await store.load())
    if (proof?.applies !== 'current') missed += 1
    const healed = await publish(client, {kind: 'repeat'})
    expect(healed.proofs).toMatchObject([{applies: 'current'}])
    await instance.http.close()
    await proxy.stop()
  }
  console.log('starts', {rounds, missed, healed: missed})
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
