import {describe, expect, it} from 'vitest'
import {
  electionStep, freezeMember, killMember, noticeMs, reviveMember, settledGroup, type Member,
} from '../../../src/sandbox/tael/election.ts'

const order = ['a', 'b']
type Edit = (member: Member, nowMs: number) => Member

/** Plays edits at their times, elects every 100 ms up to `untilMs`, and says who leads with which epoch. */
function play(edits: [atMs: number, id: string, edit: Edit][], untilMs: number, leaders = order): string {
  let members = settledGroup(order)
  for (let nowMs = 0; nowMs <= untilMs; nowMs += 100) {
    for (const [atMs, id, edit] of edits) {
      if (atMs === nowMs) members = members.map(each => (each.id === id ? edit(each, nowMs) : each))
    }
    members = electionStep(members, leaders, nowMs)
  }
  const role = (each: Member) => (each.process !== 'up' ? 'x' : each.isLeader ? 'L' : '-')
  return members.map(each => `${each.id}:${role(each)}${each.epoch}`).join(' ')
}

const {killed, frozen, restarted, thawed} = noticeMs
const kill: [number, string, Edit] = [0, 'a', killMember]
const freeze: [number, string, Edit] = [0, 'a', freezeMember]
const back: [number, string, Edit] = [8_000, 'a', reviveMember]
const standbyRestarts: [number, string, Edit][] = [[0, 'b', killMember], [8_000, 'b', reviveMember]]

describe('an election', () => {
  it.each<[string, [number, string, Edit][], number, string]>([
    ['goes on as it is', [], 20_000, 'a:L1 b:-1'],
    ['does not notice a death at once', [kill], killed - 100, 'a:x1 b:-1'],
    ['notices it then, an epoch higher', [kill], killed, 'a:x1 b:L2'],
    ['promotes the first anew at its return, which knows no epoch', [kill, back], 8_100, 'a:L1 b:L2'],
    ['and both lead for a while', [kill, back], 8_000 + restarted - 100, 'a:L1 b:L2'],
    ['until the second sees the first', [kill, back], 8_000 + restarted, 'a:L1 b:-2'],
    ['passes over a death that nobody noticed', [kill, [2_000, 'a', reviveMember]], 20_000, 'a:L1 b:-1'],
    ['takes longer to notice that one hangs', [freeze], frozen - 100, 'a:x1 b:-1'],
    ['notices it then', [freeze], frozen, 'a:x1 b:L2'],
    ['leaves a thawed leader its epoch', [freeze, [20_000, 'a', reviveMember]], 20_000 + thawed - 100, 'a:L1 b:L2'],
    ['and lets the second step down', [freeze, [20_000, 'a', reviveMember]], 20_000 + thawed, 'a:L1 b:-2'],
    ['ignores a short stop', [freeze, [5_000, 'a', reviveMember]], 30_000, 'a:L1 b:-1'],
    ['counts a kill of a frozen one from its stop', [freeze, [10_000, 'a', killMember]], frozen, 'a:x1 b:L2'],
    ['keeps the leader when the standby dies', [[0, 'b', killMember]], 20_000, 'a:L1 b:x1'],
    ['lets a standby lead alone for a second when it starts', standbyRestarts, 8_500, 'a:L1 b:L1'],
    ['until it knows the others', standbyRestarts, 9_000, 'a:L1 b:-1'],
  ])('%s', (_, edits, untilMs, expected) => expect(play(edits, untilMs)).toBe(expected))

  it('follows another order, an epoch above all', () => {
    expect(play([], 100, ['b', 'a'])).toBe('a:-1 b:L2')
  })
})
