import {execFileSync} from 'node:child_process'
import {mkdtemp, readFile, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {proveApplied} from '../../../src/clients/directive/probe.ts'
import {postAdminSet, readAdminSet, readTape} from '../../../src/clients/directive/proxy-api.ts'
import {aDirective, never, operator, planOptions, publish} from '../../contract/directive.ts'
import {adminStore, instanceAt} from '../../contract/directive-worlds.ts'
import {forThisTest} from './for-this-test.ts'
import {adminToken, startProxy} from './start.ts'
import {openRealWorld, type RealWorld} from './worlds.ts'

let world: RealWorld
beforeAll(async () => void (world = await openRealWorld('admin')))
afterAll(() => world.stop())

const replace = {kind: 'replace' as const, directives: [aDirective('ours')]}
const ids = async (at: number) => (await readAdminSet(world.instances[at]!)).map(({id}) => id)
const urls = () => world.proxies.map(({url}) => url)

test('a set that is published over in the same moment is reported as overwritten', async () => {
  const store = adminStore(urls(), adminToken, 1_500)
  const change = await operator(store, []).plan(replace, planOptions, never)
  const applied = change.apply(never)
  while (!(await ids(1)).includes('ours')) await new Promise(resolve => setTimeout(resolve, 5))
  const theirs = '{"directives":[{"id":"theirs","level":"Off","ttl_secs":60}]}'
  for (const instance of world.instances) await postAdminSet(instance, theirs)
  expect(await applied).toMatchObject({state: 'not-done', error: {code: 'OVERWRITTEN', exit: 7}})
  await store.close()
})

test('a wrong token: refused with exit 5, nothing published, the token in no message', async () => {
  const before = await ids(0)
  const store = adminStore(urls(), 'wrong-secret-value')
  const failure = await operator(store, []).plan(replace, planOptions, never).catch((error: unknown) => error)
  expect(failure).toMatchObject({exit: 5, code: 'UNAUTHORIZED'})
  expect(JSON.stringify({...(failure as Error),
    message: (failure as Error).message})).not.toContain('wrong-secret-value')
  expect(await ids(0)).toEqual(before)
  await store.close()
})

test('plain HTTP refused by the proxy: exit 5, the reason, nothing published', async () => {
  const strict = await forThisTest(startProxy({OSPROXY_UPSTREAM: world.stub.url,
    OSPROXY_ALLOW_CLEARTEXT_MUTATION: 'false'}))
  const store = adminStore([strict.url], adminToken)
  const outcome = await (await operator(store, []).plan(replace, planOptions, never)).apply(never)
  expect(outcome).toMatchObject({state: 'not-done', error: {code: 'TLS_REQUIRED', exit: 5}})
  expect((await store.load()).directives).toEqual([])
  await store.close()
})

test('over TLS with its own CA it works, with another it is a TLS error', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'opsdeck-tls-'))
  const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  execFileSync('openssl', [
    'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj',
      '/CN=localhost',
    '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-addext', 'basicConstraints=critical,CA:FALSE',
    '-keyout', keyFile, '-out', certFile,
  ], {stdio: 'ignore'})
  const secure = await forThisTest(startProxy({OSPROXY_UPSTREAM: world.stub.url, OSPROXY_TLS_CERT: certFile,
    OSPROXY_TLS_KEY: keyFile}))
  const trusting = instanceAt(secure.url, adminToken, {ca: await readFile(certFile, 'utf8')})
  await postAdminSet(trusting, '{"directives":[]}')
  const doubting = instanceAt(secure.url, adminToken)
  await expect(readAdminSet(doubting)).rejects.toMatchObject({code: 'TLS', exit: 4})
  await Promise.all([trusting.http.close(), doubting.http.close()])
  await rm(folder, {recursive: true})
})

