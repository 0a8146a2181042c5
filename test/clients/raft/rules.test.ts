import {describe, expect, test} from 'vitest'
import {isMet, isOlder, judge, memberList, roleOfRefusal} from '../../../src/clients/raft/rules.ts'
import {follower as node, leading, voters} from './reports.ts'

describe('judge', () => {
  test.each([
    ['healthy', [leading(1, 3n), node(2)], 1, []],
    ['no quorum', [leading(1, 3n, false), node(2, {reachable: false, ready: false})], undefined,
      [/no proven leader/, /node 1 calls itself leader/, /node 2 does not answer/]],
    ['two proven at a handover', [leading(1, 3n), leading(2, 4n)], 2, [/node 1 calls itself leader/]],
    ['a dead leader still named', [node(2), node(3)], undefined, [/no proven leader/, /still names/, /still names/]],
    ['swapped endpoints', [node(1, {...leading(2, 3n), id: 1}), node(2, {names: 2})], 2, [/answers as node 2/]],
    ['not ready', [leading(1, 3n), node(2, {ready: false})], 1, [/node 2 is not ready/]],
    ['a stuck state machine', [{...leading(1, 3n, false), holdsLease: true}, node(2)], undefined,
      [/no proven leader/, /leads a quorum but serves no linearizable read.*--probe-write/, /still names/]],
    ['other membership', [leading(1, 3n), node(2, {members: voters.slice(0, 1)})], 1, [/disagree/]],
  ])('%s', (_, nodes, leader, problems) => {
    const status = judge(nodes)
    expect(status.leader?.id).toBe(leader)
    expect(status.quorum).toBe(leader !== undefined || nodes.some(({holdsLease}) => holdsLease))
    expect(status.problems).toEqual(problems.map(each => expect.stringMatching(each)))
  })
})

test.each([
  ['Follower should not handle', 'follower'], ['Candidate should not', 'candidate'], ['Learner should not', 'learner'],
  ['go away', 'unknown'],
])('the refusal "%s" comes from a %s', (text, role) => expect(roleOfRefusal(text)).toBe(role))

test.each([
  [{kind: 'leader'}, true, false], [{kind: 'quorum'}, true, false], [{kind: 'members', count: 2}, true, false],
  [{kind: 'members', count: 3}, false, false], [{kind: 'not-leader', id: 1}, false, false],
  [{kind: 'not-leader', id: 2}, true, false],
] as const)('%o: with a proven leader %s, without %s', (wanted, led, headless) => {
  expect(isMet(wanted, judge([leading(1, 3n), node(2)]))).toBe(led)
  expect(isMet(wanted, judge([leading(1, 3n, false), node(2)]))).toBe(headless)
})

test('members name who knows them', () => {
  const nodes = [node(1), node(2, {members: voters.slice(0, 1)})]
  expect(memberList(nodes).map(({id, by}) => [id, by])).toEqual([[1, [1, 2]], [2, [1]]])
})

test.each([
  ['0.2.4', [{id: 1, role: 1, status: 3}, {id: 4, role: 4, status: 1}], false],
  ['a voter of 0.2.2', [{id: 1, role: 1, status: 3}, {id: 2, status: 2}], true],
  ['a learner of 0.2.2', [{id: 4, role: 3}], true],
  ['no members', [], false],
])('the members of %s', (_, nodes, older) => expect(isOlder(nodes)).toBe(older))
