import {SystemError} from '../net/errors.ts'
import type {RaftNode} from './node.ts'
import type {Calls, KeyValue} from './proto.ts'

/** The part of a node that reading and writing need. */
export type Caller = Pick<RaftNode, 'id' | 'endpoint' | 'call' | 'stream'>

export type ReadRequest = Calls['read']['request']

export interface Read {
  node: Caller
  results: KeyValue[]
}

/** Asks one node once. A status of OK may hide an error, which rejects as SystemError (`RAFT`). */
export async function readOnce(
  node: Pick<Caller, 'endpoint' | 'call'>, request: ReadRequest, signal: AbortSignal,
): Promise<KeyValue[]> {
  const {error = 0, read} = await node.call('read', request, signal)
  if (error === 0) return read?.results ?? []
  throw new SystemError(`raft ${node.endpoint}: error ${error}`, {code: 'RAFT', endpoint: node.endpoint})
}
