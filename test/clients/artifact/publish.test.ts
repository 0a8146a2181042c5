import {readFileSync} from 'node:fs'
import {expect, test} from 'vitest'
import {parseManifest} from '../../../src/clients/artifact/manifest.ts'
import {mayPrune} from '../../../src/clients/artifact/prune.ts'
import {restoreCheck, roundCheck, scopeCheck} from '../../../src/clients/artifact/doctor.ts'
import {pointerMove, readPointer} from '../../../src/clients/artifact/publish.ts'

const fixture = (rev: number) =>
  readFileSync(new URL(`../../fixtures/artifact/artifacts/append-log-rev${rev}/MANIFEST.json`, import.meta.url))
const five = fixture(5)
const nine = fixture(9)
const at = (bytes: Buffer | undefined) => readPointer(bytes && {bytes, etag: 'e', modifiedMs: 0}, 'k')
const ours = (bytes: Buffer) => ({bytes, rank: parseManifest(bytes).cursor.rank})
const sameRank = Buffer.from(`${five.toString()} `)
const schema3 = Buffer.from(five.toString().replace('"schema_version": 1', '"schema_version": 3'))

test.each([
  ['nothing there', undefined, five, 'create'],
  ['an older one', five, nine, 'replace'],
  ['a newer one', nine, five, 'superseded'],
  ['the same bytes', five, five, 'unchanged'],
  ['the same rank, other bytes', sameRank, five, 'replace'],
  ['garbage', Buffer.from('garbage'), five, 'replace'],
  ['a newer schema', schema3, five, 'newer-schema'],
])('the pointer over %s', (_name, standing, mine, move) => {
  expect(pointerMove(at(standing), ours(mine))).toBe(move)
})

const payload = (name: string, modifiedMs = 0) => ({key: `p/k.payloads/${name}`, sizeBytes: 1, etag: '', modifiedMs})

test.each([
  ['older, old enough', payload('0000000000000005-aa.tar'), true],
  ['older, too fresh', payload('0000000000000005-aa.tar', 950), false],
  ['exactly the grace', payload('0000000000000005-aa.tar', 900), true],
  ['the target', payload('0000000000000009-bb.tar'), false],
  ['the same rank, unreferenced', payload('0000000000000009-cc.tar'), false],
  ['newer', payload('000000000000000a-aa.tar'), false],
  ['no rank in the name', payload('x-aa.tar'), false],
])('prune: %s', (_name, object, may) => {
  expect(mayPrune(object, 'p/k.payloads/0000000000000009-bb.tar', 9n, 1000, 100)).toBe(may)
})

test.each([
  [5n, 6n, 9n, 'ok'], [5n, 7n, 9n, 'fail'], [10n, 1n, 9n, 'fail'], [9n, 10n, 9n, 'ok'],
] as const)('restore at %s of a stream %s to %s: %s', (rank, firstSequence, lastSequence, state) => {
  expect(restoreCheck(rank, {firstSequence, lastSequence}).state).toBe(state)
})

test.each([
  [undefined, [], 'warn'],
  [[''], ['a.'], 'ok'],
  [['a.'], ['a.b.'], 'ok'],
  [['a.', 'b.'], ['b.', 'a.'], 'ok'],
  [['a.'], ['a.', 'b.'], 'fail'],
  [['a.b.'], ['a.'], 'fail'],
  [[], ['a.'], 'fail'],
  [['a.'], [], 'ok'],
])('the scope %j for nodes that watch %j: %s', (scope, watched, state) => {
  expect(scopeCheck(scope, watched).state).toBe(state)
})

test.each([
  [undefined, 'warn'],
  ['', 'ok'],
  ['0000000000000009', 'ok'],
  ['000000000000000a', 'fail'],
  ['0000000000000005', 'warn'],
  ['0a0b', 'ok'],
])('a last round completed at %j beside a pointer at 9: %s', (completed, state) => {
  expect(roundCheck(9n, completed).state).toBe(state)
})
