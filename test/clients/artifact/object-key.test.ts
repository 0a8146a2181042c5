import {expect, test} from 'vitest'
import {
  keyOfPointer,
  payloadKey,
  pointerKey,
  rankOfPayload,
  storedPath,
} from '../../../src/clients/artifact/object-key.ts'

test.each([
  ['fleet', 'edge/latest', 'fleet/edge/latest'],
  ['', 'a#b', 'a%23b'],
  ['p', 'a b+c:d@e=f&g\'(h)!', 'p/a b+c:d@e=f&g\'(h)!'],
  ['p', 'a//b', 'p/a/b'],
  ['p', '../x', 'p/%2E%2E/x'],
  ['p', './x', 'p/%2E/x'],
  ['p', 'ü', 'p/%C3%BC'],
  ['p', '\\{^}%`]">[~<|*?\n', 'p/%5C%7B%5E%7D%25%60%5D%22%3E%5B%7E%3C%7C%2A%3F%0A'],
])('%j + %j is stored as %j', (prefix, key, stored) => {
  expect(storedPath(prefix, key)).toBe(stored)
})

test('an empty segment in the prefix is an error', () => {
  expect(() => storedPath('a//b', 'k')).toThrow(/empty segment/)
})

test('names of both layouts', () => {
  expect(pointerKey('p', 'k')).toBe('p/k.manifest.json')
  expect(pointerKey('p', 'k/')).toBe('p/k/.manifest.json')
  expect(payloadKey('p', 'k', 'addressed', 20n, 'fb37b4ef747ee694')).toBe(
    'p/k.payloads/0000000000000014-fb37b4ef747ee694.tar',
  )
  expect(payloadKey('p', 'k', 'fixed', 20n, 'x')).toBe('p/k')
})

test('a pointer gives its key back', () => {
  expect(keyOfPointer('p', 'p/a%23b/c.manifest.json')).toBe('a#b/c')
  expect(keyOfPointer('p', 'p/a.payloads/1-2.tar')).toBeUndefined()
})

test.each([
  ['p/k.payloads/0000000000000014-fb.tar', 20n], ['p/k.payloads/zz-1.tar', undefined],
  ['p/k.payloads/-1.tar', undefined], ['p/k.payloads/ffffffffffffffffff-1.tar', undefined],
])('the rank of %s is %s', (name, rank) => {
  expect(rankOfPayload(name)).toBe(rank)
})
