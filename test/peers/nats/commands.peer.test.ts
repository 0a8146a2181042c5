import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {credsAuthenticator} from '@nats-io/transport-node'
import {createUser} from '@nats-io/nkeys'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {runBin} from '../../helpers/cli.ts'
import {createBucket} from './bucket.ts'
import {makeCredentials, makeTls} from './credentials.ts'
import {startNats, type NatsPeer} from './start.ts'

const folder = mkdtempSync(join(tmpdir(), 'opsdeck-lease-'))
afterAll(() => rmSync(folder, {recursive: true}))

const ctl = (env: Record<string, string>, ...words: string[]) =>
  runBin('ctl', ['lease', ...words], {env: {OPSDECK_LEASES_BUCKET: 'leases', XDG_STATE_HOME: folder, ...env}})

describe('ctl lease on nats-server 2.15.2', () => {
  let peer: NatsPeer
  beforeAll(async () => {
    peer = await startNats('--user', 'ops', '--pass', 'secret-word')
    await createBucket({servers: peer.url, user: 'ops', pass: 'secret-word'})
  })
  afterAll(() => peer.stop())
  const login = () => ({NATS_URL: peer.url, NATS_USER: 'ops', NATS_PASSWORD: 'secret-word'})

  it('takes a lease, refuses it with holder and expiry, completes it and gives it back', async () => {
    const acquired = await ctl(login(), 'acquire', 'orders', '--ttl', '5m', '--holder', 'me', '-o', 'json')
    expect(acquired).toMatchObject({code: 0, stderr: ''})
    const {expiresAt} = JSON.parse(acquired.stdout) as {expiresAt: string}
    const refused = await ctl(login(), 'acquire', 'orders', '--ttl', '5m', '--holder', 'you', '-o', 'json')
    expect(refused.code).toBe(7)
    expect(JSON.parse(refused.stderr)).toMatchObject({code: 'LEASE_HELD', details: {holder: 'me', expiresAt}})
    expect((await ctl(login(), 'complete', 'orders', '--holder', 'me', '--cursor', '0a')).code).toBe(0)
    expect(JSON.parse((await ctl(login(), 'get', 'orders', '-o', 'json')).stdout)).toMatchObject({
      state: 'completed', completedCursorHex: '0a',
    })
    expect((await ctl(login(), 'abandon', 'orders', '--holder', 'me', '--yes')).code).toBe(0)
    expect(JSON.parse((await ctl(login(), 'list', '-o', 'json')).stdout)).toMatchObject({
      items: [{key: 'orders', state: 'free'}],
    })
  })

  it('a dry run writes nothing', async () => {
    const shown = await ctl(login(), 'acquire', 'dry', '--ttl', '5m', '--dry-run')
    expect(shown.stdout).toContain('PUB $KV.leases.dry')
    expect((await ctl(login(), 'get', 'dry')).code).toBe(2)
  })

  it('a wrong password is 5 and not shown; a missing bucket is 2 and stays missing', async () => {
    const refused = await ctl({...login(), NATS_PASSWORD: 'other-word'}, 'list')
    expect(refused.code).toBe(5)
    expect(refused.stderr).not.toContain('other-word')
    const missing = () => ctl(login(), 'acquire', 'orders', '--ttl', '5m', '--bucket', 'missing')
    expect((await missing()).code).toBe(2)
    expect((await missing()).code).toBe(2)
  })
})

it('signs in with an NKey', async () => {
  const pair = createUser()
  const config = join(folder, 'nkey.conf')
  writeFileSync(config, `authorization: {users: [{nkey: ${pair.getPublicKey()}}, {user: admin, password: admin}]}`)
  const peer = await startNats('-c', config)
  try {
    await createBucket({servers: peer.url, user: 'admin', pass: 'admin'})
    const env = {NATS_URL: peer.url, OPSDECK_LEASES_NKEY: 'env://SEED', SEED: new TextDecoder().decode(pair.getSeed())}
    expect((await ctl(env, 'list')).code).toBe(0)
    expect((await ctl({NATS_URL: peer.url}, 'list')).code).toBe(5)
  } finally {
    await peer.stop()
  }
})

it('signs in with a token', async () => {
  const peer = await startNats('--auth', 'a-token')
  try {
    await createBucket({servers: peer.url, token: 'a-token'})
    expect((await ctl({NATS_URL: peer.url, NATS_TOKEN: 'a-token'}, 'list')).code).toBe(0)
    const refused = await ctl({NATS_URL: peer.url, NATS_TOKEN: 'another-token'}, 'list')
    expect(refused.code).toBe(5)
    expect(refused.stderr).not.toContain('another-token')
  } finally {
    await peer.stop()
  }
})

it('signs in with a credentials file', async () => {
  const {config, creds, wrongCreds} = makeCredentials(folder)
  const peer = await startNats('-c', config)
  try {
    await createBucket({servers: peer.url, authenticator: credsAuthenticator(readFileSync(creds))})
    const acquire = (file: string) => ctl({NATS_URL: peer.url, NATS_CREDS: file}, 'acquire', 'orders', '--ttl', '5m')
    expect(await acquire(wrongCreds)).toMatchObject({code: 5, stdout: ''})
    expect((await acquire(creds)).code).toBe(0)
    expect((await acquire(join(folder, 'none.creds'))).code).toBe(3)
    expect((await ctl({NATS_URL: peer.url}, 'list')).code).toBe(5)
  } finally {
    await peer.stop()
  }
})

it('speaks TLS with a client certificate, to a server that goes by another name', async () => {
  const {config, ca, cert, key} = makeTls(folder)
  const peer = await startNats('-c', config)
  const url = peer.url.replace('nats:', 'tls:')
  const list = (tls: object) => {
    const path = join(folder, 'tls.yaml')
    writeFileSync(path, JSON.stringify({current: 'x', contexts: {x: {leases: {url, bucket: 'leases', tls}}}}), {
      mode: 0o600,
    })
    return runBin('ctl', ['lease', 'list'], {env: {OPSDECK_CONFIG: path, XDG_STATE_HOME: folder}})
  }
  try {
    await createBucket({
      servers: peer.url, tls: {caFile: ca, certFile: cert, keyFile: key, servername: 'nats.test'} as object,
    })
    expect(await list({ca, cert, key, servername: 'nats.test'})).toMatchObject({code: 0})
    expect((await list({ca, cert, key})).code).toBe(4)
    expect((await list({ca, cert, key, servername: 'other.test'})).code).toBe(4)
    expect((await list({ca, servername: 'nats.test'})).code).not.toBe(0)
    expect((await list({cert, key, servername: 'nats.test'})).code).toBe(4)
  } finally {
    await peer.stop()
  }
})
