import {expect, test} from 'vitest'
import {kvItem, parseBytes, shortItem, showBytes} from '../../../src/clients/raft/value.ts'

test.each([
  ['plain', undefined, {text: 'plain', encoding: 'utf8'}],
  ['é€𝄞', undefined, {text: 'é€𝄞', encoding: 'utf8'}],
  ['', undefined, {text: '', encoding: 'utf8'}],
  ['ab', 'hex', {text: '6162', encoding: 'hex'}],
  ['ab', 'base64', {text: 'YWI=', encoding: 'base64'}],
] as const)('%j as %s', (text, wanted, shown) => expect(showBytes(Buffer.from(text), wanted)).toEqual(shown))

test('what is no UTF-8 is hex, even when UTF-8 was asked for', () => {
  expect(showBytes(Buffer.from([0xff, 0]))).toEqual({text: 'ff00', encoding: 'hex'})
  expect(showBytes(Buffer.from([0xc3]), 'utf8')).toEqual({text: 'c3', encoding: 'hex'})
  expect(showBytes(Buffer.from('abcd').subarray(1, 3))).toEqual({text: 'bc', encoding: 'utf8'})
})

test.each([
  ['00fF', 'hex', [0, 255]], ['', 'hex', []], ['AP8=', 'base64', [0, 255]], ['', 'base64', []],
  ['a\n', 'utf8', [97, 10]],
] as const)(
  '%j is %s', (text, encoding, bytes) => expect([...parseBytes(text, encoding, 'it')]).toEqual(bytes))

test.each([
  ['0', 'hex'], ['0g', 'hex'], ['0x00', 'hex'], ['AP8', 'base64'], ['A_8=', 'base64'], ['====', 'base64'],
] as const)(
  '%j is no %s', (text, encoding) => expect(() => parseBytes(text, encoding, 'it')).toThrow(`it is no ${encoding}`))

test('items; a hidden or long value is told by its digest', () => {
  expect(shortItem(Buffer.from('/k'), Buffer.alloc(4_096))).toHaveProperty('value')
  expect(shortItem(Buffer.from('/k'), Buffer.alloc(4_097))).not.toHaveProperty('value')
  expect(kvItem(Buffer.from('/k'), Buffer.from([255]))).toEqual(
    {key: '/k', keyEncoding: 'utf8', value: 'ff', valueEncoding: 'hex', sizeBytes: 1})
  expect(shortItem(Buffer.from('/k'), Buffer.alloc(5), true)).toEqual({
    key: '/k', keyEncoding: 'utf8', sizeBytes: 5,
    sha256: '8855508aade16ec573d21e6a485dfd0a7624085c1a14b5ecdd6485de0c6839a4',
  })
})
