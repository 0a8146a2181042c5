import {describe, expect, test} from 'vitest'
import {checkTaskName, parseUs, preciseNowUs, rfc3339} from '../../../src/clients/control-table/model.ts'
import {claimDecision, isDue, isHeldBy, stateOf} from '../../../src/clients/control-table/rules.ts'
import {mayHold, onlyTask, rowFromStats, statsOf} from '../../../src/clients/control-table/stats.ts'
import {actionOf} from '../../../src/clients/control-table/history.ts'
import {fc} from '../../helpers/check.ts'
import {at, row} from './tables.ts'

const processing = (minutes: number, more = {}) => row('x', {status: 'processing', claimedAtUs: at(minutes), ...more})

describe('may it be claimed at minute 100?', () => {
  test.each([
    ['no row', [], {kind: 'claim', first: true}],
    ['idle and due', [row('x', {nextRunAtUs: at(100)})], {kind: 'claim', first: false}],
    ['idle, due in a microsecond', [row('x', {nextRunAtUs: at(100, 1)})], {kind: 'not-due'}],
    ['an unknown status counts as idle', [row('x', {status: 'odd'})], {kind: 'claim'}],
    ['claimed a moment less than 30 minutes ago', [processing(70, {claimedAtUs: at(70, 1)})], {kind: 'held'}],
    ['claimed exactly 30 minutes ago', [processing(70)], {kind: 'claim'}],
    ['stale, but scheduled later', [processing(70, {nextRunAtUs: at(101)})], {kind: 'not-due'}],
    ['claimed in the future', [processing(200)], {kind: 'held'}],
    ['two rows, one live', [processing(10), processing(90)], {kind: 'held'}],
    ['two rows, both stale', [processing(10), processing(20)], {kind: 'claim'}],
  ])('%s', (_name, rows, decision) => {
    expect(claimDecision(rows, at(100))).toMatchObject(decision)
  })

  test('a takeover keeps the schedule, a first claim is due from now', () => {
    expect(claimDecision([processing(10, {nextRunAtUs: at(7)})], at(100))).toMatchObject({nextRunAtUs: at(7)})
    expect(claimDecision([], at(100))).toMatchObject({nextRunAtUs: at(100)})
  })
})

test.each([
  ['no row', [], true], ['idle, later', [row('x', {nextRunAtUs: at(101)})], false],
  ['idle, now', [row('x', {nextRunAtUs: at(100)})], true],
  ['live', [processing(71)], false],
  ['stale, scheduled later: due all the same', [processing(70, {nextRunAtUs: at(500)})], true],
])('due: %s', (_name, rows, due) => {
  expect(isDue(rows, at(100))).toBe(due)
})

test.each([
  ['ours', [processing(1)], {podId: 'pod-a'}, true],
  ['ours, this very claim', [processing(1)], {podId: 'pod-a', claimedAtUs: at(1)}, true],
  ['ours, but a later claim', [processing(2)], {podId: 'pod-a', claimedAtUs: at(1)}, false],
  ['another holder', [processing(1, {podId: 'b'})], {podId: 'pod-a'}, false],
  ['no longer claimed', [row('x')], {podId: 'pod-a'}, false],
  ['a second winner beside us', [processing(1), processing(1, {podId: 'b'})], {podId: 'pod-a'}, false],
  ['nothing', [], {podId: 'pod-a'}, false],
])('held: %s', (_name, rows, claim, held) => {
  expect(isHeldBy(rows, claim)).toBe(held)
})

test.each([
  [row('x'), 'due'], [row('x', {nextRunAtUs: at(101)}), 'idle'], [processing(80), 'processing'],
  [processing(70), 'stale'], [row('f'), 'fence'],
])('state of %o is %s', (each, state) => {
  expect(stateOf(each, at(100), 'f')).toBe(state)
})

test.each([
  [undefined, processing(1), 'claimed'], [row('x'), processing(1), 'claimed'],
  [processing(1), processing(40, {podId: 'b'}), 'taken over'],
  [processing(1), processing(20), 'extended'], [processing(1), row('x', {nextRunAtUs: at(60)}), 'released'],
  [processing(1), row('x'), 'failed'], [row('x'), row('x'), 'written'],
] as const)('a change from %o to %o is "%s"', (before, after, action) => {
  expect(actionOf(before, after)).toBe(action)
})

test.each(['a b', "x'; DROP", '', 'é', 'a-b', '../x', 'x'.repeat(65)])('task name %j is refused with 3', name => {
  expect(() => checkTaskName(name)).toThrow(expect.objectContaining({code: 'BAD_TASK_NAME', exit: 3}))
})

test('instants survive with their microseconds', () => {
  fc.assert(fc.property(fc.bigInt({min: -62_135_596_800_000_000n, max: 253_402_300_799_999_999n}), us => {
    expect(parseUs(rfc3339(us))).toBe(us)
  }))
})

test('the fine clock is used only while it agrees with the system', () => {
  expect(preciseNowUs(1_000, 1_000.25)).toBe(1_000_250n)
  expect(preciseNowUs(3_601_000, 1_000.25)).toBe(3_601_000_000n)
})

test('statistics give back the row that they were made of, and bounds that find it', () => {
  const name = fc.stringMatching(/^[a-z_0-9]{1,31}$/)
  fc.assert(fc.property(name, name, fc.bigInt({
    min: 0n, max: 4_000_000_000_000_000n,
  }), fc.boolean(), (task, podId, us, done) => {
    const each = row(task, {podId, claimedAtUs: us, completedAtUs: done ? us : null, nextRunAtUs: us + 1n})
    const stats = statsOf(each)
    expect(rowFromStats(stats)).toEqual(each)
    expect([onlyTask(stats), mayHold(stats, task), mayHold(stats, `${task}0`)]).toEqual([task, true, false])
  }))
})

test('statistics prove nothing when they are missing, cut or coarse', () => {
  expect(mayHold(null, 'x')).toBe(true)
  expect(rowFromStats(statsOf(row('x')).replaceAll('.000000Z', '.000Z'))).toBeUndefined()
  expect(onlyTask('{"minValues":{"task_name":"a"},"maxValues":{"task_name":"z"}}')).toBeUndefined()
  expect(mayHold('{"minValues":{"task_name":"a"},"maxValues":{"task_name":"z"}}', 'm')).toBe(true)
})
