import {mkdtemp, readFile, rm, symlink, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {bufferPool, partBytes} from '../../../src/clients/artifact/buffer-pool.ts'
import {DirectWriter} from '../../../src/clients/artifact/direct-write.ts'
import {folderTarget} from '../../../src/clients/artifact/stage.ts'

let dir: string
beforeEach(async () => void (dir = await mkdtemp(join(tmpdir(), 'opsdeck-stage-'))))
afterEach(() => rm(dir, {recursive: true, force: true}))

const pool = bufferPool(4)
const [first, second, third] = [await pool.take(), await pool.take(), await pool.take()]
for (const [index, buffer] of [first, second, third].entries())
  for (let at = 0; at < partBytes; at += 4) buffer.writeInt32LE(at * (index + 3), at)
/** The same bytes in memory that no disk takes as it is. */
const odd = (bytes: Uint8Array): Buffer => {
  const memory = new SharedArrayBuffer(bytes.length + 8192)
  const copy = Buffer.from(memory, 24, bytes.length)
  copy.set(bytes)
  return copy
}

test.each<[name: string, pieces: Uint8Array[]]>([
  ['whole parts', [first, second, third]],
  ['a last one that ends inside a sector', [first, second, third.subarray(0, 1_000_003)]],
  ['from a sector inside a part on', [first.subarray(2048), second, third.subarray(0, 5_000_000)]],
  ['pieces that end inside a sector', [first.subarray(0, 8_000_001), second, third.subarray(0, 4_000_000)]],
  ['memory that the disk does not take', [first, odd(second), third.subarray(0, 700)]],
  ['less than a sector last', [first, second, third.subarray(0, 511)]],
])('a large file is staged as it came: %s', async (_name, pieces) => {
  const all = Buffer.concat(pieces)
  const file = await folderTarget(dir).file('data/big', BigInt(all.length))
  await file.restart()
  let at = 0
  const written: Promise<void>[] = []
  for (const piece of pieces) {
    written.push(file.write(piece, BigInt(at)))
    at += piece.length
  }
  await Promise.all(written)
  await file.finish(BigInt(all.length))
  await file.close()
  expect(all.equals(await readFile(join(dir, 'data/big')))).toBe(true)
  const kept: Uint8Array[] = []
  const again = await folderTarget(dir).file('data/big', BigInt(all.length))
  for await (const piece of again.kept()) kept.push(Buffer.from(piece))
  await again.close()
  expect(all.equals(Buffer.concat(kept))).toBe(true)
})

test('writes whole sectors past the cache or none, and never through a link', async () => {
  await writeFile(join(dir, 'file'), 'old')
  const direct = await DirectWriter.open(join(dir, 'file'))
  const isTaken = (await direct?.write(first.subarray(0, 4096), 0)) === 4096
  const whole = isTaken ? [1_048_576] : [undefined, 0]
  expect(whole).toContain(await direct?.write(first.subarray(0, 1_048_576 + 100), 0))
  expect([undefined, 0]).toContain(await direct?.write(first, 1_048_577))
  expect([undefined, 0]).toContain(await direct?.write(odd(second), 1_048_576))
  expect([undefined, 0]).toContain(await direct?.write(first, 1_048_576))
  await direct?.close()
  await symlink(join(dir, 'file'), join(dir, 'link'))
  if (direct) await expect(DirectWriter.open(join(dir, 'link'))).rejects.toMatchObject({code: 'ELOOP'})
})

test('a pool lends each part once, and again only when it is back', async () => {
  const small = bufferPool(2)
  const [one, two] = [await small.take(), await small.take()]
  one.fill(1)
  two.fill(2)
  expect([one[0], one.at(-1), two[0], two.at(-1)]).toEqual([1, 1, 2, 2])
  let third: Buffer | undefined
  const waiting = small.take().then(buffer => (third = buffer))
  await new Promise(resolve => setTimeout(resolve, 5))
  expect(third).toBeUndefined()
  small.giveBack(two.subarray(0, 100))
  expect(await waiting).toHaveLength(partBytes)
  expect(third![0]).toBe(2)
})
