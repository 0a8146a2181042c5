import {OpsError, SystemError, UnauthorizedError, UnreachableError} from '../net/errors.ts'

/** What grpc-js rejects with. */
export interface RpcError {
  code: number
  details: string
}

/** gRPC status codes that mean something here. */
const status = {cancelled: 1, invalid: 3, deadline: 4, denied: 7, exhausted: 8, unavailable: 14, unauthenticated: 16}

export function asRpcError(error: unknown): RpcError | undefined {
  const {code, details} = error as Partial<RpcError>
  return typeof code === 'number' ? {code, details: details ?? ''} : undefined
}

/** The server knows the token no more: nothing was done, log in again. */
export function isStaleLogin({code, details}: RpcError): boolean {
  return code === status.unauthenticated || /auth store is old|invalid auth token/.test(details)
}

/** Another endpoint may answer. */
export function isNoAnswer({code}: RpcError): boolean {
  return code === status.unavailable || code === status.deadline
}

/** No connection was there to send anything over. */
export function neverLeft({code, details}: RpcError): boolean {
  return code === status.unavailable && /No connection established|Name resolution failed/.test(details)
}

/** An error in etcd's own words. */
export function etcdError(error: unknown, endpoint: string): OpsError {
  if (error instanceof OpsError) return error
  const rpc = asRpcError(error)
  if (!rpc) throw error
  const {code, details} = rpc
  const where = {endpoint, cause: error}
  if (code === status.cancelled) return new OpsError('ABORTED', 1, 'stopped', where)
  if (code === status.deadline) {
    return new UnreachableError(`etcd ${endpoint}: no answer in time`, {
      ...where, code: 'TIMEOUT', hint: 'It accepts connections but does not answer: is it frozen, or without quorum?',
    })
  }
  if (code === status.unavailable) return unavailable(details, where)
  if (code === status.denied || code === status.unauthenticated || isLoginFault(details)) {
    return new UnauthorizedError(`etcd ${endpoint}: ${details}`, {
      ...where, hint: 'Check `directives.etcd` user and password reference, and the role of that user for this key.',
    })
  }
  if (code === status.exhausted) {
    const hint = 'Is its database full?'
    return new SystemError(`etcd ${endpoint}: ${details}`, {...where, code: 'ETCD_LIMIT', hint})
  }
  return new SystemError(`etcd ${endpoint}: ${details}`, {...where, code: 'ETCD'})
}

function unavailable(details: string, where: {endpoint: string; cause: unknown}): UnreachableError {
  const isTls = /certificate|TLS|SSL|wrong version number|EPROTO/i.test(details)
  const hint = isTls ? 'Check http or https, and the CA, certificate and key of `directives.etcd`.' : undefined
  const why = details.replace(/^No connection established\. Last error: (?:Error: )?/, '').split('\n')[0]!
    .replace(/\. Resolution note: *$/, '')
  return new UnreachableError(`etcd ${where.endpoint}: ${why}`, {...where, code: isTls ? 'TLS' : 'UNAVAILABLE', hint})
}

function isLoginFault(details: string): boolean {
  return /user name is empty|authentication failed|user name not found/.test(details)
}
