import {cp, readFile, rm, truncate, writeFile, readdir, rename} from 'node:fs/promises'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {commitName} from '../../../src/clients/control-table/store.ts'
import {claim, client, fixtures, newTable, release} from './tables.ts'

let table: Awaited<ReturnType<typeof newTable>>
let log: string
beforeEach(async () => {
  table = await newTable()
  log = join(table.root, '_delta_log')
  await rm(table.root, {recursive: true})
  await cp(join(fixtures, 'python-1.5.0', '_scouter_control'), table.root, {recursive: true})
})
afterEach(() => table.remove())

/** Rewrites one commit's text. */
async function edit(version: number, change: (text: string) => string): Promise<void> {
  const file = join(log, commitName(version))
  await writeFile(file, change(await readFile(file, 'utf8')))
}

/** Adds commit 16 with these actions. */
const add = (...actions: object[]) =>
  writeFile(join(log, commitName(16)), [
    {commitInfo: {timestamp: 1, operation: 'X', operationParameters: {}}}, ...actions,
  ].map(each => JSON.stringify(each)).join('\n'))

const metaData = async (change: object) => {
  const first =
    (await readFile(join(log, commitName(0)), 'utf8')).split('\n').find(line => line.includes('"metaData"'))!
  return {metaData: {...(JSON.parse(first) as {metaData: object}).metaData, ...change}}
}

describe('what cannot be worked is refused, and nothing is changed', () => {
  test.each<[string, () => Promise<unknown>, object]>([
    ['a commit cut in half', () => truncate(join(log, commitName(15)), 700), {code: 'BROKEN_LOG', exit: 11}],
    ['an empty commit', () => truncate(join(log, commitName(15)), 0), {code: 'BROKEN_LOG'}],
    [
      'a corrupt checkpoint', () => truncate(join(log, '00000000000000000014.checkpoint.parquet'), 3_000),
      {code: 'BROKEN_LOG'},
    ],
    ['a missing commit', async () => {
      await rm(join(log, '00000000000000000014.checkpoint.parquet'))
      await rm(join(log, commitName(12)))
    }, {code: 'BROKEN_LOG'}],
    [
      'a newer writer',
      () => add({protocol: {minReaderVersion: 1, minWriterVersion: 7, writerFeatures: ['rowTracking']}}),
      {code: 'UNSUPPORTED_TABLE', exit: 12},
    ],
    ['a newer reader', () => add({
      protocol: {minReaderVersion: 3, minWriterVersion: 7, readerFeatures: ['deletionVectors'], writerFeatures: []},
    }), {code: 'UNSUPPORTED_TABLE'}],
    ['other columns', async () => add(await metaData({
      schemaString: '{"type":"struct","fields":[{"name":"id","type":"long","nullable":true,"metadata":{}}]}',
    })), {code: 'UNSUPPORTED_TABLE'}],
    ['partitions', async () => add(await metaData({partitionColumns: ['status']})), {code: 'UNSUPPORTED_TABLE'}],
    [
      'an append-only table', async () => add(await metaData({configuration: {'delta.appendOnly': 'true'}})),
      {code: 'UNSUPPORTED_TABLE'},
    ],
    ['a missing data file', async () => {
      for (const name of await readdir(table.root)) if (name.endsWith('.parquet')) await rm(join(table.root, name))
    }, {code: 'BROKEN_LOG'}],
    ['a data file elsewhere', () => edit(15, text => text.replace('"path":"', '"path":"../')), {code: 'BROKEN_LOG'}],
  ])('%s', async (_name, damage, error) => {
    await damage()
    const before = await readdir(table.root, {recursive: true})
    await expect(claim(client(table.root), 'trace_retention')).rejects.toMatchObject(error)
    expect(await readdir(table.root, {recursive: true})).toEqual(before)
  })
})

test('a second metaData with the same columns is read and written', async () => {
  await add(await metaData({id: 'another'}))
  expect(await claim(client(table.root), 'trace_retention')).toMatchObject({version: expect.any(Number)})
})

test('the folder vanishes under a loaded table', async () => {
  const tasks = client(table.root, {fence: false})
  await tasks.list()
  await rm(table.root, {recursive: true})
  await expect(claim(tasks, 'new_task')).rejects.toMatchObject({code: 'FOLDER_GONE', exit: 1})
  await expect(client(table.root).list()).rejects.toMatchObject({code: 'NO_TABLE', exit: 2})
})

