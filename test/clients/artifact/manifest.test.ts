import {readFileSync} from 'node:fs'
import {expect, test} from 'vitest'
import {parseManifest} from '../../../src/clients/artifact/manifest.ts'

const matrix = JSON.parse(readFileSync(new URL('../../fixtures/artifact/matrix-0.8.json', import.meta.url), 'utf8')) as {manifest: Record<string, string>}
const good = readFileSync(new URL('../../fixtures/artifact/artifacts/append-log-rev5/MANIFEST.json', import.meta.url), 'utf8')
const object = JSON.parse(good)
const file = object.files[0]

const edit = (change: Record<string, unknown>) => JSON.stringify({...object, ...change})
const editFile = (change: Record<string, unknown>) => edit({files: [{...file, ...change}]})
const without = (name: string) => JSON.stringify(Object.fromEntries(Object.entries(object).filter(([key]) => key !== name)))
const raw = (from: string, to: string) => good.replace(from, to)

const memo = (length: number, flags: number, time = '', token = '00000000000000070000') =>
  edit({cursor_hex: `${token}${length.toString(16).padStart(2, '0')}${flags.toString(16).padStart(2, '0')}${time}`})
const time = '7b68e5cf8b010000'

/** The inputs behind the rows of the recorded matrix. */
const inputs: Record<string, string | Buffer> = {
  good, 'compact json': JSON.stringify(object), 'trailing newline': `${good}\n`, 'trailing garbage': `${good} x`,
  bom: `\ufeff${good}`, empty: '', 'utf8 invalid': Buffer.concat([Buffer.from(good.slice(0, 40)), Buffer.from([0xff]), Buffer.from(good.slice(40))]),
  'schema 0': edit({schema_version: 0}), 'schema 1 + scope': edit({scope: ['']}), 'schema 1 + scope null': edit({scope: null}),
  'schema 2 no scope': edit({schema_version: 2}), 'schema 2 scope null': edit({schema_version: 2, scope: null}),
  'schema 2 scope []': edit({schema_version: 2, scope: []}), 'schema 2 scope [""]': edit({schema_version: 2, scope: ['']}),
  'schema 2 scope two': edit({schema_version: 2, scope: ['a.', 'b.']}), 'schema 3': edit({schema_version: 3, scope: ['']}),
  'schema "1"': edit({schema_version: '1'}), 'schema 1.0': raw('"schema_version": 1', '"schema_version": 1.0'),
  'unknown top field': edit({note: 'x'}), 'unknown file field': editFile({mode: 420}),
  'missing backend': without('backend'), 'missing files': without('files'), 'files []': edit({files: []}),
  'backend unknown': edit({backend: 'tape'}), 'duplicate key': raw('"backend": "append-log",', '"backend": "append-log",\n"backend": "fjall",'),
  'array form': JSON.stringify([1, 'append-log', '2', '0000000000000005', 1, [['data/fold.snap', 1, '00']], null]),
  'cursor empty': edit({cursor_hex: ''}), 'cursor uppercase': edit({cursor_hex: '00000000000000FF'}), 'cursor odd': edit({cursor_hex: '000'}),
  'cursor non hex': edit({cursor_hex: 'zz'}), 'cursor plus sign': edit({cursor_hex: '+5'}), 'cursor 1 byte': edit({cursor_hex: '05'}),
  'cursor 7 bytes': edit({cursor_hex: '00000000000005'}), 'cursor 9 bytes': edit({cursor_hex: '000000000000000005'}),
  'cursor 10 bytes': edit({cursor_hex: '0102030405060708090a'}), 'cursor 11 bytes': edit({cursor_hex: '0102030405060708090a0b'}),
  'cursor 12 bytes flags 1': memo(8, 1), 'cursor 12 bytes flags 0': memo(8, 0), 'cursor 12 bytes flags 4': memo(8, 4),
  'cursor 12 bytes flags 3 no time': memo(8, 3), 'cursor 20 bytes flags 3': memo(8, 3, time), 'cursor 20 bytes flags 2': memo(8, 2, time),
  'cursor 20 bytes time 0': memo(8, 3, '0'.repeat(16)), 'cursor 20 bytes flags 1': memo(8, 1, time), 'cursor 12 bytes len 11': memo(11, 1),
  'cursor 12 bytes dirty pad': memo(8, 1, '', '0000000000000007ffff'), 'cursor 13 bytes': edit({cursor_hex: '00'.repeat(13)}),
  'size negative': editFile({size: -1}), 'size 2^64-1': raw(`"size": ${file.size}`, '"size": 18446744073709551615'),
  'size 3052.0': raw(`"size": ${file.size}`, '"size": 652.0'), 'blake3 uppercase': editFile({blake3: file.blake3.toUpperCase()}),
  'blake3 empty': editFile({blake3: ''}), 'same file twice': edit({files: [file, file]}),
}
for (const row of Object.keys(matrix.manifest)) {
  if (row.startsWith('path ')) inputs[row] = editFile({path: JSON.parse(row.slice(5))})
}
const elsewhere = ['1 MiB exactly', '1 MiB + 1']

test('every row of the recorded matrix is tried', () => {
  expect(Object.keys(matrix.manifest).filter(row => !(row in inputs) && !elsewhere.includes(row))).toEqual([])
})

test.each(Object.entries(inputs))('the crate and we agree on: %s', (row, input) => {
  const verdict = matrix.manifest[row]!
  const parse = () => parseManifest(Buffer.from(input as string))
  if (verdict.startsWith('REFUSED')) return void expect(parse).toThrow()
  const {cursor} = parse()
  const [, revision] = /rev=(\w+)/.exec(verdict) ?? []
  if (revision) expect(String(cursor.revision ?? null)).toBe(revision)
})

test.each([
  ['above u64', raw(`"size": ${file.size}`, '"size": 18446744073709551616')],
  ['lone surrogate', raw('append-log', '\\ud800')],
  ['nested too deep', '['.repeat(100_000)],
  ['leading zero', raw(`"size": ${file.size}`, '"size": 0652')],
])('refuses %s', (_name, input) => {
  expect(() => parseManifest(Buffer.from(input))).toThrow(/is not a manifest/)
})
