import {describe, expect, test} from 'vitest'
import {isMet, judge, memberList, membersOf, roleOfRefusal, type NodeReport} from '../../../src/clients/raft/rules.ts'

const voters = membersOf([{id: 2, address: 'b:1', role: 1}, {id: 1, address: 'a:1', role: 1}])
const node = (id: number, more: Partial<NodeReport> = {}): NodeReport => ({
  id, endpoint: `n${id}:1`, reachable: true, ready: true, role: 'follower', names: 1, leaderId: null, term: null,
  proven: false, latencyMs: 1, members: voters, error: null, ...more,
})
const leading = (id: number, term: bigint, proven = true) =>
  node(id, {role: 'leader', leaderId: id, names: id, term, proven})

describe('judge', () => {
  test.each([
    ['healthy', [leading(1, 3n), node(2)], 1, []],
    ['no quorum', [leading(1, 3n, false), node(2, {reachable: false, ready: false})], undefined,
      [/no proven leader/, /node 1 calls itself leader/, /node 2 does not answer/]],
    ['two proven at a handover', [leading(1, 3n), leading(2, 4n)], 2, [/node 1 calls itself leader/]],
    ['a dead leader still named', [node(2), node(3)], undefined, [/no proven leader/, /still names/, /still names/]],
    ['swapped endpoints', [node(1, {...leading(2, 3n), id: 1}), node(2, {names: 2})], 2, [/answers as node 2/]],
    ['not ready', [leading(1, 3n), node(2, {ready: false})], 1, [/node 2 is not ready/]],
    ['other membership', [leading(1, 3n), node(2, {members: voters.slice(0, 1)})], 1, [/disagree/]],
  ])('%s', (_, nodes, leader, problems) => {
    const status = judge(nodes)
    expect(status.leader?.id).toBe(leader)
    expect(status.quorum).toBe(leader !== undefined)
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