test('a stale hint and foreign names beside the log harm nothing', async () => {
  await writeFile(join(log, '_last_checkpoint'), '{"version":4}')
  for (const name of ['x.tmp', `${commitName(16)}#1`, '00000000000000000016.json.tmp', '00000000000000000016.crc']) {
    await writeFile(join(log, name), 'junk')
  }
  expect((await client(table.root).list()).version).toBe(15)
})

describe('other forms of checkpoint', () => {
  const expected = async () => (await client(table.root).list()).tasks.map(each => ({...each, version: null}))

  test('V2 with a JSON manifest and a sidecar is read; writing is refused', async () => {
    const before = await expected()
    const {mkdir} = await import('node:fs/promises')
    await mkdir(join(log, '_sidecars'))
    await rename(join(log, '00000000000000000014.checkpoint.parquet'), join(log, '_sidecars', 'part.parquet'))
    const manifest = [
      {checkpointMetadata: {version: 14}},
      {protocol: {
        minReaderVersion: 3, minWriterVersion: 7, readerFeatures: ['v2Checkpoint'], writerFeatures: ['v2Checkpoint'],
      }},
      {sidecar: {path: 'part.parquet', sizeInBytes: 1, modificationTime: 1}},
    ]
    await writeFile(
      join(log, '00000000000000000014.checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.json'),
      manifest.map(each => JSON.stringify(each)).join('\n'),
    )
    for (let old = 0; old < 14; old += 1) await rm(join(log, commitName(old)))
    await add({protocol: manifest[1]!.protocol})
    expect(await expected()).toEqual(before)
    await expect(claim(client(table.root), 'x')).rejects.toMatchObject({
      code: 'UNSUPPORTED_TABLE', message: expect.stringContaining('writer 7'),
    })
  })

  test('several parts count only when all are there', async () => {
    const before = await expected()
    const whole = join(log, '00000000000000000014.checkpoint.parquet')
    const part = (n: number) => join(log, `00000000000000000014.checkpoint.000000000${n}.0000000002.parquet`)
    await rename(whole, part(1))
    expect(await expected()).toEqual(before)
    await cp(join(log, '00000000000000000009.checkpoint.parquet'), part(2))
    for (let old = 0; old < 14; old += 1) await rm(join(log, commitName(old)))
    // Part 2 brings back files that were removed later: only a reader that reads it sees them.
    expect((await client(table.root).table.current()).files.size).toBeGreaterThan(4)
  })
})

describe('an hour of clock skew', () => {
  const hourUs = 3_600_000_000n
  const nowUs = () => BigInt(Date.now()) * 1_000n

  test.each([
    ['behind', -hourUs], ['ahead', hourUs],
  ])('%s: a live claim of a right clock is judged by our own', async (_name, skew) => {
    await claim(client(table.root), 'x', 'right')
    const skewed = client(table.root, {nowUs: () => nowUs() + skew})
    if (skew < 0n) await expect(claim(skewed, 'x', 'skewed')).rejects.toMatchObject({code: 'HELD'})
    else expect(await claim(skewed, 'x', 'skewed')).toMatchObject({record: {holder: 'skewed'}})
  })

  test('a gap is waited for by the store\'s clock, not by the commit\'s', async () => {
    const slept: number[] = []
    let monotonic = 0
    const clock = {
      nowMs: () => 0, monotonicMs: () => monotonic, sleep: async (ms: number) => void (slept.push(ms), monotonic += ms),
    }
    await add({remove: {path: 'none', dataChange: true}})
    await edit(16, text => text.replace(
      '"operation":"X","operationParameters":{}',
      '"operation":"DELETE","operationParameters":{"predicate":"task_name = \'y\'"}',
    ))
    await claim(client(table.root, {clock}), 'trace_retention')
    const waited = slept.reduce((sum, ms) => sum + ms, 0)
    expect(waited).toBeGreaterThan(4_000)
    expect(waited).toBeLessThan(5_100)
    await release(client(table.root, {clock}), 'trace_retention')
  })
})