test('a body above 8 MiB: reported as not done, and the set that was there stays', async () => {
  const store = adminStore(urls(), adminToken)
  await publish(operator(store, world.instances), replace)
  const seen = await store.load()
  const value = `{"directives":[{"id":"${'x'.repeat(9 * 1024 * 1024)}","level":"Off","ttl_secs":60}]}`
  const record = {nonce: 'n', publishedAtMs: Date.now(), by: 'test', expiresAtMs: {}}
  const outcome = await store.write({value, seen, record, leaseSecs: 0})
  expect(outcome.state).not.toBe('done')
  expect([await ids(0), await ids(1)]).toEqual([['ours', '__probe'], ['ours', '__probe']])
  await store.close()
})

test('one proxy down: exit 4, its name, and nothing is published on the other', async () => {
  const before = await ids(0)
  const store = adminStore([world.proxies[0]!.url, 'http://127.0.0.1:1'], adminToken)
  expect(await store.load()).toMatchObject({missing: [{instance: 'http://127.0.0.1:1', error: {code: 'REFUSED'}}]})
  for (const edit of [replace, {kind: 'clear' as const}]) {
    await expect(operator(store, []).plan(edit, planOptions, never))
      .rejects.toMatchObject({exit: 4, code: 'REFUSED', endpoint: 'http://127.0.0.1:1'})
  }
  expect(await ids(0)).toEqual(before)
  await store.close()
})

test('a restarted proxy has forgotten its set: the instances are said to differ', async () => {
  const store = adminStore(urls(), adminToken)
  const client = operator(store, world.instances)
  await publish(client, replace)
  await world.proxies[1]!.restart()
  const read = await store.load()
  expect(read.differing?.map(({directives}) => directives.length)).toEqual([2, 0])
  await expect(client.plan({kind: 'add', directives: [aDirective('more')]}, planOptions, never))
    .rejects.toMatchObject({code: 'INSTANCES_DIFFER', exit: 7})
  expect((await client.prove(read)).map(({applies}) => applies)).toEqual(['current', 'none'])
  await publish(client, replace)
  expect((await store.load()).differing).toBeUndefined()
  await store.close()
})

test('a frozen proxy is noticed before anything is published on the others', async () => {
  const store = adminStore(urls(), adminToken)
  await publish(operator(store, world.instances), {kind: 'clear'})
  const change = await operator(store, []).plan(replace, planOptions, never)
  world.proxies[1]!.freeze()
  await new Promise(resolve => setTimeout(resolve, 100))
  expect(await change.apply(never)).toMatchObject({state: 'not-done', error: {code: 'TIMEOUT', exit: 4}})
  world.proxies[1]!.thaw()
  expect(await ids(0)).toEqual([])
  await store.close()
})

test('with the debug endpoints off the probe says that it cannot tell', async () => {
  const blind = await forThisTest(startProxy({OSPROXY_UPSTREAM: world.stub.url, OSPROXY_DEBUG_ENDPOINTS: 'false'}))
  const instance = instanceAt(blind.url, adminToken)
  expect(await proveApplied(instance, {current: '__probe-1'})).toMatchObject({applies: 'unknown',
    error: {code: 'NOT_ENABLED'}})
  await expect(readTape(instance)).rejects.toMatchObject({code: 'NOT_ENABLED'})
  await instance.http.close()
})

test('in token mode the probe needs a data token', async () => {
  const closed = await forThisTest(startProxy({OSPROXY_UPSTREAM: world.stub.url, OSPROXY_TOKENS: 'data-token=svc'}))
  const store = adminStore([closed.url], adminToken)
  const without = instanceAt(closed.url, adminToken)
  const result = await publish(operator(store, [without]), replace)
  expect(result.proofs).toMatchObject([{applies: 'unknown', error: {exit: 5}}])
  const {proofs} = await publish(operator(store, [{...without, dataToken: 'data-token'}]), replace)
  expect(proofs).toMatchObject([{applies: 'current'}])
  await Promise.all([store.close(), without.http.close()])
})
