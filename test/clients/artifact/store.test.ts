import {cp, mkdtemp, readdir, readFile, rm, symlink, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {createArtifactClient, verifyLocal, type ArtifactClient} from '../../../src/clients/artifact/client.ts'
import {checkConditionalPuts} from '../../../src/clients/artifact/doctor.ts'
import {openFileStore} from '../../../src/clients/artifact/file-store.ts'
import type {ArtifactStore} from '../../../src/clients/artifact/store.ts'
import {systemClock} from '../../../src/clients/net/deadline.ts'

const fixtures = new URL('../../fixtures/artifact/', import.meta.url).pathname
const quiet = {signal: new AbortController().signal, onProgress: () => {}}
let dir: string
beforeEach(async () => void (dir = await mkdtemp(join(tmpdir(), 'opsdeck-artifact-'))))
afterEach(() => rm(dir, {recursive: true, force: true}))

const open = (url: string, endpoint?: string): Promise<ArtifactClient> => createArtifactClient({
  url, endpoint, timeoutMs: 5_000, connectTimeoutMs: 1_000, retries: 0, random: () => 0.01, clock: systemClock,
  credentials: {accessKeyId: 'a', secretAccessKey: 'b'},
})
const push = async (client: ArtifactClient, artifact: string, key: string) => {
  const change = await client.planPush(artifact, key, {layout: 'addressed', onProgress: () => {}}, quiet.signal)
  const outcome = await change.apply(quiet.signal)
  if (outcome.state !== 'done') throw outcome.error
  return outcome.result
}
const artifact = (name: string) => join(fixtures, 'artifacts', name)

test.each(['edge', 'scoped', 'evicted', 'fjall', 'sparse'])('pulls what 0.8.6 wrote into a folder: %s', async name => {
  const client = await open(`file://${fixtures}store-0.8`)
  const located = await client.locate(`${name}/latest`, quiet.signal)
  await client.pull(located, join(dir, 'out'), quiet)
  await verifyLocal(join(dir, 'out'), () => {}, quiet.signal)
  expect(await readFile(join(dir, 'out', 'MANIFEST.json'))).toEqual(located.manifestBytes)
})

test('pulls what 0.5.0 wrote, and says so', async () => {
  const client = await open(`file://${fixtures}store-0.5`)
  const located = await client.locate('edge/latest', quiet.signal)
  expect(located.layout).toBe('fixed')
  await client.pull(located, join(dir, 'out'), quiet)
})

test('a folder: published, superseded, unchanged; no unfinished file is left', async () => {
  const client = await open(`file://${dir}/store`)
  expect(await push(client, artifact('append-log-rev9'), 'k')).toMatchObject({outcome: 'published'})
  expect(await push(client, artifact('append-log-rev5'), 'k')).toMatchObject({outcome: 'superseded', currentRank: 9n})
  expect(await push(client, artifact('append-log-rev9'), 'k')).toMatchObject({outcome: 'unchanged'})
  expect((await readdir(`${dir}/store`, {recursive: true})).toSorted()).toEqual([
    'k.manifest.json', 'k.payloads', 'k.payloads/0000000000000009-11d71a23db955a31.tar',
  ])
  const keys: string[] = []
  for await (const key of client.list(quiet.signal)) keys.push(key)
  expect(keys).toEqual(['k'])
})

test('two pushes of one artifact give the same bytes', async () => {
  for (const name of ['one', 'two']) await push(await open(`file://${dir}/${name}`), artifact('fjall'), 'k')
  const bytes = (name: string) => readFile(`${dir}/${name}/k.payloads/0000000000000001-881db9e433bf4a5d.tar`)
  expect(await bytes('one')).toEqual(await bytes('two'))
})

test.each([
  ['a changed byte', (at: string) => writeFile(`${at}/data/fold.snap`, Buffer.alloc(652))],
  ['a short file', (at: string) => writeFile(`${at}/data/fold.snap`, 'x')],
  ['an undeclared file', (at: string) => writeFile(`${at}/data/more`, 'x')],
  ['a link instead of the file', async (at: string) => {
    await rm(`${at}/data/fold.snap`)
    await symlink(artifact('append-log-rev5/data/fold.snap'), `${at}/data/fold.snap`)
  }],
  ['a link instead of data', async (at: string) => {
    await rm(`${at}/data`, {recursive: true})
    await symlink(artifact('append-log-rev5/data'), `${at}/data`)
  }],
])('neither pushed nor verified: %s', async (_name, spoil) => {
  await cp(artifact('append-log-rev5'), `${dir}/a`, {recursive: true})
  await spoil(`${dir}/a`)
  const client = await open(`file://${dir}/store`)
  await expect(push(client, `${dir}/a`, 'k')).rejects.toMatchObject({exit: 11})
  await expect(verifyLocal(`${dir}/a`, () => {}, quiet.signal)).rejects.toMatchObject({exit: 11})
  expect((await readdir(dir, {recursive: true})).filter(name => /store\/.*(tar|json)/.test(name))).toEqual([])
})

test('a pull goes on with what an earlier one left, and does not trust it', async () => {
  const client = await open(`file://${fixtures}store-0.8`)
  const located = await client.locate('fjall/latest', quiet.signal)
  const stop = new AbortController()
  const broken = client.pull(located, join(dir, 'out'), {
    signal: stop.signal,
    onProgress: done => done > 5_000 && stop.abort(new Error('stopped')),
  })
  await expect(broken).rejects.toThrow('stopped')
  const stage = (await readdir(dir)).find(name => name.startsWith('.opsdeck-pull') && !name.endsWith('.lock'))!
  const left = (await readdir(join(dir, stage), {recursive: true, withFileTypes: true})).filter(entry => entry.isFile())
  expect(left.length).toBeGreaterThan(0)
  for (const entry of left) await writeFile(join(entry.parentPath, entry.name), 'not what was there')
  await client.pull(located, join(dir, 'out'), quiet)
  await verifyLocal(join(dir, 'out'), () => {}, quiet.signal)
  expect((await readdir(dir))).toEqual(['out'])
})

test('a pull removes what broken ones left for its destination, and nothing of other destinations', async () => {
  const client = await open(`file://${fixtures}store-0.8`)
  const broken = async (key: string, name: string) => {
    const stop = new AbortController()
    stop.abort(new Error('stopped'))
    const options = {...quiet, signal: stop.signal}
    await expect(client.pull(await client.locate(key, quiet.signal), join(dir, name), options)).rejects.toThrow(
      'stopped',
    )
  }
  await broken('fjall/latest', 'out')
  await broken('fjall/latest', 'other')
  await client.pull(await client.locate('edge/latest', quiet.signal), join(dir, 'out'), quiet)
  const left = (await readdir(dir)).filter(name => name !== 'out')
  expect(new Set(left.map(name => name.replace('.lock', ''))).size).toBe(1)
  await client.pull(await client.locate('edge/latest', quiet.signal), join(dir, 'other'), quiet)
  expect((await readdir(dir)).toSorted()).toEqual(['other', 'out'])
})

test('a destination that is in use is left alone', async () => {
  const client = await open(`file://${fixtures}store-0.8`)
  const located = await client.locate('edge/latest', quiet.signal)
  await writeFile(join(dir, 'mine'), 'x')
  await expect(client.pull(located, dir, quiet)).rejects.toMatchObject({exit: 7})
  expect(await readdir(dir)).toEqual(['mine'])
})

test('a folder passes the doctor; stores that ignore or do not lock conditions are caught', async () => {
  const good = openFileStore(`file://${dir}`, systemClock, 5_000)
  expect(await checkConditionalPuts(good, Math.random, quiet.signal, 1)).toMatchObject({state: 'ok'})
  const ignores = swapping(good, async (key, bytes) =>
    good.put(key, bytes, quiet.signal).then(() => 'written' as const),
  )
  expect(await checkConditionalPuts(ignores, Math.random, quiet.signal, 1)).toMatchObject({state: 'fail'})
  const unlocked = swapping(good, async (key, bytes, expected, signal) => {
    if ((await good.read(key, 1024, signal))?.etag !== expected) return 'moved'
    await good.put(key, bytes, signal)
    return 'written'
  })
  expect(await checkConditionalPuts(unlocked, Math.random, quiet.signal, 1)).toMatchObject({state: 'fail'})
  expect((await readdir(dir)).filter(name => !name.includes('#'))).toEqual([])
})

/** The same store, but for its conditional puts. */
function swapping(store: ArtifactStore, swap: ArtifactStore['swap']): ArtifactStore {
  return new Proxy(store, {get: (own, name) => {
    const value: unknown = name === 'swap' ? swap : Reflect.get(own, name)
    return typeof value === 'function' ? value.bind(own) : value
  }})
}

test('a pointer of a newer schema is left alone; garbage is replaced with a warning', async () => {
  const client = await open(`file://${dir}`)
  await push(client, artifact('append-log-rev5'), 'k')
  const pointer = `${dir}/k.manifest.json`
  await writeFile(pointer, (await readFile(pointer, 'utf8')).replace('"schema_version": 1', '"schema_version": 3'))
  await expect(push(client, artifact('append-log-rev9'), 'k')).rejects.toMatchObject({exit: 12})
  await writeFile(pointer, 'garbage')
  const change = await client.planPush(
    artifact('append-log-rev9'),
    'k',
    {layout: 'addressed', onProgress: () => {}},
    quiet.signal,
  )
  expect(change.warnings.join()).toContain('unreadable')
  expect(await change.apply(quiet.signal)).toMatchObject({state: 'done', result: {outcome: 'published'}})
})
