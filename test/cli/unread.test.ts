import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdir, mkdtemp, readdir, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {createBlake3} from '../../src/clients/artifact/hash.ts'
import {binPath, cleanEnv} from '../helpers/cli.ts'

const sizeBytes = 20_000_000
let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'opsdeck-unread-'))
  const body = Buffer.alloc(sizeBytes, 'x')
  const hasher = await createBlake3()
  hasher.update(body)
  await mkdir(join(dir, 'a/data'), {recursive: true})
  await writeFile(join(dir, 'a/data/part'), body)
  await writeFile(join(dir, 'a/MANIFEST.json'), JSON.stringify({
    schema_version: 1, backend: 'fjall', backend_version: '3', cursor_hex: '0000000000000005', created_at_unix: 0,
    files: [{path: 'data/part', size: sizeBytes, blake3: hasher.digest()}],
  }))
})
afterAll(() => rm(dir, {recursive: true, force: true}))

/** The exit code of `snap` when a reader goes away at once. */
async function run(unread: 'stdout' | 'stderr', ...words: string[]): Promise<number> {
  const env = cleanEnv({OPSDECK_ARTIFACTS_URL: `file://${dir}/store`})
  const child = spawn(process.execPath, [binPath('snap'), ...words], {env, stdio: ['ignore', 'pipe', 'pipe']})
  child.stderr.resume()
  child.stdout.resume()
  child[unread].destroy()
  const [code] = (await once(child, 'exit')) as [number]
  return code
}

test('push and pull are carried through when nobody reads their progress', async () => {
  expect(await run('stdout', 'push', join(dir, 'a'), 'one', '-o', 'jsonl')).toBe(0)
  expect(await run('stderr', 'push', join(dir, 'a'), 'two')).toBe(0)
  expect((await readdir(join(dir, 'store'))).filter(name => name.endsWith('.manifest.json')).toSorted()).toEqual([
    'one.manifest.json', 'two.manifest.json',
  ])
  expect(await run('stdout', 'pull', 'one', join(dir, 'out'), '-o', 'jsonl')).toBe(0)
  expect(await readdir(join(dir, 'out'))).toEqual(['MANIFEST.json', 'data'])
})

test('a verification that nobody reads still says by its exit code what it found', async () => {
  const key = (await readdir(join(dir, 'store/one.payloads')))[0]!
  await writeFile(join(dir, 'store/one.payloads', key), Buffer.alloc(sizeBytes))
  expect(await run('stdout', 'verify', 'one', '--remote', '-o', 'jsonl')).toBe(11)
  expect(await run('stdout', 'verify', 'two', '--remote', '-o', 'jsonl')).toBe(0)
})
