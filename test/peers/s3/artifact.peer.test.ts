import {ListMultipartUploadsCommand, ListPartsCommand, S3Client} from '@aws-sdk/client-s3'
import {spawn, spawnSync} from 'node:child_process'
import {once} from 'node:events'
import {mkdtemp, readdir, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import type {ArtifactClient} from '../../../src/clients/artifact/client.ts'
import {clientOf, crate, makeArtifacts, publisherRace, push, quiet, storeUrl} from './crate.ts'
import {startMoto, startS3, type S3Peer} from './start.ts'

const snap = join(import.meta.dirname, '..', '..', '..', 'bin', 'snap.js')

describe.each([['versitygw', startS3], ['moto', startMoto]] as const)('artifacts on %s beside the real crate', (_name, start) => {
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

  test.each([
    ['append log', 1, 2_000, '0.8'], ['append log of 26 MB', 1, 26_000_000, '0.8'], ['fjall', 3, 300_000, '0.8'],
    ['append log, layout 0.5', 1, 2_000, '0.5'], ['fjall, layout 0.5', 3, 300_000, '0.5'],
  ])('%s: each imports what the other publishes', async (name, files, bytes, wire) => {
    const key = `round-${name.replaceAll(/\W/g, '')}`
    const layout = wire === '0.5' ? 'fixed' : 'addressed'
    const make = (at: string, position: string) =>
      crate('make-artifact', `${dir}/${key}${at}`, String(files), String(bytes), '--rev', position, '--wire', wire)
    await make('a', '100000')
    await push(client, `${dir}/${key}a`, key, layout)
    expect(await crate('import', storeUrl(peer), key, `${dir}/${key}-in`, '--wire', wire, ...peer.crateOptions)).toMatchObject({ok: true})
    await make('b', '200000')
    expect(await crate('upload', `${dir}/${key}b`, storeUrl(peer), key, '--wire', wire, ...peer.crateOptions)).toMatchObject({outcome: 'published'})
    const located = await client.locate(key, quiet.signal)
    expect(located).toMatchObject({layout, manifest: {cursor: {rank: 200_000n}}})
    await client.verifyRemote(located, quiet)
    await client.pull(located, `${dir}/${key}-out`, quiet)
    expect(await crate('verify', `${dir}/${key}-out`, '--wire', wire)).toMatchObject({ok: true})
  })

  test('outcomes: published, unchanged, superseded; prune leaves what is needed', async () => {
    await makeArtifacts(dir, [5, 9])
    expect(await push(client, `${dir}/5`, 'k')).toMatchObject({outcome: 'published'})
    expect(await push(client, `${dir}/9`, 'k')).toMatchObject({outcome: 'published', currentRank: 9n})
    expect(await push(client, `${dir}/9`, 'k')).toMatchObject({outcome: 'unchanged', sentBytes: 0})
    expect(await push(client, `${dir}/5`, 'k')).toMatchObject({outcome: 'superseded', currentRank: 9n, sentBytes: 0})
    const plan = await client.planPrune('k', {graceMs: 0, uploads: true, legacy: true}, quiet.signal)
    expect(await plan.apply(quiet.signal)).toMatchObject({state: 'done', result: {removed: 1}})
    expect(await crate('import', storeUrl(peer), 'k', `${dir}/after-prune`, ...peer.crateOptions)).toMatchObject({ok: true})
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

/** Parts of unfinished uploads that the store holds. */
async function storedParts(peer: S3Peer): Promise<number> {
  const {accessKeyId, secretAccessKey, endpoint, region, bucket} = peer
  const s3 = new S3Client({endpoint, region, forcePathStyle: true, credentials: {accessKeyId, secretAccessKey}})
  try {
    const {Uploads = []} = await s3.send(new ListMultipartUploadsCommand({Bucket: bucket}))
    const lists = await Promise.all(Uploads.map(({Key, UploadId}) => s3.send(new ListPartsCommand({Bucket: bucket, Key, UploadId}))))
    return lists.reduce((sum, {Parts = []}) => sum + Parts.length, 0)
  } finally {
    s3.destroy()
  }
}

describe('killed on the way', () => {
  let peer: S3Peer
  let client: ArtifactClient
  let dir: string
  const env = () => ({
    ...process.env, ...peer.env, OPSDECK_ARTIFACTS_URL: storeUrl(peer), OPSDECK_ARTIFACTS_ENDPOINT: peer.endpoint, XDG_CONFIG_HOME: dir, XDG_STATE_HOME: dir,
  })
  /** Kills `snap` after so long; true when it was still running. */
  const killed = async (afterMs: number, ...words: string[]) => {
    const child = spawn(process.execPath, [snap, ...words], {env: env(), stdio: 'ignore'})
    const timer = setTimeout(() => child.kill('SIGKILL'), afterMs)
    await once(child, 'exit')
    clearTimeout(timer)
    return child.signalCode === 'SIGKILL'
  }
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'opsdeck-artifact-'))
    peer = await startS3()
    client = await clientOf(peer)
    await crate('make-artifact', `${dir}/old`, '1', '2000', '--rev', '5')
    await crate('make-artifact', `${dir}/new`, '1', '200000000', '--rev', '900000')
  })
  afterAll(async () => {
    await client?.close()
    await peer?.stop()
    await rm(dir, {recursive: true, force: true})
  })

  test('a push: the old artifact stays whole, the next run sends only what is missing', async () => {
    await push(client, `${dir}/old`, 'k')
    for (const afterMs of [300, 500, 700]) {
      await killed(afterMs, 'push', `${dir}/new`, 'k')
      await client.verifyRemote(await client.locate('k', quiet.signal), quiet)
    }
    const child = spawn(process.execPath, [snap, 'push', `${dir}/new`, 'k'], {env: env(), stdio: 'ignore'})
    while (child.exitCode === null && (await storedParts(peer)) < 3) await new Promise(resolve => setTimeout(resolve, 10))
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(child.signalCode).toBe('SIGKILL')
    expect((await client.locate('k', quiet.signal)).manifest.cursor.rank).toBe(5n)
    const run = spawnSync(process.execPath, [snap, 'push', `${dir}/new`, 'k', '-o', 'json', '-q'], {env: env(), encoding: 'utf8'})
    const result = JSON.parse(run.stdout)
    expect(result).toMatchObject({outcome: 'published', currentRank: 900_000})
    expect(result.keptBytes).toBeGreaterThanOrEqual(3 * 8 * 1_048_576)
    expect(await crate('import', storeUrl(peer), 'k', `${dir}/imported`, ...peer.crateOptions)).toMatchObject({ok: true})
  })

  test('a pull: the destination is absent or whole', async () => {
    await push(client, `${dir}/new`, 'k')
    let kills = 0
    for (const afterMs of [200, 300, 400, 500, 600]) {
      const wasKilled = await killed(afterMs, 'pull', 'k', `${dir}/dest`)
      kills += Number(wasKilled)
      const names = await readdir(`${dir}/dest`).catch(() => [])
      expect(names.toSorted().join()).toMatch(/^(|MANIFEST.json,data)$/)
      if (names.length > 0) expect(await crate('verify', `${dir}/dest`)).toMatchObject({ok: true})
    }
    expect(kills).toBeGreaterThan(0)
    const run = spawnSync(process.execPath, [snap, 'pull', 'k', `${dir}/dest`, '-q'], {env: env(), encoding: 'utf8'})
    expect([0, 7]).toContain(run.status)
    expect(await crate('verify', `${dir}/dest`)).toMatchObject({ok: true})
    expect((await readdir(dir)).filter(name => name.startsWith('.opsdeck-pull'))).toEqual([])
  })
})
