import {OpsError, UnauthorizedError, UnreachableError} from './errors.ts'

/** 502 to 504 say that the request did not reach the application. */
export function busyError(status: number, endpoint: string): OpsError | undefined {
  if (![502, 503, 504].includes(status)) return undefined
  return new UnreachableError(`${endpoint} answered ${status}`, {code: 'UNAVAILABLE', endpoint})
}

/**
 * A refused port answers for itself at once and a timeout has used up its time; a connection that closed
 * without an answer may be a crash that the request caused. None of them is tried again.
 */
export function worthAnotherTry(error: OpsError): boolean {
  return ['UNAVAILABLE', 'CONNECT_TIMEOUT', 'RESET'].includes(error.code)
}

/** True when the request certainly never left: a write that failed so did not happen. */
export function neverSent(error: unknown): boolean {
  return error instanceof OpsError && ['REFUSED', 'DNS', 'CONNECT_TIMEOUT', 'TLS', 'NO_SOCKET'].includes(error.code)
}

const byCode: Record<string, [code: string, text: string, hint?: string]> = {
  ECONNREFUSED: ['REFUSED', 'nothing listens there', 'Is the server running, and is this its port?'],
  ENOENT: ['NO_SOCKET', 'no such socket file'],
  EACCES: ['NO_SOCKET', 'no permission to open the socket'],
  ENOTFOUND: ['DNS', 'the name does not resolve'],
  EAI_AGAIN: ['DNS', 'name resolution failed'],
  EHOSTUNREACH: ['NO_ROUTE', 'no route to the host'],
  ENETUNREACH: ['NO_ROUTE', 'no route to the network'],
  UND_ERR_CONNECT_TIMEOUT: ['CONNECT_TIMEOUT', 'no connection in time'],
  ETIMEDOUT: ['CONNECT_TIMEOUT', 'no connection in time'],
  UND_ERR_BODY_TIMEOUT: ['SILENT', 'the stream went silent'],
  UND_ERR_SOCKET: ['CLOSED', 'the server closed the connection without a whole answer'],
  ECONNRESET: ['CLOSED', 'the server reset the connection'],
  EPIPE: ['CLOSED', 'the server closed the connection'],
}

/** Why no answer came, as one of our errors. */
export function httpError(error: unknown, endpoint: string): OpsError {
  if (error instanceof OpsError) return error
  const cause = error as {code?: string; message?: string; name?: string; errors?: {code?: string}[]}
  if (cause.name === 'AbortError') return new OpsError('ABORTED', 1, 'stopped', {endpoint, cause: error})
  const code = cause.code ?? cause.errors?.[0]?.code ?? ''
  const known = byCode[code]
  if (known) {
    const [code, text, hint] = known
    return new UnreachableError(`${endpoint}: ${text}`, {code, hint, endpoint, cause: error})
  }
  if (/^(ERR_TLS|ERR_SSL|CERT_|UNABLE_|SELF_SIGNED|DEPTH_ZERO|EPROTO)/.test(code)) {
    return new UnreachableError(`${endpoint}: TLS failed: ${cause.message}`, {code: 'TLS', endpoint, cause: error})
  }
  return new UnreachableError(`${endpoint}: ${cause.message ?? 'the request failed'}`, {
    code: 'HTTP', endpoint, cause: error,
  })
}

/** 401 and 403 as an error that repeats the server's own words. */
export function unauthorized(
  {status}: {status: number}, endpoint: string, hint: string, words: string,
): UnauthorizedError {
  const said = words || (status === 401 ? 'no or unknown credentials' : 'not allowed')
  return new UnauthorizedError(`${endpoint} answered ${status}: ${said}`, {endpoint, hint})
}
