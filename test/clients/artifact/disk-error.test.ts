import {mkdir, writeFile} from 'node:fs/promises'
import {expect, test} from 'vitest'
import {onDisk} from '../../../src/clients/artifact/disk-error.ts'
import {NotFoundError} from '../../../src/clients/net/errors.ts'
import {makeFolder} from '../../../src/clients/net/make-folder.ts'

test('a full disk and a folder that cannot be made are told as what they are', async () => {
  await expect(onDisk('/x/y', () => writeFile('/dev/full', 'a'))).rejects.toMatchObject({
    code: 'DISK_FULL', exit: 1, message: 'cannot write /x/y: the disk is full', hint: expect.stringContaining('goes on'),
  })
  await expect(onDisk('/x/y', () => makeFolder('/proc/nope/d'))).rejects.toMatchObject({code: 'NO_FOLDER', exit: 1})
  await expect(onDisk('/x/y', () => mkdir('/dev/null/d'))).rejects.toMatchObject({code: 'NO_FOLDER'})
})

test('what is no trouble of the disk passes as it is', async () => {
  const own = new NotFoundError('no such key', {})
  await expect(onDisk('/x', () => Promise.reject(own))).rejects.toBe(own)
  const foreign = Object.assign(new Error('no'), {code: 'ENOENT'})
  await expect(onDisk('/x', () => Promise.reject(foreign))).rejects.toBe(foreign)
  expect(await onDisk('/x', async () => 7)).toBe(7)
})
