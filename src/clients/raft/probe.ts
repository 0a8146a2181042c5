import type {Change, Outcome} from '../net/change.ts'
import {SystemError} from '../net/errors.ts'
import {readOnce} from './caller.ts'
import {raftError} from './errors.ts'
import type {RaftNode} from './node.ts'
import {ErrorCode, Policy} from './proto.ts'
import {asRpcError, Status} from './rpc-error.ts'

/** The only key that we ever write of our own accord. */
const probeKey = '/opsdeck/probe'

export interface ProbeResult {
  key: string
  node: number
  /** `applies`: the write came back done. `stuck`: a quorum is there, and nothing is applied. */
  stateMachine: 'applies' | 'stuck' | 'unknown'
  /** Applied index of the node, by its own word, before and after. */
  revisionBefore: bigint | null
  revisionAfter: bigint | null
}

/** A write of one small value, to learn whether writes are still applied. */
export function planProbe(node: RaftNode, value: string): Change<ProbeResult> {
  return {
    system: 'raft', action: 'probe', target: probeKey, before: undefined, after: {key: probeKey, value},
    request: `put ${probeKey} on node ${node.id} (${node.endpoint})\n${value}`, warnings: [], destructive: false,
    apply: signal => probe(node, value, signal),
  }
}

async function probe(node: RaftNode, value: string, signal: AbortSignal): Promise<Outcome<ProbeResult>> {
  const revisionBefore = await revisionOf(node, signal)
  const failed = await put(node, value, signal)
  const revisionAfter = await revisionOf(node, signal)
  const found = {key: probeKey, node: node.id, revisionBefore, revisionAfter}
  if (failed === undefined) return {state: 'done', result: {...found, stateMachine: 'applies'}}
  const rpc = asRpcError(failed)
  const error = raftError(failed, node.endpoint)
  if (rpc && (rpc.code === Status.precondition || !rpc.sent)) return {state: 'not-done', error}
  const isStuck = revisionAfter !== null && revisionAfter === revisionBefore && await holdsLease(node, signal)
  return {state: 'unknown', error, found: {...found, stateMachine: isStuck ? 'stuck' : 'unknown'}}
}

/** Undefined when the node says that it is done. An error may hide in an answer with status OK. */
async function put(node: RaftNode, value: string, signal: AbortSignal): Promise<unknown> {
  const insert = {key: Buffer.from(probeKey), value: Buffer.from(value)}
  try {
    const {error = ErrorCode.success} = await node.call('write', {command: {insert}}, signal)
    if (error === ErrorCode.success) return undefined
    return new SystemError(`raft ${node.endpoint}: error ${error}`, {code: 'RAFT', endpoint: node.endpoint})
  } catch (error) {
    return error
  }
}

/** A scan that matches nothing tells the applied index. */
async function revisionOf(node: RaftNode, signal: AbortSignal): Promise<bigint | null> {
  const prefix = Buffer.from(`${probeKey}/none/`)
  return node.call('scan', {prefix}, signal).then(({revision}) => revision ?? 0n, () => null)
}

/** A lease read passes while a quorum answers the leader's heartbeats, also when nothing is applied any more. */
export async function holdsLease(node: RaftNode, signal: AbortSignal): Promise<boolean> {
  return readOnce(node, {policy: Policy.lease}, signal).then(() => true, () => false)
}
