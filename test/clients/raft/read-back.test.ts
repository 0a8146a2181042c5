import {expect, test} from 'vitest'
import {readBack} from '../../../src/clients/raft/read-back.ts'

const bytes = (text: string | undefined) => (text === undefined ? undefined : Buffer.from(text))
const none = undefined

test.each([
  // before, value, expires, found
  ['a', 'b', false, 'b', 'done'], ['a', 'b', false, 'a', 'not-done'], ['a', 'b', false, 'c', 'unknown'],
  [none, 'b', false, none, 'not-done'], ['a', 'b', false, none, 'unknown'], ['b', 'b', false, 'b', 'done'],
  [none, '', false, '', 'done'],
  ['a', 'b', true, 'b', 'done'], ['b', 'b', true, 'b', 'unknown'], [none, 'b', true, none, 'unknown'],
  ['a', 'b', true, 'a', 'unknown'],
])('put over %s of %s (expires: %s), found %s: %s', (before, value, expires, found, state) => {
  expect(readBack({kind: 'put', before: bytes(before), value: Buffer.from(value), expires}, bytes(found))).toBe(state)
})

test.each([
  ['a', none, 'done'], ['a', 'a', 'not-done'], ['a', 'b', 'unknown'], [none, none, 'done'], [none, 'b', 'unknown'],
])(
  'delete of %s, found %s: %s', (before, found, state) => {
    expect(readBack({kind: 'delete', before: bytes(before)}, bytes(found))).toBe(state)
  })

test.each([
  ['a', 'b', true, 'b', 'done'], ['a', 'b', false, 'b', 'unknown'], ['a', 'b', true, 'a', 'not-done'],
  ['a', 'b', false, 'a', 'not-done'],
  [none, 'b', true, none, 'not-done'], [none, 'b', true, 'c', 'unknown'], ['a', 'a', false, 'a', 'done'],
  ['', 'b', true, none, 'unknown'],
])('swap of %s for %s (unique: %s), found %s: %s', (expected, value, unique, found, state) => {
  expect(readBack({kind: 'cas', expected: bytes(expected), value: Buffer.from(value), unique}, bytes(found))).toBe(
    state,
  )
})
