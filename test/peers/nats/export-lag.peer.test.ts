import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {jetstreamManager} from '@nats-io/jetstream'
import {Kvm} from '@nats-io/kv'
import {connect, type NatsConnection} from '@nats-io/transport-node'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {runBin} from '../../helpers/cli.ts'
import {startNats, type NatsPeer} from './start.ts'

/** What one lease of the snapshot says of its export. */
interface Lag {
  state: string
  behind: number | null
  dropped: number | null
  why: string | null
}

describe('the export lag of `ctl dash` beside nats-server 2.15.2', () => {
  let peer: NatsPeer
  let connection: NatsConnection
  let home: string
  const env = () => ({XDG_CONFIG_HOME: join(home, 'config'), XDG_STATE_HOME: join(home, 'state')})
  const ctl = (...words: string[]) => runBin('ctl', words, {env: env()})
  const snapshot = async () => {
    const {code, stdout} = await ctl('dash', '--once', '-o', 'json')
    const {leases: {items}} = JSON.parse(stdout) as {leases: {items: {key: string; exportLag: Lag}[]}}
    return {code, lags: Object.fromEntries(items.map(({key, exportLag}) => [key, exportLag]))}
  }

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'opsdeck-export-lag-'))
    peer = await startNats()
    connection = await connect({servers: peer.url})
    const kvm = new Kvm(connection)
    await kvm.create('leases', {history: 5})
    const routes = await kvm.create('routes', {history: 1})
    for (let nth = 1; nth <= 25; nth += 1) await routes.put(`key.${nth}`, 'value')
    mkdirSync(join(home, 'config/opsdeck'), {recursive: true})
    const streams = '["round.routes=routes", "round.lost=nowhere"]'
    const context = `    leases: {url: "${peer.url}", bucket: leases, streams: ${streams}}`
    writeFileSync(join(home, 'config/opsdeck/config.yaml'), `contexts:\n  peer:\n${context}\ncurrent: peer\n`, {
      mode: 0o600,
    })
    for (const key of ['round.routes', 'round.other', 'round.lost']) {
      expect((await ctl('lease', 'acquire', key, '--holder', 'e1', '--ttl', '1h', '--yes')).stderr).not.toContain(
        'error',
      )
      await ctl('lease', 'complete', key, '--holder', 'e1', '--cursor', '0000000000000014', '--yes')
    }
  })
  afterAll(async () => {
    await connection.close()
    await peer.stop()
    rmSync(home, {recursive: true})
  })

  it('counts the changes after the last completed export, and says where nobody can', async () => {
    const {code, lags} = await snapshot()
    expect(lags).toMatchObject({
      'round.routes': {state: 'known', behind: 5, dropped: 0},
      'round.other': {state: 'unknown', behind: null, why: expect.stringContaining('leases.streams')},
      'round.lost': {state: 'unknown', why: expect.stringContaining('nowhere')},
    })
    expect(code).toBe(9)
  })

  it('tells of changes that the stream no longer has', async () => {
    await (await jetstreamManager(connection)).streams.purge('KV_routes', {seq: 24})
    expect((await snapshot()).lags['round.routes']).toMatchObject({state: 'dropped', behind: 5, dropped: 3})
  })
})
