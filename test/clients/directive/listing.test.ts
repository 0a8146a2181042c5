import {expect, test} from 'vitest'
import {clockSkewMs, listing, notices, type Snapshot} from '../../../src/clients/directive/listing.ts'
import {decodeRecord, encodeRecord, type SetRecord} from '../../../src/clients/directive/record.ts'
import {directive, noonMs, snapshot} from './fixtures.ts'

const record: SetRecord = {
  nonce: 'n1', publishedAtMs: noonMs - 60_000, by: 'ann@host', raftTerm: '3', expiresAtMs: {a: noonMs + 540_000},
}
const held = (fields: Partial<Snapshot> = {}) => snapshot({
  directives: [directive('a')], record, recordState: 'matches', raftTerm: '3',
  lease: {grantedSecs: 610, remainingSecs: 550}, ...fields,
})

test.each<[string, Snapshot, number, Record<string, unknown>]>([
  ['a set of ours', held(), 0, {state: 'active', certainty: 'at least', endsAtMs: noonMs + 540_000,
    latestMs: noonMs + 550_000}],
  ['our clock 5 minutes ahead: the lease tells the time', held({readAtMs: noonMs + 300_000}), 300_000,
    {state: 'active', endsAtMs: noonMs + 840_000, latestMs: noonMs + 850_000}],
  ['our clock 5 minutes behind', held({readAtMs: noonMs - 300_000}), -300_000,
    {state: 'active', endsAtMs: noonMs + 240_000}],
  ['after an election the record counts', held({raftTerm: '4', lease: {grantedSecs: 610, remainingSecs: 610}}), 0,
    {state: 'active', endsAtMs: noonMs + 540_000, latestMs: noonMs + 610_000}],
  ['ended', held({lease: {grantedSecs: 610, remainingSecs: 5}, readAtMs: noonMs + 545_000}), 545_000,
    {state: 'expired'}],
  ['ended, but an election started it again', held({raftTerm: '4', readAtMs: noonMs + 545_000}), 545_000,
    {state: 'unknown'}],
  ['published past us', held({recordState: 'passed over'}), 0, {state: 'unknown', certainty: 'unknown',
    endsAtMs: undefined}],
  ['no record', held({recordState: 'absent', record: undefined, lease: undefined}), 0,
    {state: 'unknown', certainty: 'unknown', latestMs: undefined}],
  ['a file', held({store: 'file', lease: undefined, raftTerm: undefined}), 0, {state: 'active', certainty: 'until'}],
  ['an admin endpoint with our record', held({store: 'admin', lease: undefined, directives: [{...directive('a'),
    expired: false}]}), 0,
    {state: 'active', certainty: 'until', endsAtMs: noonMs + 540_000}],
  ['an admin endpoint that says expired too early', held({store: 'admin', lease: undefined,
    directives: [{...directive('a'), expired: true}]}), 0,
    {state: 'expired', certainty: 'unknown'}],
  ['an admin endpoint that says active too late', held({store: 'admin', lease: undefined,
    directives: [{...directive('a'), expired: false}]}), 600_000,
    {state: 'active', certainty: 'unknown'}],
])('%s', (_, reading, afterMs, expected) => {
  expect(listing(reading, noonMs + afterMs)).toMatchObject([expected])
})

test.each<[string, Snapshot, string]>([
  ['a malformed value', snapshot({malformed: 'invalid_json'}), 'refused by every proxy (invalid_json)'],
  ['a set past us', held({recordState: 'passed over'}), 'published past this tool'],
  ['a set of another tool', held({recordState: 'absent'}), 'not published by this tool'],
  ['an etcd restart', held({raftTerm: '4'}), 'every TTL started again'],
  ['a clock 5 minutes ahead', held({readAtMs: noonMs + 300_000}), "300 s ahead of the publisher's"],
  ['a clock 5 minutes behind', held({readAtMs: noonMs - 300_000}), "300 s behind the publisher's"],
  ['a dropped target', held({dropped: [{directiveId: 'a', key: 'tenant'}]}), 'wider than written'],
  ['instances that differ', held({differing: []}), 'different sets'],
])('says what an operator has to know: %s', (_, reading, words) => {
  expect(notices(reading).join('\n')).toContain(words)
})

test('a set of ours with nothing wrong gives no notice, and second-wide rounding is no skew', () => {
  expect(notices(held())).toEqual([])
  expect(clockSkewMs(held({readAtMs: noonMs + 900}))).toBe(900)
})

test('our own probe is left out', () => {
  const probe = {...directive('__probe', {index: '__probe-n1'})}
  expect(listing(held({directives: [directive('a'), probe]}), noonMs).map(({id}) => id)).toEqual(['a'])
})

test('a record comes back as it was written; anything else is no record', () => {
  const whole = {...record, reason: 'INC-7', probeIndex: '__probe-n1', previousProbeIndex: '__probe-n0'}
  expect(decodeRecord(encodeRecord(whole))).toEqual(whole)
  for (const text of ['', 'x', '[]', '{}', '{"schema":2}', encodeRecord(whole).replace(/"a":"[^"]+"/, '"a":"soon"')]) {
    expect(decodeRecord(text)).toBeUndefined()
  }
})
