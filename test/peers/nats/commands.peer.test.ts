import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {connect, type ConnectionOptions} from '@nats-io/transport-node'
import {Kvm} from '@nats-io/kv'
import {createUser} from '@nats-io/nkeys'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {runBin} from '../../helpers/cli.ts'
import {startNats, type NatsPeer} from './start.ts'

const folder = mkdtempSync(join(tmpdir(), 'opsdeck-lease-'))
afterAll(() => rmSync(folder, {recursive: true}))

async function createBucket(options: ConnectionOptions): Promise<void> {
  const connection = await connect(options)
  await new Kvm(connection).create('leases')
  await connection.close()
}

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
    expect(JSON.parse((await ctl(login(), 'get', 'orders', '-o', 'json')).stdout)).toMatchObject({state: 'completed', completedCursorHex: '0a'})
    expect((await ctl(login(), 'abandon', 'orders', '--holder', 'me', '--yes')).code).toBe(0)
    expect(JSON.parse((await ctl(login(), 'list', '-o', 'json')).stdout)).toMatchObject({items: [{key: 'orders', state: 'free'}]})
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
  } finally {
    await peer.stop()
  }
})
