import {readFileSync} from 'node:fs'
import {mkdir, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {dirname, join} from 'node:path'
import {manifestAddress} from '../../../src/clients/artifact/hash.ts'
import {parseManifest} from '../../../src/clients/artifact/manifest.ts'
import {payloadKey, type Layout} from '../../../src/clients/artifact/object-key.ts'
import {paxBody, seal, tarEnd, tarEntry, type RawEntry} from './tars.ts'

/** What the crate said to each input: the recorded verdicts of one version. */
export interface Matrix {
  manifest: Record<string, string>
  transfer: Record<string, {download: string; import: string}>
}

const fixture = (path: string) => new URL(`../../fixtures/artifact/${path}`, import.meta.url)
export const recorded = (version: '0.5' | '0.8'): Matrix =>
  JSON.parse(readFileSync(fixture(`matrix-${version}.json`), 'utf8'))

/** Where the links of some rows lead: a folder with the good artifact, if somebody makes it. */
export const outside = join(tmpdir(), `opsdeck-outside-${process.pid}`)

/** Rows that the crate takes and we refuse, each for what it would do to a disk. */
export const stricter = [
  'extra at root',
  'dotdot entry',
  'absolute entry',
  'data is symlink out',
  'manifest is symlink',
  'char device',
  'backslash name',
]

const good = readFileSync(fixture('artifacts/append-log-rev5/MANIFEST.json'), 'utf8')
const snap = readFileSync(fixture('artifacts/append-log-rev5/data/fold.snap'))
const object = JSON.parse(good)
const file = object.files[0]

const edit = (change: Record<string, unknown>) => JSON.stringify({...object, ...change})
const editFile = (change: Record<string, unknown>) => edit({files: [{...file, ...change}]})
const without = (name: string) =>
  JSON.stringify(Object.fromEntries(Object.entries(object).filter(([key]) => key !== name)))
const raw = (from: string, to: string) => good.replace(from, to)

const memo = (length: number, flags: number, time = '', token = '00000000000000070000') =>
  edit({cursor_hex: `${token}${length.toString(16).padStart(2, '0')}${flags.toString(16).padStart(2, '0')}${time}`})
const time = '7b68e5cf8b010000'

/** The manifests behind the rows of the matrix. */
export const manifestRows: Record<string, string | Buffer> = {
  good, 'compact json': JSON.stringify(object), 'trailing newline': `${good}\n`, 'trailing garbage': `${good} x`,
  bom: `\ufeff${good}`, empty: '',
  'utf8 invalid': Buffer.concat([Buffer.from(good.slice(0, 40)), Buffer.from([0xff]), Buffer.from(good.slice(40))]),
  'schema 0': edit({schema_version: 0}), 'schema 1 + scope': edit({scope: ['']}),
  'schema 1 + scope null': edit({scope: null}),
  'schema 2 no scope': edit({schema_version: 2}), 'schema 2 scope null': edit({schema_version: 2, scope: null}),
  'schema 2 scope []': edit({schema_version: 2, scope: []}),
  'schema 2 scope [""]': edit({schema_version: 2, scope: ['']}),
  'schema 2 scope two': edit({schema_version: 2, scope: ['a.', 'b.']}),
  'schema 3': edit({schema_version: 3, scope: ['']}),
  'schema "1"': edit({schema_version: '1'}), 'schema 1.0': raw('"schema_version": 1', '"schema_version": 1.0'),
  'unknown top field': edit({note: 'x'}), 'unknown file field': editFile({mode: 420}),
  'missing backend': without('backend'), 'missing files': without('files'), 'files []': edit({files: []}),
  'backend unknown': edit({backend: 'tape'}),
  'duplicate key': raw('"backend": "append-log",', '"backend": "append-log",\n"backend": "fjall",'),
  'array form': JSON.stringify([1, 'append-log', '2', '0000000000000005', 1, [['data/fold.snap', 1, '00']]]),
  'cursor empty': edit({cursor_hex: ''}), 'cursor uppercase': edit({cursor_hex: '00000000000000FF'}),
  'cursor odd': edit({cursor_hex: '000'}),
  'cursor non hex': edit({cursor_hex: 'zz'}), 'cursor plus sign': edit({cursor_hex: '+5'}),
  'cursor 1 byte': edit({cursor_hex: '05'}),
  'cursor 7 bytes': edit({cursor_hex: '00000000000005'}), 'cursor 9 bytes': edit({cursor_hex: '000000000000000005'}),
  'cursor 10 bytes': edit({cursor_hex: '0102030405060708090a'}),
  'cursor 11 bytes': edit({cursor_hex: '0102030405060708090a0b'}),
  'cursor 12 bytes flags 1': memo(8, 1), 'cursor 12 bytes flags 0': memo(8, 0), 'cursor 12 bytes flags 4': memo(8, 4),
  'cursor 12 bytes flags 3 no time': memo(8, 3), 'cursor 20 bytes flags 3': memo(8, 3, time),
  'cursor 20 bytes flags 2': memo(8, 2, time),
  'cursor 20 bytes time 0': memo(8, 3, '0'.repeat(16)), 'cursor 20 bytes flags 1': memo(8, 1, time),
  'cursor 12 bytes len 11': memo(11, 1),
  'cursor 12 bytes dirty pad': memo(8, 1, '', '0000000000000007ffff'),
  'cursor 13 bytes': edit({cursor_hex: '00'.repeat(13)}),
  'size negative': editFile({size: -1}), 'size 2^64-1': raw(`"size": ${file.size}`, '"size": 18446744073709551615'),
  'size 3052.0': raw(`"size": ${file.size}`, '"size": 652.0'),
  'blake3 uppercase': editFile({blake3: file.blake3.toUpperCase()}),
  'blake3 empty': editFile({blake3: ''}), 'same file twice': edit({files: [file, file]}),
  '1 MiB exactly': good.padEnd(1_048_576), '1 MiB + 1': good.padEnd(1_048_577),
}
for (const row of Object.keys(recorded('0.8').manifest)) {
  if (row.startsWith('path ')) manifestRows[row] = editFile({path: JSON.parse(row.slice(5))})
}

const dataEntry: RawEntry = {name: 'data', type: '5', mode: 0o755}
const manifestEntry: RawEntry = {name: 'MANIFEST.json', body: Buffer.from(good)}
const snapEntry: RawEntry = {name: 'data/fold.snap', body: snap}
const tar = (...entries: RawEntry[]) => Buffer.concat([...entries.map(tarEntry), tarEnd])
const whole = tar(dataEntry, manifestEntry, snapEntry)
const flipped = Buffer.from(snap)
flipped[100]! ^= 1
const badSum = Buffer.from(whole)
badSum[150]! ^= 1

function sparse(): Buffer {
  const head = tarEntry({name: 'data/fold.snap', body: snap, type: 'S'})
  const size = `${snap.length.toString(8).padStart(11, '0')}\0`
  head.write('00000000000\0', 386)
  head.write(size, 398)
  head.write(size, 483)
  seal(head)
  return Buffer.concat([tarEntry(manifestEntry), head, tarEnd])
}

/** The tars behind the rows of the matrix; the manifest beside them is the good one. */
const tars: Record<string, Buffer> = {
  'as written': whole, 'no directory entries': tar(manifestEntry, snapEntry),
  'payload before manifest': tar(snapEntry, manifestEntry),
  './ names': tar(
    {name: './', type: '5'},
    {...manifestEntry, name: './MANIFEST.json'},
    {...snapEntry, name: './data/fold.snap'},
  ),
  'ustar magic': tar({...manifestEntry, magic: 'ustar'}, {...snapEntry, magic: 'ustar'}),
  'v7 magic': tar({...manifestEntry, magic: 'v7'}, {...snapEntry, magic: 'v7'}),
  'pax path': tar(
    manifestEntry,
    {name: 'p', type: 'x', body: paxBody('path', 'data/fold.snap')},
    {...snapEntry, name: 'other'},
  ),
  'pax size': tar(
    manifestEntry,
    {name: 'p', type: 'x', body: paxBody('size', String(snap.length))},
    {...snapEntry, sizeField: 0},
  ),
  'gnu long name': tar(
    manifestEntry,
    {name: '././@LongLink', type: 'L', body: Buffer.from('data/fold.snap\0')},
    {...snapEntry, name: 'short'},
  ),
  'no end blocks': whole.subarray(0, whole.length - 1024),
  'one end block': whole.subarray(0, whole.length - 512),
  'garbage after end': Buffer.concat([whole, Buffer.from('garbage'.repeat(300))]),
  'truncated in payload': whole.subarray(0, whole.length - 1600), 'empty object': Buffer.alloc(0),
  gzip: Buffer.from('1f8b08000000000000034b4c4a06000000ffff', 'hex'), 'bad header checksum': badSum,
  'no manifest': tar(snapEntry), 'manifest differs by a space': tar({...manifestEntry,
  body: Buffer.from(`${good} `)}, snapEntry),
  'manifest twice, last good': tar({...manifestEntry, body: Buffer.from('{}')}, manifestEntry, snapEntry),
  'payload missing': tar(manifestEntry), 'payload twice, last good': tar(manifestEntry, {...snapEntry,
  body: Buffer.alloc(snap.length)}, snapEntry),
  'payload twice, last bad': tar(manifestEntry, snapEntry, {...snapEntry, body: Buffer.from('bad')}),
  'extra under data': tar(dataEntry, manifestEntry, snapEntry, {name: 'data/extra', body: Buffer.from('x')}),
  'extra at root': tar(manifestEntry, snapEntry, {name: 'README', body: Buffer.from('x')}),
  'extra empty dir under data': tar(manifestEntry, snapEntry, {name: 'data/sub', type: '5', mode: 0o755}),
  'bit flip': tar(manifestEntry, {...snapEntry, body: flipped}),
  'short payload': tar(manifestEntry, {...snapEntry, body: snap.subarray(0, 100)}),
  'dotdot entry': tar(manifestEntry, snapEntry, {name: '../evil', body: Buffer.from('x')}),
  'absolute entry': tar(manifestEntry, snapEntry, {name: '/abs-evil', body: Buffer.from('x')}),
  'payload is symlink out': tar(dataEntry, manifestEntry, {
    name: 'data/fold.snap',
    type: '2',
    link: join(outside, 'data/fold.snap'),
  }),
  'data is symlink out': tar(manifestEntry, {name: 'data', type: '2', link: join(outside, 'data')}),
  'write through symlink': tar(manifestEntry, {name: 'data', type: '2', link: '/tmp'}, snapEntry),
  'manifest is symlink': tar({name: 'MANIFEST.json', type: '2', link: join(outside, 'MANIFEST.json')}, snapEntry),
  'hard link payload': tar(dataEntry, manifestEntry, snapEntry, {
    name: 'data/again',
    type: '1',
    link: 'data/fold.snap',
  }),
  'fifo entry': tar(manifestEntry, snapEntry, {name: 'data/p', type: '6'}),
  'char device': tar(manifestEntry, snapEntry, {name: 'dev', type: '3'}),
  'unknown type Z': tar(manifestEntry, snapEntry, {name: 'data/z', type: 'Z'}),
  'contiguous type 7': tar(manifestEntry, {...snapEntry, type: '7'}),
  'setuid world-writable': tar(manifestEntry, {...snapEntry, mode: 0o4777}),
  'mode 000': tar(manifestEntry, {...snapEntry, mode: 0}),
  'backslash name': tar(manifestEntry, snapEntry, {name: 'data\\evil', body: Buffer.from('x')}), 'gnu sparse': sparse(),
}

/** Manifests that agree with their embedded copy, and disagree with the payload or with what import takes. */
const manifests: Record<string, string> = {
  'digest uppercase': editFile({blake3: file.blake3.toUpperCase()}),
  'path data/./fold.snap': editFile({path: 'data/./fold.snap'}),
  'file declared twice': edit({files: [file, file]}), 'backend_version 1': edit({backend_version: '1'}),
  'cursor disagrees with payload': edit({cursor_hex: '0000000000000006'}),
  'cursor empty, rank 0': edit({cursor_hex: ''}),
  'size off by one': editFile({size: file.size - 1}),
}

export const transferRows: Record<string, {manifest: string; tar: Buffer}> = {
  ...Object.fromEntries(Object.entries(tars).map(([row, bytes]) => [row, {manifest: good, tar: bytes}])),
  ...Object.fromEntries(Object.entries(manifests).map(([row, text]) =>
    [row, {manifest: text, tar: tar(dataEntry, {...manifestEntry, body: Buffer.from(text)}, snapEntry)}])),
}

/** Puts a pointer, and a payload where one is given, into a folder store as a publisher of that layout would. */
export async function plant(
  root: string,
  key: string,
  manifest: string | Buffer,
  payload?: Buffer,
  layout: Layout = 'addressed',
): Promise<void> {
  const bytes = Buffer.from(manifest as string)
  await mkdir(dirname(join(root, key)), {recursive: true})
  await writeFile(join(root, `${key}.manifest.json`), bytes)
  if (!payload) return
  const name = join(root, payloadKey('', key, layout, parseManifest(bytes).cursor.rank, await manifestAddress(bytes)))
  await mkdir(dirname(name), {recursive: true})
  await writeFile(name, payload)
}
