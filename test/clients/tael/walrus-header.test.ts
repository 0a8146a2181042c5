import {readFileSync} from 'node:fs'
import {expect, test} from 'vitest'
import {encodeEntry, placeEntry} from '../../../src/clients/tael/walrus-encode.ts'
import {blockUnitBytes, readHeader, segmentBytes, unitEnd} from '../../../src/clients/tael/walrus-header.ts'

const fixture = (name: string) => readFileSync(new URL(`../../fixtures/wal/${name}`, import.meta.url))
const recorded = ['tael_wal', 'spans'].map(topic => ({
  topic, bytes: fixture(`walrus-segment-${topic}.bin`),
  entries: JSON.parse(
    fixture(`walrus-segment-${topic}.json`).toString(),
  ).entries as {offset: number; payload_bytes: number; fnv1a64: string}[],
}))

test.each(recorded)('headers of the recorded segment $topic', ({topic, bytes, entries}) => {
  for (const {offset, payload_bytes, fnv1a64} of entries) {
    expect(readHeader(bytes.subarray(offset, offset + 64), offset)).toEqual({
      state: 'entry',
      header: {topic, payloadBytes: payload_bytes, blockEnd: blockUnitBytes, checksum: BigInt(`0x${fnv1a64}`)},
    })
  }
})

test.each(
  recorded,
)('our encoding of the recorded segment $topic is the same byte for byte', ({topic, bytes, entries}) => {
  for (const {offset, payload_bytes} of entries) {
    const payload = bytes.subarray(offset + 64, offset + 64 + payload_bytes)
    expect(encodeEntry(topic, payload, blockUnitBytes).equals(bytes.subarray(offset, offset + 64 + payload_bytes)))
      .toBe(true)
  }
})

const changed = (edit: (header: Buffer) => void) => {
  const header = encodeEntry('tael_wal', Buffer.from('x'), blockUnitBytes).subarray(0, 64)
  edit(header)
  return header
}

test.each([
  ['a hole', Buffer.alloc(64), 0, 'empty'],
  ['the end of the file', Buffer.alloc(0), 0, 'empty'],
  ['a header cut by the end of the file', changed(() => {}).subarray(0, 30), 0, 'damaged'],
  ['no length before other bytes', changed(h => h.writeUInt16LE(0, 0)), 0, 'damaged'],
  ['length too small', changed(h => h.writeUInt16LE(31, 0)), 0, 'damaged'],
  ['length too large', changed(h => h.writeUInt16LE(63, 0)), 0, 'damaged'],
  ['bytes behind the metadata', changed(h => (h[60] = 1)), 0, 'damaged'],
  ['topic outside the metadata', changed(h => h.writeInt32LE(-200, 18)), 0, 'damaged'],
  ['topic longer than its place', changed(h => h.writeUInt32LE(400, 14)), 0, 'damaged'],
  ['topic with control characters', changed(h => (h[3] = 7)), 0, 'damaged'],
  ['block end not on a block border', changed(h => h.writeBigUInt64LE(77n, 26)), 0, 'damaged'],
  ['block end before the entry', changed(() => {}), blockUnitBytes, 'damaged'],
  [
    'block end behind the file', changed(h => h.writeBigUInt64LE(BigInt(segmentBytes + blockUnitBytes), 26)), 0,
    'damaged',
  ],
  ['payload longer than the block', changed(h => h.writeUInt32LE(blockUnitBytes, 10)), 0, 'damaged'],
  ['an entry', changed(() => {}), 0, 'entry'],
])('%s', (_name, bytes, offset, state) => {
  expect(readHeader(bytes, offset).state).toBe(state)
})

test.each([
  ['fits', {offset: 100, blockEnd: blockUnitBytes}, 10, {offset: 100, blockEnd: blockUnitBytes, newFile: false}],
  [
    'fits exactly', {offset: blockUnitBytes - 74, blockEnd: blockUnitBytes}, 10,
    {offset: blockUnitBytes - 74, blockEnd: blockUnitBytes, newFile: false},
  ],
  [
    'next block', {offset: blockUnitBytes - 73, blockEnd: blockUnitBytes}, 10,
    {offset: blockUnitBytes, blockEnd: 2 * blockUnitBytes, newFile: false},
  ],
  [
    'two units', {offset: 5, blockEnd: blockUnitBytes}, blockUnitBytes,
    {offset: blockUnitBytes, blockEnd: 3 * blockUnitBytes, newFile: false},
  ],
  [
    'no unit left', {offset: segmentBytes - 8, blockEnd: segmentBytes}, 10,
    {offset: 0, blockEnd: blockUnitBytes, newFile: true},
  ],
  ['too few units left', {offset: 5, blockEnd: segmentBytes - blockUnitBytes}, segmentBytes - 64,
    {offset: 0, blockEnd: segmentBytes, newFile: true}],
])('a new entry %s', (_name, at, payloadBytes, place) => {
  expect(placeEntry(at, payloadBytes)).toEqual(place)
})

test('the unit of an offset', () => {
  expect(unitEnd(0)).toBe(blockUnitBytes)
  expect(unitEnd(blockUnitBytes)).toBe(2 * blockUnitBytes)
})
