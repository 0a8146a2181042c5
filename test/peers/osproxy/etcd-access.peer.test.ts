import {execFileSync} from 'node:child_process'
import {mkdtemp, readFile, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import type {EtcdOptions} from '../../../src/clients/directive/etcd-rpc.ts'
import {aDirective, never, operator, planOptions, publish} from '../../contract/directive.ts'
import {peerBinary} from '../cache.ts'
import {forThisTest} from './for-this-test.ts'
import {startEtcd} from './start.ts'
import {etcdStore} from './worlds.ts'

const add = {kind: 'add' as const, directives: [aDirective('a')]}

test('etcd with users: ours may, others may not, and no password is in any message', async () => {
  const etcd = await forThisTest(startEtcd())
  const ctl = (...args: string[]) => execFileSync(peerBinary('etcd-debian', 'usr', 'bin', 'etcdctl'),
    ['--endpoints', etcd.url, ...args], {env: {ETCDCTL_API: '3', PATH: process.env['PATH']}, stdio: 'pipe'})
  ctl('user', 'add', 'root:rootpw')
  ctl('user', 'grant-role', 'root', 'root')
  ctl('user', 'add', 'op:op-password-1')
  ctl('role', 'add', 'directives')
  ctl('role', 'grant-permission', 'directives', 'readwrite', 'osproxy/directives', 'osproxy/directives.zzz')
  ctl('user', 'grant-role', 'op', 'directives')
  ctl('user', 'add', 'guest:guest-password')
  ctl('auth', 'enable')
  const attempt = async (options: Pick<EtcdOptions, 'user' | 'password'>) => {
    const store = await etcdStore({endpoints: [etcd.url], ...options})
    try {
      return await publish(operator(store, []), add).catch((error: unknown) => error)
    } finally {
      await store.close()
    }
  }
  const failures = [
    await attempt({}), await attempt({user: 'op', password: 'wrong-password'}),
    await attempt({user: 'guest', password: 'guest-password'}),
  ]
  for (const failure of failures) {
    expect(failure).toMatchObject({exit: 5, code: 'UNAUTHORIZED'})
    const said = String((failure as Error).message) + JSON.stringify(failure)
    expect(said).not.toMatch(/op-password-1|wrong-password|guest-password/)
  }
  expect(await attempt({user: 'op', password: 'op-password-1'})).toMatchObject({directives: [{id: 'a'}]})
})

test('a login that etcd has forgotten is made again, for a write too', async () => {
  const etcd = await forThisTest(startEtcd())
  const ctl = (...args: string[]) => execFileSync(peerBinary('etcd-debian', 'usr', 'bin', 'etcdctl'),
    ['--endpoints', etcd.url, ...args], {env: {ETCDCTL_API: '3', PATH: process.env['PATH']}, stdio: 'pipe'})
  ctl('user', 'add', 'root:rootpw')
  ctl('user', 'grant-role', 'root', 'root')
  ctl('auth', 'enable')
  const store = await etcdStore({endpoints: [etcd.url], user: 'root', password: 'rootpw'})
  const change = await operator(store, []).plan(add, planOptions, never)
  await etcd.restart()
  expect(await change.apply(never)).toMatchObject({state: 'done'})
  await store.close()
})

test('etcd over TLS: with its CA, with another, and without TLS', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'opsdeck-etcd-tls-'))
  const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  execFileSync('openssl', [
    'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj',
      '/CN=localhost',
    '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout', keyFile, '-out', certFile,
  ], {stdio: 'ignore'})
  const etcd = await forThisTest(startEtcd({tls: {certFile, keyFile}}))
  const trusting = await etcdStore({endpoints: [etcd.url], tls: {ca: await readFile(certFile, 'utf8')}})
  expect((await publish(operator(trusting, []), add)).version).not.toBe('0')
  const doubting = await etcdStore({endpoints: [etcd.url]})
  await expect(doubting.load()).rejects.toMatchObject({exit: 4, code: 'TLS'})
  const plain = await etcdStore({endpoints: [etcd.url.replace('https://', '')]})
  await expect(plain.load()).rejects.toMatchObject({exit: 4})
  await Promise.all([trusting, doubting, plain].map(store => store.close()))
  await rm(folder, {recursive: true})
})
