import {readFileSync} from 'node:fs'
import {Packr} from 'msgpackr'
import {beforeAll, describe, expect, test} from 'vitest'
import {loadUnpackr, readFrame} from '../../../src/clients/tael/wal-frame.ts'
import type {WalRecord} from '../../../src/clients/tael/wal-frame.ts'

const fixture = (name: string) => readFileSync(new URL(`../../fixtures/wal/${name}`, import.meta.url))
const packr = new Packr({useRecords: false})
let unpackr: Awaited<ReturnType<typeof loadUnpackr>>
beforeAll(async () => {
  unpackr = await loadUnpackr()
})

const read = (payload: Buffer) => readFrame(payload, unpackr)
function records(payload: Buffer): WalRecord[] {
  const frame = read(payload)
  if (frame.state !== 'records') throw new Error(frame.state)
  return [...frame.slices].flat()
}
const packed = (signal: number, value: unknown) => Buffer.concat([Buffer.of(2, signal), packr.pack(value)])

describe.each(['spans', 'logs', 'metrics', 'metrics-engine'])('the recorded frame of %s', name => {
  const bytes = fixture(`wal-frame-${name}.bin`)
  const {decoded} =
    JSON.parse(fixture(`wal-frame-${name}.json`).toString()) as {decoded: {signal: string; records: WalRecord[]}}

  test('decodes to what the server meant', () => {
    expect(read(bytes)).toMatchObject({state: 'records', version: 2, signal: decoded.signal})
    expect(records(bytes)).toEqual(decoded.records)
  })

  test('says the same as JSON of version 1', () => {
    const signal = bytes[1]!
    const frame = Buffer.concat([Buffer.of(1, signal), Buffer.from(JSON.stringify(decoded.records))])
    expect(read(frame)).toMatchObject({state: 'records', version: 1, signal: decoded.signal})
    expect(records(frame)).toEqual(decoded.records)
  })

  test('cut anywhere, it throws or is short, and never hangs', () => {
    for (let length = 0; length < bytes.length; length += 7) {
      if (length < 2) expect(read(bytes.subarray(0, length)).state).toBe('short')
      else expect(() => records(bytes.subarray(0, length))).toThrow()
    }
  })
})

test('an empty batch', () => {
  expect(records(Buffer.of(2, 1, 0x90))).toEqual([])
})

test.each([
  ['version 3', Buffer.of(3, 1, 0x90), {state: 'unknown', version: 3, signalByte: 1}],
  ['version 0', Buffer.of(0, 1, 0x90), {state: 'unknown', version: 0, signalByte: 1}],
  ['signal 0', Buffer.of(2, 0, 0x90), {state: 'unknown', version: 2, signalByte: 0}],
  ['signal 4', Buffer.of(2, 4, 0x90), {state: 'unknown', version: 2, signalByte: 4}],
])('%s is shown as unknown', (_name, bytes, expected) => {
  expect(read(bytes)).toEqual(expected)
})

test.each([
  ['a map instead of the batch', packed(1, {a: 1})],
  ['numbers instead of records', packed(1, [1, 2])],
  ['arrays instead of records', packed(1, [['x']])],
  ['JSON that is no array', Buffer.concat([Buffer.of(1, 1), Buffer.from('{}')])],
  ['JSON that is none', Buffer.concat([Buffer.of(1, 1), Buffer.from('[{')])],
  [
    'more records promised than there are',
    Buffer.concat([Buffer.of(2, 1, 0xdd, 0xff, 0xff, 0xff, 0xff), packr.pack({a: 1})]),
  ],
])('%s is not decoded', (_name, bytes) => {
  expect(() => records(bytes)).toThrow()
})

test('integers beyond 2^53 survive in both versions', () => {
  const wide = Buffer.from([2, 3, 0x91, 0x81, 0xa1, 0x6e, 0xcf, 0x00, 0x20, 0, 0, 0, 0, 0, 1])
  expect(records(wide)).toEqual([{n: 9007199254740993n}])
  expect(records(Buffer.concat([Buffer.of(1, 3), Buffer.from('[{"n":9007199254740993}]')]))).toEqual([
    {n: 9007199254740993n},
  ])
})

test('a large batch comes in slices and whole', () => {
  const all = Array.from({length: 70_000}, (_, n) => ({n, text: 'x'.repeat(50)}))
  const frame = read(packed(2, all))
  if (frame.state !== 'records') throw new Error(frame.state)
  const slices = [...frame.slices]
  expect(slices.length).toBeGreaterThan(3)
  expect(Math.max(...slices.map(slice => slice.length))).toBeLessThan(20_000)
  expect(slices.flat()).toEqual(all)
})
