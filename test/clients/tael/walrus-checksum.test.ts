import fc from 'fast-check'
import {expect, test} from 'vitest'
import {checksumText, fnv1a64} from '../../../src/clients/tael/walrus-checksum.ts'

const bytes = (text: string) => Buffer.from(text)

test.each([
  ['', 'cbf29ce484222325'],
  ['a', 'af63dc4c8601ec8c'],
  ['foobar', '85944171f73967e8'],
])('the published vector of %j', (text, sum) => {
  expect(checksumText(fnv1a64(bytes(text)))).toBe(sum)
})

test('equals the definition, in one piece and in two', () => {
  const defined = (data: Uint8Array) =>
    data.reduce((sum, byte) => BigInt.asUintN(64, (sum ^ BigInt(byte)) * 0x100000001b3n), 0xcbf29ce484222325n)
  fc.assert(fc.property(fc.uint8Array({maxLength: 300}), fc.nat(300), (data, cut) => {
    const at = Math.min(cut, data.length)
    expect(fnv1a64(data)).toBe(defined(data))
    expect(fnv1a64(data, at, data.length, fnv1a64(data, 0, at))).toBe(defined(data))
  }))
})

test('a short sum keeps its leading zeroes', () => {
  expect(checksumText(0xabcn)).toBe('0000000000000abc')
})
