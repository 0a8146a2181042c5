import {expect, test} from 'vitest'
import {encodeLeaseRecord, type LeaseRecord} from '../../../src/clients/lease/record.ts'
import {historyItems} from '../../../src/clients/lease/history.ts'
import {paceOf, roundLengthsS} from '../../../src/clients/lease/stuck.ts'
import type {LeaseEntry} from '../../../src/clients/lease/store.ts'

const held = (expires = 3_600n): LeaseRecord => ({holderId: 'a', acquiredAtUnixS: 0n, expiresAtUnixS: expires})
const cases: [string, LeaseRecord, bigint[], bigint, boolean | undefined][] = [
  ['as old as usual', held(), [100n], 100n, false],
  ['twice as old as usual', held(), [100n], 200n, false],
  ['three times as old as usual', held(), [100n], 300n, true],
  ['one second less', held(), [100n], 299n, false],
  ['three times as old, but rounds are short', held(), [5n], 15n, false],
  ['a minute longer than a short round', held(), [5n], 65n, true],
  ['rounds that take no time', held(), [0n], 59n, false],
  ['rounds that take no time, a minute', held(), [0n], 60n, true],
  ['one odd round of several does not count', held(), [10n, 1_000n, 20n], 100n, true],
  ['the lower of two', held(), [10n, 1_000n], 100n, true],
  ['nothing known, under three quarters of the ttl', held(), [], 2_699n, false],
  ['nothing known, three quarters of the ttl', held(), [], 2_700n, true],
  ['expired', held(), [10n], 3_600n, undefined],
  ['completed', {...held(), completedAtUnixS: 10n, completedCursorHex: ''}, [10n], 3_000n, undefined],
  ['taken ahead of our clock', {...held(), acquiredAtUnixS: 500n}, [10n], 400n, undefined],
  ['an expiry far away', held(2n ** 64n - 1n), [], 10n ** 9n, false],
]

test.each(cases)('%s', (_name, record, lengths, nowS, isStuck) => {
  expect(paceOf(record, lengths, nowS)?.isStuck).toBe(isStuck)
})

const entry = (
  revision: bigint, record: LeaseRecord | undefined | 'garbage', previousRevision?: bigint,
  operation: LeaseEntry['operation'] = 'PUT',
): LeaseEntry => ({
  key: 'k', revision, operation, writtenAtMs: 1_000, previousRevision,
  value: record === 'garbage' ? new TextEncoder().encode('{') : record ? encodeLeaseRecord(record) : new Uint8Array(0),
})
const done: LeaseRecord = {...held(), completedAtUnixS: 40n, completedCursorHex: '0a'}
const past = [
  entry(2n, held(), 0n), entry(5n, done, 2n), entry(9n, held(), 7n), entry(10n, undefined, 9n), entry(11n, 'garbage'),
  entry(12n, undefined, 11n, 'DEL'),
]

test('the lengths of rounds come from completions alone', () => {
  expect(roundLengthsS([...past, entry(13n, {...done, acquiredAtUnixS: 50n})])).toEqual([40n])
})

test('history names each write, and what came before it where that is known', () => {
  expect(historyItems(past).map(each => [each.action, each.roundMs, each.followsKnown])).toEqual([
    ['acquired', null, true], ['completed', 40_000n, true], ['acquired', null, false], ['given back', null, true],
    ['unparseable', null, null], ['deleted', null, true],
  ])
})
