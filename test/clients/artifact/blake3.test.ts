import {readFileSync} from 'node:fs'
import fc from 'fast-check'
import {expect, test} from 'vitest'
import {createVectorBlake3, hasherBytes} from '../../../src/clients/artifact/blake3.ts'
import {bufferPool} from '../../../src/clients/artifact/buffer-pool.ts'
import {createDigester, createThreadDigester} from '../../../src/clients/artifact/digest.ts'
import {createBlake3} from '../../../src/clients/artifact/hash.ts'

const vector = (await createVectorBlake3())!
const library = await createBlake3()
const bytes = Buffer.from(Array.from({length: 1_400_000}, (_, index) => (index * 7 + (index >> 8)) & 255))

/** Hashes `bytes` up to `length`, in pieces that end at `cuts`. */
function both(length: number, cuts: number[] = []): {ours: string; theirs: string} {
  for (const hasher of [vector, library]) {
    hasher.reset()
    let at = 0
    for (const cut of [...cuts.filter(each => each < length).toSorted((a, b) => a - b), length]) {
      hasher.update(bytes.subarray(at, cut))
      at = cut
    }
  }
  return {ours: vector.digest(), theirs: library.digest()}
}

/** Around every border of a block, a chunk, a tree of chunks and a batch. */
const borders = [
  64, 128, 1024, 2048, 3072, 4096, 5120, 7168, 8192, 65_536, 262_144, 263_168, 524_288, 786_432, 1_048_576, 1_310_720,
]
test.each([0, ...borders.flatMap(border => [border - 1, border, border + 1])])(
  'hashes %d bytes as the library does',
  length => {
    const {ours, theirs} = both(length)
    expect(ours).toBe(theirs)
  },
)

test('in pieces of any size', () => {
  fc.assert(fc.property(fc.nat(bytes.length), fc.array(fc.nat(bytes.length), {maxLength: 6}), (length, cuts) => {
    const {ours, theirs} = both(length, cuts)
    expect(ours).toBe(theirs)
  }), {numRuns: 200})
})

test('bytes in its own memory are hashed where they are, wherever they begin, and stay what they were', async () => {
  const pool = bufferPool(1, hasherBytes)
  const part = await pool.take()
  bytes.copy(part, 2048)
  const here = (await createVectorBlake3({memory: pool.memory!, at: pool.spareAt}))!
  fc.assert(fc.property(fc.nat(bytes.length), fc.array(fc.nat(bytes.length), {maxLength: 6}), (length, cuts) => {
    for (const [hasher, from] of [[here, part.subarray(2048)], [library, bytes]] as const) {
      hasher.reset()
      let at = 0
      for (const cut of [...cuts.filter(each => each < length).toSorted((a, b) => a - b), length]) {
        hasher.update(from.subarray(at, cut))
        at = cut
      }
    }
    expect(here.digest()).toBe(library.digest())
  }), {numRuns: 100})
  expect(bytes.equals(part.subarray(2048, 2048 + bytes.length))).toBe(true)
})

test('a thread digests as this one does: large and small files, shared memory and not, logs and others', async () => {
  const snap = readFileSync(
    new URL('../../fixtures/artifact/artifacts/append-log-rev5/data/fold.snap', import.meta.url),
  )
  const shared = Buffer.from(new SharedArrayBuffer(bytes.length))
  bytes.copy(shared)
  const pool = bufferPool(1, hasherBytes)
  const part = await pool.take()
  const pooled = part.subarray(512, 512 + bytes.length)
  bytes.copy(pooled)
  const [here, thread] = [await createDigester(0), await createThreadDigester(1n << 30n, pool)]
  try {
    const plain = [bytes, pooled, Buffer.alloc(0)].map(body => [body, false] as const)
    for (const [body, isLog] of [...plain, [shared, true] as const, [snap, true] as const]) {
      const [one, two] = await Promise.all([here, thread].map(async digester => {
        digester.begin({sizeBytes: BigInt(body.length), isLog})
        for (let at = 0; at < body.length; at += 300_000) await digester.update(body.subarray(at, at + 300_000))
        return digester.finish()
      }))
      expect(two).toEqual(one)
      expect(one!.log === undefined).toBe(!isLog)
    }
  } finally {
    await thread.close()
  }
})
