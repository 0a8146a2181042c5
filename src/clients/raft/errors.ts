import {OpsError, SystemError, UnauthorizedError, UnreachableError} from '../net/errors.ts'

/** gRPC status codes that mean something here. */
export const Status = {
  cancelled: 1, deadline: 4, denied: 7, exhausted: 8, precondition: 9, unimplemented: 12, internal: 13, unavailable: 14,
  unauthenticated: 16,
} as const

export interface RpcError {
  code: number
  details: string
}

/** What grpc-js rejects with, or undefined for anything else. */
export function asRpcError(error: unknown): RpcError | undefined {
  const {code, details} = error as Partial<RpcError>
  return typeof code === 'number' ? {code, details: details ?? ''} : undefined
}

/** The node's own words for "my process is up, but I serve nobody yet". */
export function isNotReady({code, details}: RpcError): boolean {
  return code === Status.unavailable && /Service is not ready/.test(details)
}

/** An error of one node, in its own words. */
export function raftError(error: unknown, endpoint: string): OpsError {
  if (error instanceof OpsError) return error
  const rpc = asRpcError(error)
  if (!rpc) throw error
  const where = {endpoint, cause: error}
  const message = `raft ${endpoint}: ${firstLine(rpc.details)}`
  if (rpc.code === Status.cancelled) return new OpsError('ABORTED', 1, 'stopped', where)
  if (rpc.code === Status.deadline) {
    return new UnreachableError(`raft ${endpoint}: no answer in time`, {
      ...where, code: 'TIMEOUT', hint: 'Is the node frozen, overloaded, or a leader without a quorum?',
    })
  }
  if (rpc.code === Status.unavailable) return unavailable(message, where)
  if (rpc.code === Status.unauthenticated) return new UnauthorizedError(message, where)
  return new SystemError(message, {
    ...where, code: 'RAFT', hint: 'Does raft.endpoints name the gRPC port of d-engine 0.2.4 nodes?',
  })
}

function unavailable(message: string, where: {endpoint: string; cause: unknown}): UnreachableError {
  if (/Service is not ready/.test(message)) {
    return new UnreachableError(message, {
      ...where, code: 'NOT_READY', hint: 'A restarted voter waits until every other voter of its file answers.',
    })
  }
  const isProtocol = /Protocol error|certificate|TLS|SSL|EPROTO|ECONNRESET|socket/i.test(message)
  const hint = isProtocol ? 'Is it the gRPC port, and do raft.tls and the server agree on TLS?' : undefined
  return new UnreachableError(message, {...where, code: 'UNAVAILABLE', hint})
}

function firstLine(details: string): string {
  return details.replace(/^No connection established\. Last error: (?:Error: )?/, '').split('\n')[0]!
    .replace(/ Resolution note: $/, '')
}
