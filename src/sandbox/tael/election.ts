/** One node of a coordinated group, as the others may see it. Times are milliseconds of one clock. */
export interface Member {
  id: string
  process: 'up' | 'frozen' | 'down'
  /** The others see it from then on, and until `goneFromMs`. */
  visibleFromMs: number
  goneFromMs: number
  /** From then on it sees the others: a process that has just started knows nobody. */
  seesFromMs: number
  isLeader: boolean
  /** Of its own last reign; forgotten when the process ends. */
  epoch: number
}

/**
 * How long a group takes to notice, measured on a pair of 0.5.15: killed 5 s, frozen 12 s, back from the dead
 * 3 s, thawed 1.5 s; a process that starts leads alone for 1 s.
 */
export const noticeMs = {killed: 5_000, frozen: 12_000, restarted: 3_000, thawed: 1_500, alone: 1_000}

/** A group that has run for a while: both promoted themselves at their start, the smallest id still leads. */
export function settledGroup(ids: readonly string[]): Member[] {
  const first = ids.toSorted()[0]
  return ids.map(id => ({
    id, process: 'up', visibleFromMs: 0, goneFromMs: Number.POSITIVE_INFINITY, seesFromMs: 0,
    isLeader: id === first, epoch: 1,
  }))
}

export function freezeMember(member: Member, nowMs: number): Member {
  if (member.process !== 'up') return member
  return {...member, process: 'frozen', goneFromMs: nowMs + noticeMs.frozen}
}

export function killMember(member: Member, nowMs: number): Member {
  if (member.process === 'down') return member
  return {...member, process: 'down', goneFromMs: Math.min(member.goneFromMs, nowMs + noticeMs.killed)}
}

/** Thawed it goes on as before, its reign included; restarted it knows nothing. */
export function reviveMember(member: Member, nowMs: number): Member {
  if (member.process === 'up') return member
  const thawed = member.process === 'frozen'
  const wasNoticed = nowMs >= member.goneFromMs
  const backAtMs = wasNoticed ? nowMs + (thawed ? noticeMs.thawed : noticeMs.restarted) : member.visibleFromMs
  const back = {...member, process: 'up' as const, visibleFromMs: backAtMs, goneFromMs: Number.POSITIVE_INFINITY}
  return thawed ? back : {...back, seesFromMs: nowMs + noticeMs.alone, isLeader: false, epoch: 0}
}

/**
 * One election, which every live node holds each second for itself: the first in `order` of those it sees
 * leads. Promoted, it takes an epoch above all that are advertised by those it sees.
 */
export function electionStep(members: readonly Member[], order: readonly string[], nowMs: number): Member[] {
  return members.map(self => {
    if (self.process !== 'up') return self
    const seen = members.filter(each => each === self || sees(self, each, nowMs))
    const leads = order.find(id => seen.some(each => each.id === id)) === self.id
    if (leads === self.isLeader) return self
    if (!leads) return {...self, isLeader: false}
    return {...self, isLeader: true, epoch: 1 + Math.max(...seen.map(each => each.epoch))}
  })
}

function sees(self: Member, other: Member, nowMs: number): boolean {
  return nowMs >= self.seesFromMs && nowMs >= other.visibleFromMs && nowMs < other.goneFromMs
}
