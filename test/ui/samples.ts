import type {Directive, Group, Lease, RaftNode, Readings, Rule, ShardNode, Task} from '../../src/ui/model.ts'

/* Readings as the clients give them, each with the least that a case needs to say. */

export const raftNode = (over: Partial<RaftNode> & {id: number}): RaftNode => ({
  endpoint: `127.0.0.1:${9080 + over.id}`, reachable: true, ready: true, role: 'follower', names: null, term: null,
  proven: false, latencyMs: 1.5, members: [], error: null, ...over,
})

export const raft = (leader: {id: number; term: bigint | null} | null, down: number[] = []): Readings['raft'] => ({
  leader: leader && {...leader, endpoint: `127.0.0.1:${9080 + leader.id}`}, problems: [], missing: [],
  items: [1, 2, 3].map(id => raftNode({
    id, reachable: !down.includes(id), ready: !down.includes(id), role: leader?.id === id ? 'leader' : 'follower',
    proven: leader?.id === id, term: leader?.id === id ? leader.term : null,
    error: down.includes(id) ? {message: 'nothing listens there'} : null,
  })),
})

export const shardNode = (over: Partial<ShardNode> & {url: string}): ShardNode => ({
  shard: 's0', healthy: true, latencyMs: 2.5, ready: true, nodeId: over.url.slice(-1), coordinated: true, isLeader: false,
  epoch: 1, version: '0.5.15', lastAcceptedAt: null, errors: 0, shed: 0, inFlight: 0, error: null, ...over,
})

export const group = (over: Partial<Group> = {}): Group => (
  {shard: 's0', nodes: 2, healthy: 2, leader: 'a', verdict: 'ok', settling: false, ...over})

export const shards = (items: ShardNode[], groups: Group[] = []): Readings['shards'] => ({items, groups, missing: []})

export const task = (over: Partial<Task> & {task: string}): Task => ({
  state: 'processing', holder: 'pod-a', claimedAt: '2026-11-21T10:00:00.000000Z', staleAt: '2026-11-21T10:30:00.000000Z',
  completedAt: null, nextRunAt: '2026-11-21T10:00:00.000000Z', due: false, rows: 1, version: 3, ...over,
})

export const tasks = (items: Task[], inFlight: string[] = []): Readings['tasks'] => ({items, inFlight, version: 3, missing: []})

export const lease = (over: Partial<Lease> & {key: string}): Lease => ({
  state: 'held', holder: 'exporter-a', acquiredAt: '2026-11-21T10:00:00Z', expiresAt: '2026-11-21T10:05:00Z',
  completedAt: null, completedCursorHex: null, revision: 7n, ...over,
})

export const leases = (...items: Lease[]): Readings['leases'] => ({items, missing: []})

export const directive = (over: Partial<Directive> & {id: string}): Directive => ({
  level: 'Shape', samplePerMille: 1000, ringBuffer: false, capture: false, state: 'active', certainty: 'until', droppedKeys: [], ...over,
})

export const directives = (items: Directive[], missing: string[] = []): Readings['directives'] => ({items, missing, notices: []})

export const rule = (over: Partial<Rule> & {name: string}): Rule => (
  {state: 'ok', query: 'rate(x) > 1', forSeconds: 0, windowSeconds: 60, sinks: [], description: null, createdAt: '2026-11-21T10:00:00Z', ...over})

export const alerts = (...items: Rule[]): Readings['alerts'] => ({items, missing: []})
