import {readFileSync} from 'node:fs'
import fc from 'fast-check'
import {expect, test} from 'vitest'
import {DirectDigester} from '../../../src/clients/artifact/digest.ts'
import {createBlake3} from '../../../src/clients/artifact/hash.ts'
import {parseManifest} from '../../../src/clients/artifact/manifest.ts'
import {unpack} from '../../../src/clients/artifact/unpack.ts'
import {blake3Hex, bytesSource, memoryTarget, tarEnd, tarEntry, type RawEntry} from './tars.ts'

const folder = new URL('../../fixtures/artifact/artifacts/append-log-rev5/', import.meta.url)
const goodManifest = readFileSync(new URL('MANIFEST.json', folder))
const snap = readFileSync(new URL('data/fold.snap', folder))

const dataEntry: RawEntry = {name: 'data', type: '5', mode: 0o755}
const manifestEntry: RawEntry = {name: 'MANIFEST.json', body: goodManifest}
const snapEntry: RawEntry = {name: 'data/fold.snap', body: snap}
const tar = (...entries: RawEntry[]) => Buffer.concat([...entries.map(tarEntry), tarEnd])
const good = tar(dataEntry, manifestEntry, snapEntry)

async function take(bytes: Buffer, manifestBytes = goodManifest, pieceBytes = 1000) {
  const target = memoryTarget()
  const verified = await unpack({
    source: bytesSource(bytes, pieceBytes), manifest: parseManifest(manifestBytes), manifestBytes,
    digester: new DirectDigester(await createBlake3()), target, onBytes: () => {}, signal: new AbortController().signal,
  })
  return {target, verified}
}

test('refuses a directory outside data', async () => {
  await expect(take(tar(manifestEntry, snapEntry, {name: 'other', type: '5'}))).rejects.toMatchObject({exit: 11})
})

test('reads in pieces of any size', async () => {
  for (const pieceBytes of [1, 7, 511, 513, 100_000]) {
    expect((await take(good, goodManifest, pieceBytes)).target.files.get('data/fold.snap')).toEqual(snap)
  }
})

test('10,000 hostile tars: only declared files are ever written, and only with the declared size', async () => {
  const names = [
    'data/fold.snap',
    'MANIFEST.json',
    '../x',
    '/x',
    'data/../../x',
    'data',
    'data/a/b',
    '',
    'x\0y',
    'data/fold.snap/x',
  ]
  const entry = fc.record({
    name: fc.constantFrom(...names),
    type: fc.constantFrom(...'01234567LKxgSZ'),
    link: fc.constantFrom('', '/etc', '..'),
    body: fc.constantFrom(
      Buffer.alloc(0),
      snap,
      goodManifest,
      Buffer.from('18 path=../escape\n'),
      Buffer.from('data/fold.snap\0'),
    ),
    sizeField: fc.option(fc.constantFrom(0, 1, 512, 8_589_934_591), {nil: undefined}),
  })
  const flips = fc.array(fc.tuple(fc.nat(8000), fc.nat(255)), {maxLength: 4})
  let refusals = 0
  await fc.assert(
    fc.asyncProperty(fc.array(entry, {maxLength: 5}), flips, fc.boolean(), async (entries, changes, isGood) => {
      const bytes = isGood ? Buffer.from(good) : tar(...entries)
      for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value
      const target = memoryTarget()
      try {
        await unpack({
          source: bytesSource(bytes),
          manifest: parseManifest(goodManifest),
          manifestBytes: goodManifest,
          digester,
          target,
          onBytes: () => {},
          signal: new AbortController().signal,
        })
        expect(target.files.get('data/fold.snap')).toEqual(snap)
      } catch (error) {
        expect(error).toMatchObject({exit: 11})
        refusals += 1
      }
      for (const [path, body] of target.files) expect([path, body.length]).toEqual(['data/fold.snap', snap.length])
      for (const path of target.folders) expect(path).toMatch(/^data(\/(?!\.\.(\/|$))[^/]+)*$/)
    }),
    {numRuns: 10_000},
  )
  expect(refusals).toBeGreaterThan(1000)
}, 120_000)

const digester = new DirectDigester(await createBlake3())

test('a digest of BLAKE3 is what the manifest says', async () => {
  expect(await blake3Hex(snap)).toBe(parseManifest(goodManifest).files[0]!.blake3)
})
