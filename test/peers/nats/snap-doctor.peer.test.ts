import {mkdirSync, mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {connect, type NatsConnection} from '@nats-io/transport-node'
import {jetstreamManager} from '@nats-io/jetstream'
import {Kvm} from '@nats-io/kv'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {runBin} from '../../helpers/cli.ts'
import {startNats, type NatsPeer} from './start.ts'

const artifacts = join(import.meta.dirname, '../../fixtures/artifact/artifacts')

describe('snap doctor beside nats-server 2.15.2', () => {
  let peer: NatsPeer
  let connection: NatsConnection
  let folder: string
  const snap = (...words: string[]) =>
    runBin('snap', words, {
      env: {
        OPSDECK_LEASES_URL: peer.url,
        OPSDECK_ARTIFACTS_URL: `file://${join(folder, 'store')}`,
        XDG_STATE_HOME: folder,
      },
    })
  const states = async (...words: string[]) => {
    const ran = await snap('doctor', 'edge/routes', ...words, '-o', 'json')
    const {items} = JSON.parse(ran.stdout) as {items: {check: string; state: string}[]}
    return {code: ran.code, ...Object.fromEntries(items.map(({check, state}) => [check, state]))}
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'opsdeck-snap-doctor-'))
    mkdirSync(join(folder, 'store'))
    peer = await startNats()
    connection = await connect({servers: peer.url})
    const kv = await new Kvm(connection).create('routes', {history: 1})
    for (let nth = 1; nth <= 25; nth += 1) await kv.put(`key.${nth}`, 'value')
    await new Kvm(connection).create('aging', {ttl: 3_600_000})
    expect((await snap('push', join(artifacts, 'append-log-scoped-rev20'), 'edge/routes')).code).toBe(0)
  })
  afterAll(async () => {
    await connection.close()
    await peer.stop()
    rmSync(folder, {recursive: true})
  })

  it('a restore can catch up as long as the stream holds what came after', async () => {
    expect(await states('--source', 'routes')).toEqual({
      code: 0,
      'conditional puts': 'ok',
      pointer: 'ok',
      scope: 'ok',
      stream: 'ok',
      restore: 'ok',
      retention: 'ok',
    })
    const streams = (await jetstreamManager(connection)).streams
    await streams.purge('KV_routes', {seq: 21})
    expect(await states('--source', 'routes')).toMatchObject({code: 0, restore: 'ok'})
    await streams.purge('KV_routes', {seq: 22})
    expect(await states('--source', 'routes')).toMatchObject({code: 1, restore: 'fail'})
  })

  it('an artifact ahead of a bucket that was made anew is no good', async () => {
    expect(await states('--source', 'aging')).toMatchObject({code: 1, restore: 'fail', retention: 'warn'})
  })

  it('a bucket that is not there is an answer, and is not created', async () => {
    expect((await snap('doctor', 'edge/routes', '--source', 'nowhere')).code).toBe(2)
    await expect((await jetstreamManager(connection)).streams.info('KV_nowhere')).rejects.toThrow('stream not found')
  })
})
