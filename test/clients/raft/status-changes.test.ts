import {expect, test} from 'vitest'
import {judge} from '../../../src/clients/raft/rules.ts'
import {changesBetween} from '../../../src/clients/raft/status-changes.ts'
import {follower, leading} from './reports.ts'

const healthy = judge([leading(1, 3n), follower(2)])
const gone = {reachable: false, ready: false, error: {code: 'X', message: 'gone'}}
const headless = judge([follower(1, gone), follower(2)])
const events = (before: typeof healthy | undefined, after: typeof healthy) =>
  changesBetween(before, after).map(({event, item}) =>
    [event, item === null ? null : 'problem' in item ? item.problem : item.id])

test('at first everything is new', () => {
  expect(events(undefined, healthy)).toEqual([['leader', 1], ['node', 1], ['node', 2]])
  expect(events(undefined, headless)[0]).toEqual(['no-leader', null])
})

test('what stays the same is not told, nor how long an answer took', () => {
  expect(events(healthy, judge([{...leading(1, 3n), latencyMs: 99}, follower(2)]))).toEqual([])
  expect(events(headless, headless)).toEqual([])
})

test('a lost leader, and a new term of the same one', () => {
  expect(events(healthy, headless)).toEqual([
    ['no-leader', null], ['node', 1], ['problem', 'node 1 does not answer: gone'],
    ['problem', 'node 2 still names node 1, which is not proven'],
  ])
  expect(events(headless, healthy)).toEqual([
    ['leader', 1], ['node', 1], ['solved', 'node 1 does not answer: gone'],
    ['solved', 'node 2 still names node 1, which is not proven'],
  ])
  expect(events(healthy, judge([leading(1, 4n), follower(2)]))).toEqual([['leader', 1], ['node', 1]])
})
