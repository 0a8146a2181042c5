/**
 * The part of d-engine 0.2.4's client protocol that we use. Names and numbers are d-engine's, tried on live nodes.
 * JoinCluster and UpdateClusterConf change a cluster and are left out on purpose.
 */
export interface Field {
  id: number
  /** `uint` (uint32, int32, enum), `uint64` (a bigint), `string`, or the name of a message. */
  type: string
  repeated?: true
}

const field = (type: string, id: number): Field => ({type, id})

export const messages: Record<string, Record<string, Field>> = {
  Empty: {},
  NodeMeta: {
    id: field('uint', 1), address: field('string', 2), role: field('uint', 3), status: field('uint', 4),
  },
  ClusterMembership: {nodes: {...field('NodeMeta', 2), repeated: true}, leaderId: field('uint', 3)},
  LeaderDiscoveryResponse: {leaderId: field('uint', 1), address: field('string', 2), term: field('uint64', 3)},
  ClientReadRequest: {policy: field('uint', 3)},
  ClientResponse: {error: field('uint', 1)},
}

const cluster = '/d_engine.server.cluster.ClusterManagementService'

export const methods = {
  metadata: {path: `${cluster}/GetClusterMetadata`, request: 'Empty', answer: 'ClusterMembership'},
  discover: {path: `${cluster}/DiscoverLeader`, request: 'Empty', answer: 'LeaderDiscoveryResponse'},
  read: {
    path: '/d_engine.client.RaftClientService/HandleClientRead', request: 'ClientReadRequest', answer: 'ClientResponse',
  },
} as const

export type MethodName = keyof typeof methods

/**
 * READ_CONSISTENCY_POLICY_LINEARIZABLE_READ: answered only by a leader with a quorum. Seen on live nodes: for as long
 * as its lease (`lease_duration_ms`, 250 by default) a leader that has just lost its quorum still answers.
 */
export const linearizable = 1

/** NODE_ROLE_LEARNER, in a membership; every other member is a voter. */
export const learnerRole = 4

/** Fields that the server left out are absent: proto3 leaves out zero, except in optional fields. */
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

export interface ClientResponse {
  error?: number
}
