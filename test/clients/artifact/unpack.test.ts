import {readFileSync} from 'node:fs'
import fc from 'fast-check'
import {expect, test} from 'vitest'
import {DirectDigester} from '../../../src/clients/artifact/digest.ts'
import {createBlake3} from '../../../src/clients/artifact/hash.ts'
import {parseManifest} from '../../../src/clients/artifact/manifest.ts'
import {unpack} from '../../../src/clients/artifact/unpack.ts'
import {blake3Hex, bytesSource, memoryTarget, paxBody, seal, tarEnd, tarEntry, type RawEntry} from './tars.ts'

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

function sparse(): Buffer {
  const head = tarEntry({name: 'data/fold.snap', body: snap, type: 'S'})
  head.write('00000000000\0', 386)
  head.write(`${snap.length.toString(8).padStart(11, '0')}\0`, 398)
  head.write(`${snap.length.toString(8).padStart(11, '0')}\0`, 483)
  seal(head)
  return Buffer.concat([tarEntry(manifestEntry), head, tarEnd])
}

const zeros = Buffer.alloc(snap.length)
const accepted: [string, Buffer][] = [
  ['as written', good],
  ['no directory entries', tar(manifestEntry, snapEntry)],
  ['payload before manifest', tar(snapEntry, manifestEntry)],
  ['./ names', tar({name: './', type: '5'}, {...manifestEntry, name: './MANIFEST.json'}, {...snapEntry, name: './data/fold.snap'})],
  ['ustar magic', tar({...manifestEntry, magic: 'ustar'}, {...snapEntry, magic: 'ustar'})],
  ['v7 magic', tar({...manifestEntry, magic: 'v7'}, {...snapEntry, magic: 'v7'})],
  ['pax path', tar(manifestEntry, {name: 'p', type: 'x', body: paxBody('path', 'data/fold.snap')}, {...snapEntry, name: 'other'})],
  ['pax size', tar(manifestEntry, {name: 'p', type: 'x', body: paxBody('size', String(snap.length))}, {...snapEntry, sizeField: 0})],
  ['gnu long name', tar(manifestEntry, {name: '././@LongLink', type: 'L', body: Buffer.from('data/fold.snap\0')}, {...snapEntry, name: 'short'})],
  ['gnu sparse', sparse()],
  ['no end blocks', good.subarray(0, good.length - 1024)],
  ['one end block', good.subarray(0, good.length - 512)],
  ['garbage after end', Buffer.concat([good, Buffer.from('garbage'.repeat(300))])],
  ['manifest twice, last good', tar({...manifestEntry, body: Buffer.from('{}')}, manifestEntry, snapEntry)],
  ['payload twice, last good', tar(manifestEntry, {...snapEntry, body: zeros}, snapEntry)],
  ['extra empty dir under data', tar(manifestEntry, snapEntry, {name: 'data/sub', type: '5'})],
  ['contiguous type 7', tar(manifestEntry, {...snapEntry, type: '7'})],
  ['setuid world-writable', tar(manifestEntry, {...snapEntry, mode: 0o4777})],
]

test.each(accepted)('takes: %s', async (_name, bytes) => {
  const {target, verified} = await take(bytes)
  expect(target.files.get('data/fold.snap')).toEqual(snap)
  expect(verified).toEqual({files: 1, bytes: BigInt(snap.length), keys: 1})
})

const flipped = Buffer.from(snap)
flipped[100]! ^= 1
const badSum = Buffer.from(good)
badSum[150]! ^= 1
const refusedByBoth: [string, Buffer][] = [
  ['truncated in payload', good.subarray(0, good.length - 1600)],
  ['empty object', Buffer.alloc(0)],
  ['gzip', Buffer.from('1f8b08000000000000034b4c4a06000000ffff', 'hex')],
  ['bad header checksum', badSum],
  ['no manifest', tar(snapEntry)],
  ['manifest differs by a space', tar({...manifestEntry, body: Buffer.from(`${goodManifest} `)}, snapEntry)],
  ['payload missing', tar(manifestEntry)],
  ['payload twice, last bad', tar(manifestEntry, snapEntry, {...snapEntry, body: Buffer.from('bad')})],
  ['extra under data', tar(manifestEntry, snapEntry, {name: 'data/extra', body: Buffer.from('x')})],
  ['bit flip', tar(manifestEntry, {...snapEntry, body: flipped})],
  ['short payload', tar(manifestEntry, {...snapEntry, body: snap.subarray(0, 100)})],
  ['payload is symlink out', tar(manifestEntry, {name: 'data/fold.snap', type: '2', link: '/etc/passwd'})],
  ['write through symlink', tar(manifestEntry, {name: 'data/l', type: '2', link: '/tmp'}, {name: 'data/l/x', body: snap}, snapEntry)],
  ['hard link payload', tar(manifestEntry, snapEntry, {name: 'data/again', type: '1', link: 'data/fold.snap'})],
  ['fifo entry', tar(manifestEntry, snapEntry, {name: 'data/p', type: '6'})],
  ['unknown type Z', tar(manifestEntry, snapEntry, {name: 'data/z', type: 'Z'})],
]
const stricter: [string, Buffer][] = [
  ['extra at root', tar(manifestEntry, snapEntry, {name: 'README', body: Buffer.from('x')})],
  ['dotdot entry', tar(manifestEntry, snapEntry, {name: '../evil', body: Buffer.from('x')})],
  ['absolute entry', tar(manifestEntry, snapEntry, {name: '/abs-evil', body: Buffer.from('x')})],
  ['data is symlink out', tar(manifestEntry, {name: 'data', type: '2', link: '/tmp'})],
  ['manifest is symlink', tar({name: 'MANIFEST.json', type: '2', link: 'x'}, snapEntry)],
  ['char device', tar(manifestEntry, snapEntry, {name: 'dev', type: '3'})],
  ['backslash name', tar(manifestEntry, snapEntry, {name: 'data\\evil', body: Buffer.from('x')})],
  ['directory outside data', tar(manifestEntry, snapEntry, {name: 'other', type: '5'})],
]

