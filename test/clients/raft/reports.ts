import {membersOf, type NodeReport} from '../../../src/clients/raft/rules.ts'

export const voters = membersOf([{id: 2, address: 'b:1', role: 1}, {id: 1, address: 'a:1', role: 1}])

/** A follower of node 1, unless told otherwise. */
export const follower = (id: number, more: Partial<NodeReport> = {}): NodeReport => ({
  id, endpoint: `n${id}:1`, reachable: true, ready: true, role: 'follower', names: 1, leaderId: null, term: null,
  proven: false, holdsLease: false, latencyMs: 1, members: voters, error: null, ...more,
})

export const leading = (id: number, term: bigint, proven = true): NodeReport =>
  follower(id, {role: 'leader', leaderId: id, names: id, term, proven})
