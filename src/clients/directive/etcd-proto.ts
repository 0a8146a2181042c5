/**
 * The part of etcd's v3 API that we use. Names and numbers are etcd's; tried against 3.4.23 and 3.6.16. Fields
 * that we never read are left out.
 */
export interface Field {
  id: number
  /** `bytes`, `string`, `int64`, `uint64`, `bool`, `enum`, or the name of a message. */
  type: string
  repeated?: true
}

const field = (type: string, id: number): Field => ({type, id})
const list = (type: string, id: number): Field => ({type, id, repeated: true})
const header = field('ResponseHeader', 1)

export const messages: Record<string, Record<string, Field>> = {
  ResponseHeader: {revision: field('int64', 3), raft_term: field('uint64', 4)},
  KeyValue: {
    key: field('bytes', 1), mod_revision: field('int64', 3), value: field('bytes', 5), lease: field('int64', 6),
  },
  RangeRequest: {key: field('bytes', 1)},
  RangeResponse: {header, kvs: list('KeyValue', 2)},
  PutRequest: {key: field('bytes', 1), value: field('bytes', 2), lease: field('int64', 3)},
  PutResponse: {header},
  Compare: {
    result: field('enum', 1), target: field('enum', 2), key: field('bytes', 3), mod_revision: field('int64', 6),
  },
  RequestOp: {request_range: field('RangeRequest', 1), request_put: field('PutRequest', 2)},
  ResponseOp: {response_range: field('RangeResponse', 1), response_put: field('PutResponse', 2)},
  TxnRequest: {compare: list('Compare', 1), success: list('RequestOp', 2), failure: list('RequestOp', 3)},
  TxnResponse: {header, succeeded: field('bool', 2), responses: list('ResponseOp', 3)},
  LeaseGrantRequest: {TTL: field('int64', 1)},
  LeaseGrantResponse: {ID: field('int64', 2), TTL: field('int64', 3)},
  LeaseRevokeRequest: {ID: field('int64', 1)},
  LeaseRevokeResponse: {header},
  LeaseTimeToLiveRequest: {ID: field('int64', 1)},
  LeaseTimeToLiveResponse: {TTL: field('int64', 3), grantedTTL: field('int64', 4)},
  AuthenticateRequest: {name: field('string', 1), password: field('string', 2)},
  AuthenticateResponse: {token: field('string', 2)},
  WatchRequest: {create_request: field('WatchCreateRequest', 1), progress_request: field('WatchProgressRequest', 3)},
  WatchCreateRequest: {key: field('bytes', 1), start_revision: field('int64', 3)},
  WatchProgressRequest: {},
  WatchResponse: {
    header, created: field('bool', 3), canceled: field('bool', 4), compact_revision: field('int64', 5),
    cancel_reason: field('string', 6), events: list('Event', 11),
  },
  Event: {kv: field('KeyValue', 2)},
}

/** Of CompareResult and CompareTarget, which share no name. */
export const enumNumbers: Record<string, number> = {EQUAL: 0, MOD: 2}

/** The service of each call. */
export const serviceOf = {
  Txn: 'KV', LeaseGrant: 'Lease', LeaseRevoke: 'Lease', LeaseTimeToLive: 'Lease', Authenticate: 'Auth',
} as const

export type CallName = keyof typeof serviceOf

/** 64-bit numbers are decimal strings on our side, so that none is rounded. */
export interface KeyValue {
  key: Buffer
  mod_revision: string
  value: Buffer
  lease: string
}

export interface Header {
  revision: string
  raft_term: string
}

export type RequestOp =
  | {request_range: {key: Buffer}}
  | {request_put: {key: Buffer; value: Buffer; lease?: string}}

export interface TxnRequest {
  compare: {result: 'EQUAL'; target: 'MOD'; key: Buffer; mod_revision: string}[]
  success: RequestOp[]
  failure: RequestOp[]
}

export interface TxnResponse {
  header: Header
  succeeded: boolean
  responses: {response_range?: {kvs: KeyValue[]}}[]
}

export interface WatchResponse {
  header: Header
  created: boolean
  canceled: boolean
  compact_revision: string
  cancel_reason: string
  events: {kv: KeyValue}[]
}
