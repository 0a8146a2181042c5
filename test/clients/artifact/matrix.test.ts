import {mkdtemp, readdir, rm, stat} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {createArtifactClient, type ArtifactClient} from '../../../src/clients/artifact/client.ts'
import {systemClock} from '../../../src/clients/net/deadline.ts'
import {manifestRows, plant, recorded, stricter, transferRows} from './matrix.ts'

const matrix = recorded('0.8')
const quiet = {signal: new AbortController().signal, onProgress: () => {}}
let root: string
let client: ArtifactClient
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'opsdeck-matrix-'))
  client = await createArtifactClient({
    url: `file://${root}`,
    timeoutMs: 5_000,
    connectTimeoutMs: 1_000,
    retries: 0,
    clock: systemClock,
    random: Math.random,
  })
})
afterAll(() => rm(root, {recursive: true, force: true}))

test('every row of the recorded matrix is tried', () => {
  expect(Object.keys(manifestRows).toSorted()).toEqual(Object.keys(matrix.manifest).toSorted())
  expect(Object.keys(transferRows).toSorted()).toEqual(Object.keys(matrix.transfer).toSorted())
  for (const row of stricter) expect(matrix.transfer[row]?.import).toBe('ok')
})

test.each(Object.keys(manifestRows))('the crate and we agree on the manifest: %s', async row => {
  await plant(root, 'm', manifestRows[row]!)
  const verdict = matrix.manifest[row]!
  if (verdict.startsWith('REFUSED'))
    return void (await expect(client.locate('m', quiet.signal)).rejects.toMatchObject({exit: 11}))
  const {cursor} = (await client.locate('m', quiet.signal)).manifest
  const [, revision] = /rev=(\w+)/.exec(verdict) ?? []
  if (revision) expect(String(cursor.revision ?? null)).toBe(revision)
})

test.each(Object.keys(transferRows))('the crate and we agree on the payload, or we are stricter: %s', async row => {
  const {manifest, tar} = transferRows[row]!
  await plant(root, 't', manifest, tar)
  const out = join(root, 'out')
  const pulled = client.locate('t', quiet.signal).then(located => client.pull(located, out, quiet))
  if (matrix.transfer[row]!.import === 'ok' && !stricter.includes(row)) {
    await expect(pulled).resolves.toMatchObject({files: 1, keys: 1})
    expect((await readdir(out, {recursive: true})).filter(name => !name.startsWith('data/sub')).toSorted()).toEqual([
      'MANIFEST.json',
      'data',
      'data/fold.snap',
    ])
    // The modes of the tar are not taken over: no setuid, nothing for others to write, always readable by the owner.
    expect((await stat(join(out, 'data/fold.snap'))).mode & 0o7733).toBe(0o600)
  } else {
    await expect(pulled).rejects.toMatchObject({exit: 11})
    expect((await readdir(root)).filter(name => name.includes('out') || name.includes('opsdeck'))).toEqual([])
  }
  await rm(out, {recursive: true, force: true})
})
