import {describe, expect, test} from 'vitest'
import {checkTtl, checkWatchPrefix, checkWrite} from '../../../src/clients/raft/kv-limits.ts'

const key = Buffer.from('/k')
const outcome = (work: () => void) => {
  try {
    work()
    return 'fine'
  } catch (error) {
    return (error as {code: string; exit: number})
  }
}

test.each([
  [256 * 1024, false, 'fine'],
  [256 * 1024 + 1, false, {code: 'LARGE_VALUE', exit: 12}],
  [256 * 1024 + 1, true, 'fine'],
  [4 * 1024 * 1024 - 66, true, 'fine'],
  [4 * 1024 * 1024 - 65, true, {code: 'VALUE_TOO_LARGE', exit: 3}],
])('a value of %i bytes, forced %s', (size, force, expected) => {
  const found = outcome(() => checkWrite(key, Buffer.alloc(size), force))
  if (expected === 'fine') expect(found).toBe('fine')
  else expect(found).toMatchObject(expected as object)
})

test('what is expected counts too; an empty key is no key', () => {
  const half = Buffer.alloc(2 * 1024 * 1024)
  expect(outcome(() => checkWrite(key, half, true, half))).toMatchObject({code: 'VALUE_TOO_LARGE'})
  expect(outcome(() => checkWrite(Buffer.alloc(0), key, false))).toMatchObject({code: 'EMPTY_KEY', exit: 3})
})

describe('watched prefixes', () => {
  test.each(['/', '/a/', '/a/b/', '/a\n/'])('%j is one', prefix => {
    expect(outcome(() => checkWatchPrefix(Buffer.from(prefix)))).toBe('fine')
  })
  test.each([
    ['', 'Write /,'], ['a', 'Write /a/,'], ['/a', 'Write /a/,'], ['a/', 'Write /a/,'], ['//', undefined],
  ])('%j: %s', (prefix, hint) => {
    const found = outcome(() => checkWatchPrefix(Buffer.from(prefix)))
    if (hint === undefined) expect(found).toBe('fine')
    else expect(found).toMatchObject({code: 'BAD_PREFIX', exit: 3, hint: expect.stringContaining(hint)})
  })
})

test('a TTL goes out only where leases are on by the word of the operator', () => {
  expect(outcome(() => checkTtl(5n, false))).toMatchObject({
    code: 'TTL_OFF', exit: 12, hint: expect.stringContaining('raft.ttl'),
  })
  expect(outcome(() => checkTtl(5n, true))).toBe('fine')
  expect(outcome(() => checkTtl(undefined, false))).toBe('fine')
})
