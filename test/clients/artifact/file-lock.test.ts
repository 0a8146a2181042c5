import {mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {withFileLock} from '../../../src/clients/artifact/file-lock.ts'
import {systemClock} from '../../../src/clients/net/deadline.ts'

let dir: string
beforeEach(async () => void (dir = await mkdtemp(join(tmpdir(), 'opsdeck-file-lock-'))))
afterEach(() => rm(dir, {recursive: true, force: true}))

const lock = (path: string, work = async () => 'done', waitMs = 50) =>
  withFileLock(path, waitMs, systemClock, new AbortController().signal, work)

test('one at a time', async () => {
  const path = join(dir, 'lock')
  await lock(path, async () => {
    await expect(lock(path)).rejects.toMatchObject({code: 'LOCKED', exit: 4})
    return ''
  })
  expect(await lock(path)).toBe('done')
})

test('a folder that is not there, or a file that is none of ours, is named and no fault of this program', async () => {
  const missing = join(dir, 'nosuch', 'lock')
  await expect(lock(missing)).rejects.toMatchObject({code: 'NO_LOCK_FILE', exit: 1, endpoint: missing})
  const strange = join(dir, 'strange')
  await writeFile(strange, 'no database, and longer than the header of one. '.repeat(40))
  await expect(lock(strange)).rejects.toMatchObject({code: 'NO_LOCK_FILE', endpoint: strange})
})
