/**
 * The part of d-engine 0.2.4's client protocol that we use. Names and numbers are d-engine's, tried on live nodes.
 * JoinCluster and UpdateClusterConf change a cluster and are left out on purpose.
 */
export interface Field {
  id: number
  /** `uint` (uint32, int32, enum), `uint64` (a bigint), `bool`, `bytes`, `string`, or the name of a message. */
  type: string
  repeated?: true
}

const field = (type: string, id: number): Field => ({type, id})
const many = (type: string, id: number): Field => ({type, id, repeated: true})

/** Fields of each message, by our name for them; `messages` of d-engine that we never send or read are not here. */
export const messages: Record<string, Record<string, Field>> = {
  Empty: {},
  NodeMeta: {
    id: field('uint', 1), address: field('string', 2), role: field('uint', 3), status: field('uint', 4),
  },
  ClusterMembership: {version: field('uint64', 1), nodes: many('NodeMeta', 2), leaderId: field('uint', 3)},
  LeaderDiscoveryResponse: {leaderId: field('uint', 1), address: field('string', 2), term: field('uint64', 3)},
  Insert: {key: field('bytes', 1), value: field('bytes', 2), ttlSecs: field('uint64', 3)},
  Delete: {key: field('bytes', 1)},
  CompareAndSwap: {key: field('bytes', 1), expected: field('bytes', 2), value: field('bytes', 3)},
  WriteCommand: {insert: field('Insert', 1), delete: field('Delete', 2), cas: field('CompareAndSwap', 3)},
  ClientWriteRequest: {clientId: field('uint', 1), command: field('WriteCommand', 2)},
  ClientReadRequest: {clientId: field('uint', 1), keys: many('bytes', 2), policy: field('uint', 3)},
  KeyValue: {key: field('bytes', 1), value: field('bytes', 2)},
  WriteResult: {succeeded: field('bool', 1)},
  ReadResults: {results: many('KeyValue', 1)},
  ClientResponse: {error: field('uint', 1), write: field('WriteResult', 2), read: field('ReadResults', 3)},
  ScanRequest: {clientId: field('uint', 1), prefix: field('bytes', 2)},
  ScanResponse: {entries: many('KeyValue', 1), revision: field('uint64', 2)},
  WatchRequest: {
    clientId: field('uint', 1), key: field('bytes', 2), prefix: field('bool', 3), prevKv: field('bool', 4),
  },
  WatchResponse: {
    key: field('bytes', 1), value: field('bytes', 2), event: field('uint', 3), error: field('uint', 4),
    revision: field('uint64', 5), prevValue: field('bytes', 6),
  },
  WatchMembershipRequest: {clientId: field('uint', 1)},
  MembershipSnapshot: {members: many('uint', 1), learners: many('uint', 2), committedIndex: field('uint64', 3)},
}

const cluster = '/d_engine.server.cluster.ClusterManagementService'
const client = '/d_engine.client.RaftClientService'

export interface Method {
  path: string
  request: string
  answer: string
}

/** Calls with one answer. */
export const methods = {
  metadata: {path: `${cluster}/GetClusterMetadata`, request: 'Empty', answer: 'ClusterMembership'},
  discover: {path: `${cluster}/DiscoverLeader`, request: 'Empty', answer: 'LeaderDiscoveryResponse'},
  read: {path: `${client}/HandleClientRead`, request: 'ClientReadRequest', answer: 'ClientResponse'},
  write: {path: `${client}/HandleClientWrite`, request: 'ClientWriteRequest', answer: 'ClientResponse'},
  scan: {path: `${client}/HandleClientScan`, request: 'ScanRequest', answer: 'ScanResponse'},
} as const satisfies Record<string, Method>

/** Calls with a stream of answers. */
export const streams = {
  watch: {path: `${client}/Watch`, request: 'WatchRequest', answer: 'WatchResponse'},
  watchMembership: {
    path: `${client}/WatchMembership`, request: 'WatchMembershipRequest', answer: 'MembershipSnapshot',
  },
} as const satisfies Record<string, Method>

/**
 * ReadConsistencyPolicy; absent means the server's default, which is linearizable unless configured. A linearizable
 * read is answered only by a leader with a quorum. Seen on live nodes: for as long as its lease (`lease_duration_ms`,
 * 250 by default) a leader that has just lost its quorum still answers.
 */
export const Policy = {lease: 0, linearizable: 1, eventual: 2} as const

/** NODE_ROLE_LEARNER, in a membership; every other member is a voter. */
export const learnerRole = 4

/** WatchEventType. `progress` comes every 30 s and proves only that the stream lives. */
export const WatchEvent = {put: 0, delete: 1, canceled: 2, progress: 3} as const

/** ErrorCode in an answer with gRPC status OK; the other codes of d-engine never came from a 0.2.4 node. */
export const ErrorCode = {success: 0, proposeFailed: 4006, termOutdated: 4007} as const

/** Requests of more bytes are refused by the server (OUT_OF_RANGE), and grpc-js by default refuses such answers. */
export const messageLimitBytes = 4 * 1024 * 1024

/** Fields that the server left out are absent: proto3 leaves out zero and empty, except in optional fields. */
export interface NodeMeta {
  id?: number
  address?: string
  role?: number
  status?: number
}

export interface ClusterMembership {
  nodes?: NodeMeta[]
  leaderId?: number
}

export interface LeaderDiscovery {
  leaderId?: number
  address?: string
  term?: bigint
}

export interface KeyValue {
  key?: Buffer
  value?: Buffer
}

export interface ClientResponse {
  error?: number
  write?: {succeeded?: boolean}
  read?: {results?: KeyValue[]}
}

export interface ScanResponse {
  entries?: KeyValue[]
  revision?: bigint
}

/** Exactly one member. An absent `expected` means that the key must not exist; an empty one, an empty value. */
export interface WriteCommand {
  insert?: {key: Uint8Array; value: Uint8Array; ttlSecs?: bigint}
  delete?: {key: Uint8Array}
  cas?: {key: Uint8Array; expected?: Uint8Array; value: Uint8Array}
}

export interface WatchResponse extends KeyValue {
  event?: number
  error?: number
  revision?: bigint
  prevValue?: Buffer
}

export interface MembershipSnapshot {
  members?: number[]
  learners?: number[]
  committedIndex?: bigint
}

/** What each call takes and gives. */
export interface Calls {
  metadata: {request: object; answer: ClusterMembership}
  discover: {request: object; answer: LeaderDiscovery}
  read: {request: {keys?: Uint8Array[]; policy?: number}; answer: ClientResponse}
  write: {request: {command: WriteCommand}; answer: ClientResponse}
  scan: {request: {prefix?: Uint8Array}; answer: ScanResponse}
  watch: {request: {key: Uint8Array; prefix?: boolean; prevKv?: boolean}; answer: WatchResponse}
  watchMembership: {request: object; answer: MembershipSnapshot}
}

export type MethodName = keyof typeof methods
export type StreamName = keyof typeof streams
