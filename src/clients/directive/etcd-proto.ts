/**
 * The part of etcd's v3 API that we use, as a protobuf descriptor. Names and numbers are etcd's; tried
 * against 3.4.23 and 3.6.16. Fields that we never read are left out.
 */
type Fields = Record<string, {type: string; id: number; rule?: 'repeated'}>

const message = (fields: Fields, oneofs?: Record<string, {oneof: string[]}>) => ({fields, oneofs})
const field = (type: string, id: number) => ({type, id})
const list = (type: string, id: number) => ({type, id, rule: 'repeated' as const})
const rpc = (requestType: string, responseType: string, streams = false) =>
  ({requestType, responseType, requestStream: streams, responseStream: streams})

const header = field('ResponseHeader', 1)

export const etcdProto = {
  nested: {
    etcdserverpb: {
      nested: {
        KV: {methods: {Txn: rpc('TxnRequest', 'TxnResponse')}},
        Watch: {methods: {Watch: rpc('WatchRequest', 'WatchResponse', true)}},
        Lease: {
          methods: {
            LeaseGrant: rpc('LeaseGrantRequest', 'LeaseGrantResponse'),
            LeaseRevoke: rpc('LeaseRevokeRequest', 'LeaseRevokeResponse'),
            LeaseTimeToLive: rpc('LeaseTimeToLiveRequest', 'LeaseTimeToLiveResponse'),
          },
        },
        Auth: {methods: {Authenticate: rpc('AuthenticateRequest', 'AuthenticateResponse')}},
        ResponseHeader: message({revision: field('int64', 3), raft_term: field('uint64', 4)}),
        KeyValue: message({
          key: field('bytes', 1), create_revision: field('int64', 2), mod_revision: field('int64', 3),
          version: field('int64', 4), value: field('bytes', 5), lease: field('int64', 6),
        }),
        RangeRequest: message({key: field('bytes', 1), range_end: field('bytes', 2)}),
        RangeResponse: message({header, kvs: list('KeyValue', 2)}),
        PutRequest: message({key: field('bytes', 1), value: field('bytes', 2), lease: field('int64', 3)}),
        PutResponse: message({header}),
        Compare: message({
          result: field('CompareResult', 1), target: field('CompareTarget', 2), key: field('bytes', 3),
          mod_revision: field('int64', 6),
        }, {target_union: {oneof: ['mod_revision']}}),
        CompareResult: {values: {EQUAL: 0}},
        CompareTarget: {values: {VERSION: 0, CREATE: 1, MOD: 2}},
        RequestOp: message({request_range: field('RangeRequest', 1), request_put: field('PutRequest', 2)},
          {request: {oneof: ['request_range', 'request_put']}}),
        ResponseOp: message({response_range: field('RangeResponse', 1), response_put: field('PutResponse', 2)},
          {response: {oneof: ['response_range', 'response_put']}}),
        TxnRequest: message({
          compare: list('Compare', 1), success: list('RequestOp', 2), failure: list('RequestOp', 3),
        }),
        TxnResponse: message({header, succeeded: field('bool', 2), responses: list('ResponseOp', 3)}),
        LeaseGrantRequest: message({TTL: field('int64', 1)}),
        LeaseGrantResponse: message({ID: field('int64', 2), TTL: field('int64', 3)}),
        LeaseRevokeRequest: message({ID: field('int64', 1)}),
        LeaseRevokeResponse: message({header}),
        LeaseTimeToLiveRequest: message({ID: field('int64', 1)}),
        LeaseTimeToLiveResponse: message({TTL: field('int64', 3), grantedTTL: field('int64', 4)}),
        AuthenticateRequest: message({name: field('string', 1), password: field('string', 2)}),
        AuthenticateResponse: message({token: field('string', 2)}),
        WatchRequest: message({
          create_request: field('WatchCreateRequest', 1), progress_request: field('WatchProgressRequest', 3),
        }, {request_union: {oneof: ['create_request', 'progress_request']}}),
        WatchCreateRequest: message({key: field('bytes', 1), start_revision: field('int64', 3)}),
        WatchProgressRequest: message({}),
        WatchResponse: message({
          header, created: field('bool', 3), canceled: field('bool', 4), compact_revision: field('int64', 5),
          cancel_reason: field('string', 6), events: list('Event', 11),
        }),
        Event: message({kv: field('KeyValue', 2)}),
      },
    },
  },
}

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
