import {existsSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {takeAlone} from '../../src/cli/alone.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'opsdeck-alone-'))
  path = join(folder, 'held')
})
afterEach(() => rmSync(folder, {recursive: true}))

test('the second is refused while the first is at it, and then may', async () => {
  const release = await takeAlone(path, 'something is being done', process.pid)
  await expect(takeAlone(path, 'something is being done', process.pid)).rejects.toMatchObject({
    code: 'NOT_ALONE', exit: 12, message: `something is being done by process ${process.pid} on this machine`,
  })
  await release()
  expect(existsSync(path)).toBe(false)
  await (await takeAlone(path, 'it', process.pid))()
})

test.each(['999999999', '', 'nonsense', '0'])('what a process left that is gone is taken over: %j', async left => {
  writeFileSync(path, left)
  await (await takeAlone(path, 'it', process.pid))()
})

test('of many at once one wins', async () => {
  const all = await Promise.allSettled(Array.from({length: 20}, () => takeAlone(path, 'it', process.pid)))
  expect(all.filter(({status}) => status === 'fulfilled')).toHaveLength(1)
})

test('a folder that is not there is an error, not a wait', async () => {
  await expect(takeAlone(join(folder, 'no', 'held'), 'it', process.pid)).rejects.toMatchObject({exit: 1})
})
