import {OpsError, SystemError, UnauthorizedError, UsageError} from '../net/errors.ts'
import {asRpcError, isNotReady, raftError, Status} from './errors.ts'
import {ErrorCode, type ClientResponse} from './proto.ts'
import type {RpcError} from './rpc-error.ts'

/** What one answer, or its absence, says about a write. */
export type Verdict =
  | {state: 'done'}
  /** The compare-and-swap was refused by the state machine: the log has it, and it changed nothing. */
  | {state: 'lost'}
  /** `again`: another node, or the same one a little later, may take it. */
  | {state: 'not-done'; again: boolean; error: OpsError}
  | {state: 'unknown'; error: OpsError}

/** A node may hide an error in an answer with status OK; each of those leaves the entry in its log. */
export function verdictOfAnswer({error = 0, write}: ClientResponse, endpoint: string): Verdict {
  if (error === ErrorCode.success && write) return {state: write.succeeded ? 'done' : 'lost'}
  const words: Record<number, string> = {
    [ErrorCode.success]: 'an answer without a result', [ErrorCode.proposeFailed]: 'PROPOSE_FAILED: it stepped down',
    [ErrorCode.termOutdated]: 'TERM_OUTDATED: another node leads',
  }
  const message = `raft ${endpoint}: ${words[error] ?? `error ${error}`}`
  return {state: 'unknown', error: new SystemError(message, {code: 'RAFT', endpoint})}
}

/**
 * Only what proves that nothing was proposed makes a write "not done"; everything else is unknown, above all the
 * server's own deadline of 50 ms: such writes have been seen committed when the quorum came back.
 */
export function verdictOfError(error: unknown, endpoint: string): Verdict {
  const rpc = asRpcError(error)
  if (!rpc) return {state: 'unknown', error: raftError(error, endpoint)}
  if (!rpc.sent || isElsewhere(rpc)) return {state: 'not-done', again: true, error: raftError(error, endpoint)}
  const refused = refusal(rpc, endpoint)
  if (refused) return {state: 'not-done', again: false, error: refused}
  return {state: 'unknown', error: raftError(error, endpoint)}
}

/** The node did not take it, and another one, or the same later, may. */
function isElsewhere(rpc: RpcError): boolean {
  const {code, details} = rpc
  if (code === Status.precondition) return /^Not leader/i.test(details)
  return isNotReady(rpc) || (code === Status.exhausted && /^Too many pending/.test(details))
}

function refusal(rpc: RpcError, endpoint: string): OpsError | undefined {
  const {code, details} = rpc
  const [message, where] = [`raft ${endpoint}: ${details}`, {endpoint, cause: rpc}]
  if (code === Status.argument) return new UsageError(message, {...where, code: 'RAFT_INVALID'})
  if (code === Status.range) return new UsageError(message, {...where, code: 'VALUE_TOO_LARGE'})
  if (code === Status.denied) return new UnauthorizedError(message, where)
  return code === Status.unauthenticated || code === Status.unimplemented ? raftError(rpc, endpoint) : undefined
}

/** Whether a node that refused a read will serve one when it, or another, leads: it is worth asking again. */
export function mayHaveLeaderSoon(error: unknown): boolean {
  const rpc = asRpcError(error)
  if (!rpc) return false
  const {code, details} = rpc
  if (code === Status.unavailable) return isNotReady(rpc) || /LeaderNotReady|stepped down/.test(details)
  return ([Status.precondition, Status.deadline, Status.cancelled, Status.exhausted] as number[]).includes(code)
}
