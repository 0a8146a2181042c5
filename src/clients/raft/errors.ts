import {OpsError, SystemError, UnauthorizedError, UnreachableError, type OpsErrorOptions} from '../net/errors.ts'
import {asRpcError, Status, type RpcError, type Trouble} from './rpc-error.ts'

export {asRpcError, Status} from './rpc-error.ts'

/** The node's own words for "my process is up, but I serve nobody yet". */
export function isNotReady({code, details}: RpcError): boolean {
  return code === Status.unavailable && /Service is not ready/.test(details)
}

/** What to do about each known trouble with a connection, and the exit class it has. */
const troubles: Record<Trouble, {code: string; hint: string}> = {
  http1: {code: 'NOT_GRPC', hint: 'raft.endpoints names the gRPC ports of the nodes, not those of a web server.'},
  'not-grpc': {code: 'NOT_GRPC', hint: 'raft.endpoints names the gRPC ports of the nodes, not those of a web server.'},
  'tls-expected': {code: 'TLS', hint: 'Name its CA: ctl context set NAME raft.tls.ca=/path/ca.pem'},
  'tls-refused': {code: 'TLS', hint: 'Take raft.tls out of the context: d-engine clusters of several nodes are plain.'},
  certificate: {code: 'TLS', hint: 'See raft.tls in the context: ca for an own CA, servername for another name.'},
  oversized: {code: 'TOO_LARGE', hint: 'Ask for less at once: a longer prefix, or single keys.'},
}

/** An error of one node, in its own words. */
export function raftError(error: unknown, endpoint: string): OpsError {
  if (error instanceof OpsError) return error
  const rpc = asRpcError(error)
  if (!rpc) throw error
  const where = {endpoint, cause: rpc}
  const message = `raft ${rpc.details.includes(endpoint) ? '' : `${endpoint}: `}${rpc.details}`
  if (rpc.trouble) return troubled(rpc.trouble, message, where)
  if (isNotReady(rpc)) {
    return new UnreachableError(message, {
      ...where, code: 'NOT_READY', hint: 'A restarted voter waits until every other voter of its file answers.',
    })
  }
  switch (rpc.code) {
    case Status.cancelled: return cancelled(rpc, message, where)
    case Status.deadline: return new UnreachableError(message, {
      ...where, code: 'TIMEOUT', hint: 'Is the node frozen, overloaded, or a leader without a quorum?',
    })
    case Status.unavailable: return new UnreachableError(message, {...where, code: 'UNAVAILABLE'})
    case Status.unauthenticated: return new UnauthorizedError(message, where)
    case Status.range: return new SystemError(message, {
      ...where, code: 'TOO_LARGE', hint: 'A node takes requests of 4 MiB at most.',
    })
    default: return new SystemError(message, {
      ...where, code: 'RAFT', hint: 'Does raft.endpoints name the gRPC port of d-engine 0.2.4 nodes?',
    })
  }
}

/** By our own signal, or by the node, which gives up on a call after `request_timeout_in_ms` (100 by default). */
function cancelled({details}: RpcError, message: string, where: OpsErrorOptions): OpsError {
  if (details === 'stopped') return new OpsError('ABORTED', 1, 'stopped', where)
  return new UnreachableError(message, {...where, code: 'CANCELLED'})
}

function troubled(trouble: Trouble, message: string, where: OpsErrorOptions): OpsError {
  const {code, hint} = troubles[trouble]
  if (trouble === 'oversized') return new SystemError(message, {...where, code, hint})
  return new UnreachableError(message, {...where, code, hint})
}
