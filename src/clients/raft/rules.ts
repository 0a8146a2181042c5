import {learnerRole, type NodeMeta} from './proto.ts'

export type Role = 'leader' | 'follower' | 'candidate' | 'learner' | 'unknown'

export interface Member {
  id: number
  /** What peers dial; may be of no use from here. */
  address: string
  kind: 'voter' | 'learner'
}

/** What one node said, in one round of asking. */
export interface NodeReport {
  id: number
  endpoint: string
  /** It answered at all. */
  reachable: boolean
  /** It serves clients. */
  ready: boolean
  /** By its own word. */
  role: Role
  /** Whom it takes for the leader: a memory, kept long after that leader died. */
  names: number | null
  /** The id under which a leader presents itself. */
  leaderId: number | null
  /** Only a leader tells it. */
  term: bigint | null
  /** A linearizable read passed just before: it led, with a quorum at most one lease (250 ms by default) ago. */
  proven: boolean
  /** It could not prove itself, but a lease read passed: a quorum hears its heartbeats. */
  holdsLease: boolean
  /** Of its first answer. */
  latencyMs: number | null
  members: Member[]
  error: {code: string; message: string; hint?: string} | null
}

/** A node that answered a linearizable read, the only proof there is. */
export interface ProvenLeader {
  id: number
  endpoint: string
  term: bigint | null
}

export interface ClusterStatus {
  /** Proven by a linearizable read; null when nobody could prove it. */
  leader: ProvenLeader | null
  /** A leader is proven, or holds a lease, which needs a quorum as well. False means: nobody showed one. */
  quorum: boolean
  nodes: NodeReport[]
  problems: string[]
}

/** What a whole round of reports says. A leader is one only when it is proven; of two the higher term leads. */
export function judge(nodes: readonly NodeReport[]): ClusterStatus {
  const proven = nodes.filter(node => node.proven).sort((a, b) => compareTerms(b.term, a.term))[0]
  const leader = proven ? {id: proven.leaderId ?? proven.id, endpoint: proven.endpoint, term: proven.term} : null
  const quorum = leader !== null || nodes.some(({holdsLease}) => holdsLease)
  return {leader, quorum, nodes: [...nodes], problems: problemsOf(nodes, leader)}
}

function problemsOf(nodes: readonly NodeReport[], leader: ProvenLeader | null): string[] {
  return [
    ...(leader ? [] : ['no proven leader: no node could serve a linearizable read']),
    ...nodes.flatMap(node => problemsOfNode(node, leader)),
    ...(new Set(nodes.filter(node => node.members.length > 0).map(membership)).size > 1
      ? ['the nodes disagree on the membership; a restarted node goes back to its file until the next change'] : []),
  ]
}

function problemsOfNode(node: NodeReport, leader: ProvenLeader | null): string[] {
  const named = `node ${node.id}`
  if (!node.reachable) return [`${named} does not answer: ${node.error?.message ?? 'no reason given'}`]
  if (!node.ready) return [`${named} is not ready: ${node.error?.message ?? 'no reason given'}`]
  const isOther = node.leaderId !== null && node.leaderId !== node.id
  return [
    ...(isOther ? [`the endpoint of ${named} answers as node ${node.leaderId}: check raft.endpoints`] : []),
    ...(node.role === 'leader' && node.endpoint !== leader?.endpoint ? [unprovenLeader(named, node.holdsLease)] : []),
    ...(node.role !== 'leader' && node.names !== null && node.names !== leader?.id
      ? [`${named} still names node ${node.names}, which is not proven`] : []),
  ]
}

function unprovenLeader(named: string, holdsLease: boolean): string {
  return holdsLease
    ? `${named} leads a quorum but serves no linearizable read: its state machine is overloaded or stands still `
      + '(ctl raft status --probe-write tells)'
    : `${named} calls itself leader but is not proven: stale, or without a quorum`
}

/** Members of a metadata answer, by id. */
export function membersOf(nodes: readonly NodeMeta[]): Member[] {
  return nodes
    .map(({id, address, role}): Member => (
      {id: id ?? 0, address: address ?? '', kind: role === learnerRole ? 'learner' : 'voter'}))
    .sort((a, b) => a.id - b.id)
}

/**
 * Whether these members were told by a server older than 0.2.3: its numbers of roles and states begin at zero, which
 * a newer one never sends. Its writes have other field types, so nothing may be sent to it or believed of it.
 */
export function isOlder(nodes: readonly NodeMeta[]): boolean {
  return nodes.some(({role = 0, status = 0}) => role === 0 || status === 0)
}

/** A node that does not lead refuses DiscoverLeader, and its refusal begins with its role. The text is no contract. */
export function roleOfRefusal(details: string): Role {
  const word = /^(Follower|Candidate|Learner) should not/.exec(details)?.[1]
  return word === undefined ? 'unknown' : word.toLowerCase() as Role
}

/** Every member that some node knows, with the ids of the nodes that do; the address is the first one told. */
export function memberList(nodes: readonly NodeReport[]): (Member & {by: number[]})[] {
  const found = new Map<string, Member & {by: number[]}>()
  for (const node of nodes) {
    for (const member of node.members) {
      const key = `${member.id} ${member.kind}`
      found.set(key, {...member, ...found.get(key), by: [...(found.get(key)?.by ?? []), node.id]})
    }
  }
  return [...found.values()].sort((a, b) => a.id - b.id)
}

/** What `wait` waits for. */
export type Wanted =
  | {kind: 'leader'} | {kind: 'quorum'} | {kind: 'members'; count: number} | {kind: 'not-leader'; id: number}

/** Whether it is so; everything rests on a proven leader, `members` on its word about voters and learners. */
export function isMet(wanted: Wanted, {leader, quorum, nodes}: ClusterStatus): boolean {
  if (wanted.kind === 'quorum') return quorum
  if (leader === null) return false
  if (wanted.kind === 'leader') return true
  if (wanted.kind === 'not-leader') return leader.id !== wanted.id
  return nodes.find(({endpoint}) => endpoint === leader.endpoint)?.members.length === wanted.count
}

function membership({members}: NodeReport): string {
  return members.map(({id, kind}) => `${id} ${kind}`).join()
}

export function compareTerms(a: bigint | null, b: bigint | null): number {
  const [left, right] = [a ?? -1n, b ?? -1n]
  return left < right ? -1 : left > right ? 1 : 0
}
