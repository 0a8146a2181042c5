import {expect, test} from 'vitest'
import {exportLag} from '../../../src/clients/lease/export-lag.ts'

const hex = (sequence: bigint) => sequence.toString(16).padStart(16, '0')
const known = (behind: bigint) => ({state: 'known', behind, dropped: 0n, why: null})

test.each([
  ['at the end of the stream', hex(25n), 1n, 25n, known(0n)],
  ['behind it', hex(20n), 1n, 25n, known(5n)],
  ['just within what the stream holds', hex(20n), 21n, 25n, known(5n)],
  ['behind what the stream holds', hex(20n), 22n, 25n, {state: 'dropped', behind: 5n, dropped: 1n, why: null}],
  ['an emptied stream', hex(20n), 26n, 25n, {state: 'dropped', behind: 5n, dropped: 5n, why: null}],
  ['ahead of the stream', hex(26n), 1n, 25n, {state: 'reset', behind: null, dropped: null, why: null}],
  ['a bucket that holds nothing yet', hex(0n), 1n, 0n, known(0n)],
  ['beyond what a number can count', hex(2n ** 63n), 1n, 2n ** 63n + 9n, known(9n)],
])('%s', (_, cursor, firstSequence, lastSequence, lag) => {
  expect(exportLag(cursor, {firstSequence, lastSequence})).toEqual(lag)
})

test.each([
  [null, 'no export was completed'],
  ['', 'the cursor (none) is no position in a stream'],
  ['d6', 'the cursor d6 is no position in a stream'],
])('of the cursor %j nobody can say', (cursor, why) => {
  expect(exportLag(cursor, {firstSequence: 1n, lastSequence: 9n})).toEqual({
    state: 'unknown', behind: null, dropped: null, why,
  })
})