test.each([...refusedByBoth, ...stricter])('refuses: %s', async (_name, bytes) => {
  await expect(take(bytes)).rejects.toMatchObject({exit: 11})
})

const withManifest = (change: (text: string) => string) => {
  const bytes = Buffer.from(change(goodManifest.toString()))
  return {bytes, tar: tar({...manifestEntry, body: bytes}, snapEntry)}
}

test.each([
  ['digest uppercase', (text: string) => text.replace(/[0-9a-f]{64}/, digits => digits.toUpperCase())],
  ['path data/./fold.snap', (text: string) => text.replace('data/fold', 'data/./fold')],
  ['backend_version 1', (text: string) => text.replace('"backend_version": "2"', '"backend_version": "1"')],
  ['cursor disagrees with payload', (text: string) => text.replace('0000000000000005', '0000000000000006')],
  ['cursor empty, rank 0', (text: string) => text.replace('0000000000000005', '')],
  ['size off by one', (text: string) => text.replace(`"size": ${snap.length}`, `"size": ${snap.length - 1}`)],
])('refuses what import refuses: %s', async (_name, change) => {
  const {bytes, tar: payload} = withManifest(change)
  await expect(take(payload, bytes)).rejects.toMatchObject({exit: 11})
})

test('reads in pieces of any size', async () => {
  for (const pieceBytes of [1, 7, 511, 513, 100_000]) {
    expect((await take(good, goodManifest, pieceBytes)).target.files.get('data/fold.snap')).toEqual(snap)
  }
})

test('10,000 hostile tars: only declared files are ever written, and only with the declared size', async () => {
  const names = ['data/fold.snap', 'MANIFEST.json', '../x', '/x', 'data/../../x', 'data', 'data/a/b', '', 'x\0y', 'data/fold.snap/x']
  const entry = fc.record({
    name: fc.constantFrom(...names), type: fc.constantFrom(...'01234567LKxgSZ'), link: fc.constantFrom('', '/etc', '..'),
    body: fc.constantFrom(Buffer.alloc(0), snap, goodManifest, Buffer.from('18 path=../escape\n'), Buffer.from('data/fold.snap\0')),
    sizeField: fc.option(fc.constantFrom(0, 1, 512, 8_589_934_591), {nil: undefined}),
  })
  const flips = fc.array(fc.tuple(fc.nat(8000), fc.nat(255)), {maxLength: 4})
  let refusals = 0
  await fc.assert(fc.asyncProperty(fc.array(entry, {maxLength: 5}), flips, fc.boolean(), async (entries, changes, isGood) => {
    const bytes = isGood ? Buffer.from(good) : tar(...entries)
    for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value
    const target = memoryTarget()
    try {
      await unpack({
        source: bytesSource(bytes), manifest: parseManifest(goodManifest), manifestBytes: goodManifest,
        digester, target, onBytes: () => {}, signal: new AbortController().signal,
      })
      expect(target.files.get('data/fold.snap')).toEqual(snap)
    } catch (error) {
      expect(error).toMatchObject({exit: 11})
      refusals += 1
    }
    for (const [path, body] of target.files) expect([path, body.length]).toEqual(['data/fold.snap', snap.length])
    for (const path of target.folders) expect(path).toMatch(/^data(\/(?!\.\.(\/|$))[^/]+)*$/)
  }), {numRuns: 10_000})
  expect(refusals).toBeGreaterThan(1000)
}, 120_000)

const digester = new DirectDigester(await createBlake3())

test('a digest of BLAKE3 is what the manifest says', async () => {
  expect(await blake3Hex(snap)).toBe(parseManifest(goodManifest).files[0]!.blake3)
})
