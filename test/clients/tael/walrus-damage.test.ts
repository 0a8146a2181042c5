import fc from 'fast-check'
import {expect, test} from 'vitest'
import {blockUnitBytes} from '../../../src/clients/tael/walrus-header.ts'
import {drain, MemoryWal} from './wal-memory.ts'
import type {SparseFile} from './wal-memory.ts'

const place = fc.oneof(fc.nat(6_000), fc.nat(6_000).map(n => blockUnitBytes + n))
const damage = fc.oneof(
  fc.record({kind: fc.constant('flip' as const), at: place, bit: fc.nat(7)}),
  fc.record({kind: fc.constant('zero' as const), at: place, length: fc.nat(900)}),
  fc.record({kind: fc.constant('random' as const), at: place, bytes: fc.uint8Array({minLength: 1, maxLength: 900})}),
  fc.record({kind: fc.constant('cut' as const), at: place}),
)
type Damage = (typeof damage) extends fc.Arbitrary<infer T> ? T : never

async function apply(file: SparseFile, one: Damage): Promise<void> {
  if (one.kind === 'cut') file.sizeBytes = Math.min(file.sizeBytes, one.at)
  if (one.kind === 'zero') file.write(Buffer.alloc(one.length), one.at)
  if (one.kind === 'random') file.write(one.bytes, one.at)
  if (one.kind === 'flip') {
    const byte = Buffer.alloc(1)
    await file.read(byte, one.at)
    file.write(Buffer.of(byte[0]! ^ (1 << one.bit)), one.at)
  }
}

/** Two files; the first fills into its second block. */
function filled() {
  const wal = new MemoryWal()
  const texts: string[] = []
  const append = (text: string) => {
    texts.push(text)
    wal.append(text)
  }
  for (let n = 0; n < 12; n += 1) append(`${n}:${'x'.repeat(n * 40)}`)
  append(`wide:${'y'.repeat(blockUnitBytes - 9_000)}`)
  for (let n = 12; n < 60; n += 1) append(`${n}:${'x'.repeat((n * 40) % 700)}`)
  wal.restart()
  for (let n = 60; n < 70; n += 1) append(`${n}:tail`)
  return {wal, texts}
}

test('damaged files never show a record that was not written, keep the order, and are read to the end', async () => {
  await fc.assert(fc.asyncProperty(fc.array(fc.tuple(fc.nat(1), damage), {minLength: 1, maxLength: 6}), async edits => {
    const {wal, texts} = filled()
    for (const [file, one] of edits) await apply(wal.files.get(String(1001 + file))!, one)
    const found = (await drain(wal.reader())).filter(text => !text.startsWith('!'))
    const order = found.map(text => texts.indexOf(text))
    expect(order).not.toContain(-1)
    expect(order).toEqual([...order].sort((a, b) => a - b))
    expect(new Set(order).size).toBe(order.length)
  }), {numRuns: 60})
}, 120_000)

test('what lies behind the damaged bytes of one place is found again', async () => {
  await fc.assert(fc.asyncProperty(damage.filter(one => one.kind !== 'cut' && one.at < 5_000), async one => {
    const {wal, texts} = filled()
    await apply(wal.files.get('1001')!, one)
    const found = (await drain(wal.reader())).filter(text => !text.startsWith('!'))
    expect(found.slice(-40)).toEqual(texts.slice(-40))
  }), {numRuns: 40})
}, 120_000)

test('random bytes in place of whole files', async () => {
  await fc.assert(fc.asyncProperty(fc.uint8Array({minLength: 64, maxLength: 20_000}), async bytes => {
    const {wal} = filled()
    wal.files.get('1001')!.pages.clear()
    wal.files.get('1001')!.write(bytes, 0)
    const found = (await drain(wal.reader())).filter(text => !text.startsWith('!'))
    expect(found).toEqual(Array.from({length: 10}, (_, n) => `${n + 60}:tail`))
  }), {numRuns: 20})
}, 120_000)
