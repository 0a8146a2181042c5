import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import type {ArtifactClient} from '../../../src/clients/artifact/client.ts'
import {runBin} from '../../helpers/cli.ts'
import {bothWays, clientOf, crate, makeArtifacts, publisherRace, push, quiet, storeUrl, type BothWays} from './crate.ts'
import {startMoto, startS3, type S3Peer} from './start.ts'

describe.each([
  ['versitygw', startS3],
  ['moto', startMoto],
] as const)('artifacts on %s beside the real crate', (_name, start) => {
  let peer: S3Peer
  let client: ArtifactClient
  let dir: string
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'opsdeck-artifact-'))
    peer = await start()
    client = await clientOf(peer)
  })
  afterAll(async () => {
    await client?.close()
    await peer?.stop()
    await rm(dir, {recursive: true, force: true})
  })

  test.each<BothWays>([
    {name: 'append log', files: 1, bytes: 2_000, wire: '0.8'},
    {name: 'append log of 26 MB', files: 1, bytes: 26_000_000, wire: '0.8'},
    {name: 'fjall', files: 3, bytes: 300_000, wire: '0.8'},
    {name: 'append log, layout 0.5', files: 1, bytes: 2_000, wire: '0.5'},
    {name: 'fjall, layout 0.5', files: 3, bytes: 300_000, wire: '0.5'},
  ])('$name: each imports what the other publishes', each => bothWays(peer, client, dir, each))

  test('outcomes: published, unchanged, superseded; prune leaves what is needed', async () => {
    await makeArtifacts(dir, [5, 9])
    expect(await push(client, `${dir}/5`, 'k')).toMatchObject({outcome: 'published'})
    expect(await push(client, `${dir}/9`, 'k')).toMatchObject({outcome: 'published', currentRank: 9n})
    expect(await push(client, `${dir}/9`, 'k')).toMatchObject({outcome: 'unchanged', sentBytes: 0})
    expect(await push(client, `${dir}/5`, 'k')).toMatchObject({outcome: 'superseded', currentRank: 9n, sentBytes: 0})
    const plan = await client.planPrune('k', {graceMs: 0, uploads: true, legacy: true}, quiet.signal)
    expect(await plan.apply(quiet.signal)).toMatchObject({state: 'done', result: {removed: 1}})
    expect(await crate('import', storeUrl(peer), 'k', `${dir}/after-prune`, ...peer.crateOptions)).toMatchObject({
      ok: true,
    })
  })

  test('3 rounds of 8 publishers, every other one the crate: the pointer only rises, to the highest', async () => {
    const positions = [11, 12, 13, 14, 15, 16, 17, 18]
    await makeArtifacts(dir, positions)
    for (let round = 0; round < 3; round += 1) {
      const seen = await publisherRace(peer, client, dir, `race/${round}`, positions)
      expect(seen).toEqual(seen.toSorted((a, b) => Number(a - b)))
      expect(seen.at(-1)).toBe(18n)
    }
  })

  test('the doctor finds the store good', async () => {
    expect(await client.planRace().apply(quiet.signal)).toMatchObject({result: {state: 'ok'}})
  })
})

test('over TLS, push and pull go the same ways; a certificate that nobody vouches for is refused', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'opsdeck-artifact-'))
  const peer = await startS3({tls: true})
  try {
    await crate('make-artifact', `${dir}/a`, '1', '20000000', '--rev', '100000')
    const env = {...peer.env, OPSDECK_ARTIFACTS_URL: storeUrl(peer), OPSDECK_ARTIFACTS_ENDPOINT: peer.endpoint}
    const trusting = {...env, NODE_EXTRA_CA_CERTS: peer.caPath}
    expect(await runBin('snap', ['push', `${dir}/a`, 'k', '-q'], {env: trusting})).toMatchObject({code: 0, stderr: ''})
    expect(await runBin('snap', ['pull', 'k', `${dir}/out`, '-q'], {env: trusting})).toMatchObject({
      code: 0,
      stderr: '',
    })
    expect(await crate('verify', `${dir}/out`)).toMatchObject({ok: true})
    expect(await runBin('snap', ['show', 'k', '--retries', '0'], {env})).toMatchObject({code: 4})
  } finally {
    await peer.stop()
    await rm(dir, {recursive: true, force: true})
  }
})
