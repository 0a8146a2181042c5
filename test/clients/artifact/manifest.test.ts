import {readFileSync} from 'node:fs'
import fc from 'fast-check'
import {expect, test} from 'vitest'
import {importProblems, parseManifest} from '../../../src/clients/artifact/manifest.ts'
import {manifestRows} from './matrix.ts'

const good = readFileSync(
  new URL('../../fixtures/artifact/artifacts/append-log-rev5/MANIFEST.json', import.meta.url),
  'utf8',
)
const file = JSON.parse(good).files[0]
const raw = (from: string, to: string) => good.replace(from, to)

test.each([
  ['above u64', raw(`"size": ${file.size}`, '"size": 18446744073709551616')],
  ['lone surrogate', raw('append-log', '\\ud800')],
  ['nested too deep', '['.repeat(100_000)],
  ['leading zero', raw(`"size": ${file.size}`, '"size": 0652')],
])('refuses %s', (_name, input) => {
  expect(() => parseManifest(Buffer.from(input))).toThrow(/is not a manifest/)
})

/** Texts that break a parser's idea of what comes next. */
const nasty = [
  'null',
  '-0',
  '1e3',
  '1.0',
  '18446744073709551616',
  '""',
  '[]',
  '{}',
  '"data/../x"',
  '"\\u0000"',
  'true',
  '"data/a"',
  '[[[[',
  '}',
  ',',
  '\\',
  '\u2028',
]

test('10,000 hostile manifests: refused as such, or what is accepted stays within its bounds', () => {
  const bases = Object.values(manifestRows).map(row => Buffer.from(row as string)).filter(row => row.length < 10_000)
  const edits = fc.array(fc.oneof(
    fc.record({at: fc.nat(900), byte: fc.nat(255)}), fc.record({at: fc.nat(900), cut: fc.nat(60)}),
    fc.record({at: fc.nat(900), put: fc.constantFrom(...nasty)}),
  ), {maxLength: 5})
  let accepted = 0
  fc.assert(fc.property(fc.constantFrom(...bases), edits, (base, changes) => {
    const bytes = changes.reduce<Buffer>(apply, Buffer.from(base))
    try {
      const manifest = parseManifest(bytes)
      accepted += 1
      for (const {path, sizeBytes} of manifest.files) {
        expect(path).toMatch(/^data\/[^\\]+$/s)
        expect(path.split('/')).not.toContain('..')
        expect(sizeBytes >= 0n && sizeBytes < 2n ** 64n).toBe(true)
      }
      expect(manifest.cursor.rank >= 0n && manifest.cursor.rank < 2n ** 64n).toBe(true)
      expect(manifest.scope === undefined).toBe(manifest.schemaVersion === 1)
      importProblems(manifest)
    } catch (error) {
      expect(error).toMatchObject({code: 'MANIFEST', exit: 11})
    }
  }), {numRuns: 10_000})
  expect(accepted).toBeGreaterThan(500)
})

type Edit = {at: number; byte: number} | {at: number; cut: number} | {at: number; put: string}

function apply(bytes: Buffer, edit: Edit): Buffer {
  const at = Math.min(edit.at, bytes.length)
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)]
  if ('byte' in edit) return Buffer.concat([before, Buffer.from([edit.byte]), after.subarray(1)])
  if ('cut' in edit) return Buffer.concat([before, after.subarray(edit.cut)])
  return Buffer.concat([before, Buffer.from(edit.put), after])
}
