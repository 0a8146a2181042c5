import {describe, expect, test} from 'vitest'
import {encodeLeaseRecord, type LeaseRecord} from '../../../src/clients/lease/record.ts'
import {
  decideAbandon, decideAcquire, decideComplete, leaseState, type LeaseState,
} from '../../../src/clients/lease/rules.ts'

const record: LeaseRecord = {holderId: 'a', acquiredAtUnixS: 100n, expiresAtUnixS: 160n}
const completed: LeaseRecord = {...record, completedCursorHex: '0a', completedAtUnixS: 110n}
const entry = (value: Uint8Array, operation: 'PUT' | 'DEL' | 'PURGE' = 'PUT') =>
  ({key: 'k', revision: 7n, value, operation, writtenAtMs: 0})
const utf8 = (text: string) => new TextEncoder().encode(text)

describe('what an entry says', () => {
  test.each([
    ['no entry', undefined, 130n, 'absent'],
    ['a given-back lease', entry(new Uint8Array(0)), 130n, 'absent'],
    ['a delete marker', entry(encodeLeaseRecord(record), 'DEL'), 130n, 'absent'],
    ['a purge marker', entry(utf8('x'), 'PURGE'), 130n, 'absent'],
    ['garbage', entry(utf8('{}')), 130n, 'unparseable'],
    ['a record before its end', entry(encodeLeaseRecord(record)), 159n, 'live'],
    ['a record at its end', entry(encodeLeaseRecord(record)), 160n, 'expired'],
    ['a record of ttl 0', entry(encodeLeaseRecord({...record, expiresAtUnixS: 100n})), 100n, 'expired'],
    [
      'a record from the future',
      entry(encodeLeaseRecord({...record, acquiredAtUnixS: 10n ** 12n, expiresAtUnixS: 2n ** 64n - 1n})), 130n, 'live',
    ],
  ] as const)('%s', (_name, found, nowS, state) => {
    expect(leaseState(found, nowS)).toMatchObject({state, revision: found ? 7n : 0n})
  })
})

const states = {
  absent: {state: 'absent', revision: 0n}, givenBack: {state: 'absent', revision: 7n},
  garbage: {state: 'unparseable', revision: 7n},
  live: {state: 'live', revision: 7n, record}, expired: {state: 'expired', revision: 7n, record},
  done: {state: 'live', revision: 7n, record: completed},
  doneExpired: {state: 'expired', revision: 7n, record: completed},
} as const satisfies Record<string, LeaseState>

describe('may it be taken', () => {
  test.each([
    ['absent', 'create', 0n], ['givenBack', 'create', 7n], ['garbage', 'take-over', 7n], ['expired', 'take-over', 7n],
    ['doneExpired', 'take-over', 7n],
  ] as const)('%s: %s at revision %i', (name, how, expectedRevision) => {
    expect(decideAcquire(states[name], {holderId: 'b', ttlS: 60n}, 200n))
      .toEqual({
        verdict: 'write', how, expectedRevision, record: {holderId: 'b', acquiredAtUnixS: 200n, expiresAtUnixS: 260n},
      })
  })

  test.each([
    ['live', 'a'], ['live', 'b'], ['done', 'a'], ['done', 'b'],
  ] as const)('%s: refused to %s', (name, holderId) => {
    expect(decideAcquire(states[name], {holderId, ttlS: 60n}, 130n)).toMatchObject({verdict: 'held'})
  })
})

const whom = {
  nobody: {}, holder: {holderId: 'a'}, other: {holderId: 'b'}, held: {holderId: 'a', revision: 7n},
  moved: {holderId: 'a', revision: 6n}, revision: {revision: 7n},
}

describe('may it be ended', () => {
  test.each([
    ['absent', 'holder', 'NO_LEASE', 'NO_LEASE'], ['givenBack', 'held', 'NO_LEASE', 'NO_LEASE'],
    ['garbage', 'holder', 'NOT_HOLDER', 'NOT_HOLDER'],
    ['garbage', 'nobody', 'NO_LEASE', 'write'], ['live', 'holder', 'write', 'write'],
    ['live', 'held', 'write', 'write'],
    ['live', 'revision', 'write', 'write'], ['live', 'nobody', 'write', 'write'],
    ['live', 'other', 'NOT_HOLDER', 'NOT_HOLDER'],
    ['live', 'moved', 'MOVED', 'MOVED'], ['expired', 'held', 'write', 'write'], ['expired', 'moved', 'MOVED', 'MOVED'],
    ['done', 'holder', 'COMPLETED', 'write'], ['doneExpired', 'held', 'COMPLETED', 'write'],
  ] as const)('%s by %s: complete %s, abandon %s', (state, who, complete, abandon) => {
    const verdict = (decision: {verdict: string; code?: string}) => decision.code ?? decision.verdict
    expect(verdict(decideComplete(states[state], whom[who], '0b', 130n))).toBe(complete)
    expect(verdict(decideAbandon(states[state], whom[who]))).toBe(abandon)
  })

  test('completing keeps holder and times and adds the two fields; abandoning leaves nothing', () => {
    expect(decideComplete(states.expired, whom.held, '0b', 170n))
      .toEqual({
        verdict: 'write', expectedRevision: 7n, record: {...record, completedCursorHex: '0b', completedAtUnixS: 170n},
      })
    expect(decideAbandon(states.live, whom.held)).toEqual({verdict: 'write', expectedRevision: 7n, record: undefined})
  })
})
