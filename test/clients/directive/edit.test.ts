import {expect, test} from 'vitest'
import {planSet, type Edit} from '../../../src/clients/directive/edit.ts'
import type {Snapshot} from '../../../src/clients/directive/listing.ts'
import {UnreachableError} from '../../../src/clients/net/errors.ts'
import {directive, noonMs, snapshot} from './fixtures.ts'

const limits = {maxDirectives: 3, maxTtlSecs: 3600}
const held = (fields: Partial<Snapshot> = {}) => snapshot({
  store: 'file', directives: [directive('a'), directive('b', {ttlSecs: 60})], recordState: 'matches',
  record: {nonce: 'n', publishedAtMs: noonMs - 120_000, by: 'x', expiresAtMs: {a: noonMs + 480_500,
    b: noonMs - 60_000}},
  ...fields,
})
const add: Edit = {kind: 'add', directives: [directive('c', {ttlSecs: 30})]}

test('those that stay get what is left of their time, the ended are not written again', () => {
  const planned = planSet(held(), add, noonMs, limits)
  expect(planned.directives).toEqual([directive('a', {ttlSecs: 481}), directive('c', {ttlSecs: 30})])
  expect(planned).toMatchObject({ended: ['b'], longestSecs: 481, expiresAtMs: {a: noonMs + 480_500,
    c: noonMs + 30_000}})
})

test('an ended id may be used again, a living one not', () => {
  expect(planSet(held(), {kind: 'add', directives: [directive('b')]}, noonMs, limits).directives).toHaveLength(2)
  expect(() => planSet(held(), {kind: 'add', directives: [directive('a')]}, noonMs, limits))
    .toThrow(expect.objectContaining({code: 'ID_TAKEN', exit: 7}))
})

test('revoke, clear, replace and repeat', () => {
  const ids = (edit: Edit) => planSet(held(), edit, noonMs, limits).directives.map(({id}) => id)
  expect(ids({kind: 'revoke', ids: ['a']})).toEqual([])
  expect(ids({kind: 'revoke', ids: ['b']})).toEqual(['a'])
  expect(ids({kind: 'clear'})).toEqual([])
  expect(ids({kind: 'replace', directives: [directive('z')]})).toEqual(['z'])
  expect(ids({kind: 'repeat'})).toEqual(['a'])
})

test('an empty set has no end', () => {
  expect(planSet(held(), {kind: 'clear'}, noonMs, limits)).toMatchObject({longestSecs: 0, expiresAtMs: {}})
})

test.each<[string, Snapshot, Edit, string, number]>([
  ['an unknown id', held(), {kind: 'revoke', ids: ['q']}, 'NOT_FOUND', 2],
  ['unknown times', held({recordState: 'passed over'}), add, 'TIME_UNKNOWN', 12],
  ['a malformed value', held({malformed: 'invalid_json'}), add, 'MALFORMED_SET', 12],
  ['an instance that does not answer', held({missing: [{instance: 'p', error: new UnreachableError('gone')}]}),
    {kind: 'clear'}, 'UNREACHABLE', 4],
  ['instances that differ', held({differing: []}), add, 'INSTANCES_DIFFER', 7],
  ['a widened directive that would be written again', held({dropped: [{directiveId: 'a', key: 'tenant'}]}), add,
    'WIDENED', 12],
  ['too many', held(), {kind: 'add', directives: ['c', 'd', 'e'].map(id => directive(id))}, 'TOO_MANY', 12],
])('refuses %s', (_, reading, edit, code, exit) => {
  expect(() => planSet(reading, edit, noonMs, limits)).toThrow(expect.objectContaining({code, exit}))
})

test('unknown times are taken from --keep-ttl; a malformed or differing set can be replaced and cleared', () => {
  const kept = planSet(held({recordState: 'passed over'}), add, noonMs, {...limits, keepTtlSecs: 90})
  expect(kept.directives.map(({id, ttlSecs}) => [id, ttlSecs])).toEqual([['a', 90], ['b', 90], ['c', 30]])
  for (const fields of [{malformed: 'invalid_json'}, {differing: []}] as Partial<Snapshot>[]) {
    expect(planSet(held(fields), {kind: 'clear'}, noonMs, limits).directives).toEqual([])
  }
})

test('--keep-ttl has the ceiling of every ttl', () => {
  expect(() => planSet(held({recordState: 'passed over'}), add, noonMs, {...limits, keepTtlSecs: 3601}))
    .toThrow(expect.objectContaining({code: 'TTL_TOO_LONG'}))
})

test('what had ended before an etcd restart started it again is not prolonged', () => {
  const reading = held({
    store: 'etcd', raftTerm: '4', record: {...held().record!, raftTerm: '3'}, lease: {grantedSecs: 700,
      remainingSecs: 700},
  })
  expect(planSet(reading, {kind: 'repeat'}, noonMs, limits)).toMatchObject({directives: [{id: 'a'}], ended: ['b']})
})
