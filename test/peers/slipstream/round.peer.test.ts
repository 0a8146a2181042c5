import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {fixture, key, openWorld, type Places, type RoundWorld} from '../../cli/round/world.ts'
import {run} from '../../helpers/cli.ts'
import {peerBinary} from '../cache.ts'
import {startNats, type NatsPeer} from '../nats/start.ts'
import {storeUrl} from '../s3/crate.ts'
import {startS3, type S3Peer} from '../s3/start.ts'
import {crate} from './crate.ts'

const signal = new AbortController().signal
let nats: NatsPeer
let s3: S3Peer
let root: string
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'opsdeck-rounds-'))
  ;[nats, s3] = await Promise.all([startNats(), startS3()])
  // The crate makes the bucket, as in the field.
  await crate('lease-show', nats.url, 'leases', 'routes')
})
afterAll(async () => {
  await Promise.all([nats.stop(), s3.stop()])
  rmSync(root, {recursive: true})
})

const places = (): Places => ({
  leases: {url: nats.url, bucket: 'leases'},
  artifacts: {
    url: storeUrl(s3),
    endpoint: s3.endpoint,
    region: s3.region,
    credentials: {accessKeyId: s3.accessKeyId, secretAccessKey: s3.secretAccessKey},
  },
})
const imports = (from: string, name: string) =>
  crate('import', storeUrl(s3), from, join(root, name), ...s3.crateOptions)
const leaseOf = async (name: string) =>
  (await crate('lease-show', nats.url, 'leases', name))['current'] as {record: Record<string, unknown>} | undefined

/** The real exporter, in a round. */
const exporting = (position: number) => [
  'sh',
  '-c',
  `'${peerBinary('slipstream-0.8.6', 'bin', 'slipstream-peer')}' make-artifact "$OPSDECK_ARTIFACT_DIR" 2 5000 --rev ${position} >/dev/null`,
]

async function inWorld<T>(work: (world: RoundWorld) => Promise<T>): Promise<T> {
  const world = await openWorld(mkdtempSync(join(root, 'w-')), places())
  return work(world).finally(() => world.close())
}

describe('rounds on nats-server and versitygw, read by the real crate', () => {
  it('what a round publishes and completes, the crate imports and sees as completed', () =>
    inWorld(async world => {
      const {report} = await world.round(exporting(41), {key: 'whole', lease: 'whole'})
      expect(report).toMatchObject({outcome: 'published', rank: 41n, cursorHex: '0000000000000029'})
      expect(await imports('whole', 'whole')).toMatchObject({ok: true})
      expect(await leaseOf('whole')).toMatchObject({
        record: {holder_id: report.holder, completed_cursor_hex: '0000000000000029'},
      })
      expect(await crate('lease-acquire', nats.url, 'leases', 'whole', 'crate', '60')).toMatchObject({acquired: false})
    }))

  it('a failed round leaves the lease to the crate', () =>
    inWorld(async world => {
      await world.round(['false'], {key: 'failed', lease: 'failed'})
      expect(await crate('lease-acquire', nats.url, 'leases', 'failed', 'crate', '60')).toMatchObject({acquired: true})
      await expect(world.round(exporting(5), {key: 'failed', lease: 'failed'})).rejects.toMatchObject({
        code: 'LEASE_HELD',
      })
    }))

  it('of rounds and exporters of the crate at once, one has the lease', async () => {
    for (let nth = 0; nth < 5; nth += 1) {
      const lease = `race-${nth}`
      const ours = Array.from({length: 4}, () =>
        inWorld(world =>
          world.round(exporting(5), {key: lease, lease}).then(
            ({outcome}) => outcome.state === 'done',
            () => false,
          ),
        ),
      )
      const theirs = Array.from({length: 4}, (_, at) =>
        crate('lease-acquire', nats.url, 'leases', lease, `crate-${at}`, '60').then(
          answer => answer['acquired'] === true,
        ),
      )
      expect((await Promise.all([...ours, ...theirs])).filter(Boolean)).toHaveLength(1)
    }
  })
})

/** As many calls as a round makes here; see the last test. */
const calls = 17

describe('kill -9 before a call on a store, then once more', () => {
  const killed = (dir: string, nth: number) =>
    run(process.execPath, [
      join(import.meta.dirname, '../../cli/round/killed.ts'),
      dir,
      JSON.stringify(places()),
      'before',
      String(nth),
      'sh',
      '-c',
      `cp -r '${fixture('append-log-rev9')}' "$OPSDECK_ARTIFACT_DIR"`,
    ])

  it.each([2, 5, 7, 9, 11, 12, 13, 14, 16, 17])('call %i', async nth => {
    const dir = mkdtempSync(join(root, `kill-${nth}-`))
    // All use one key and one lease: each begins where nobody holds it.
    const world = await openWorld(dir, places())
    await world.leases.planAbandon('routes', {}, signal).then(
      change => change.apply(signal),
      () => undefined,
    )
    await world.artifacts.store.remove(await keysOf(world), signal)
    expect((await killed(dir, nth)).code).toBe(137)
    const again = () =>
      world.round(['cp', '-r', fixture('append-log-rev9'), world.folder]).then(
        ({outcome}) => outcome.state,
        (error: {code: string}) => error.code,
      )
    await expect.poll(again, {timeout: 20_000, interval: 100}).toBe('done')
    await world.close()
    expect(await imports(key, `import-${nth}`)).toMatchObject({ok: true})
    expect(await leaseOf('routes')).toMatchObject({record: {completed_cursor_hex: '0000000000000009'}})
  })

  it('an undisturbed round makes as many calls', async () => {
    await inWorld(world => world.leases.planAbandon('routes', {}, signal).then(change => change.apply(signal)))
    expect((await killed(mkdtempSync(join(root, 'none-')), 0)).stdout).toBe(String(calls))
  })
})

async function keysOf({artifacts: {store}}: RoundWorld): Promise<string[]> {
  const keys: string[] = []
  for await (const {key: stored} of store.list(`${store.prefix}/edge/`, signal)) keys.push(stored)
  return keys
}
