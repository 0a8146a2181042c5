import {
  ConflictError, NotFoundError, OpsError, SystemError, UnauthorizedError, UnreachableError,
} from '../net/errors.ts'
import {apiCode} from './nats-wire.ts'

/** Error codes of JetStream for a key that is not at the expected revision. */
const wrongRevision: readonly unknown[] = [10071, 10164]

interface NatsFailure {
  name: string
  message: string
  /** Of a JetStream answer: its error code, and a status like that of HTTP. */
  code?: unknown
  status?: unknown
}

/**
 * What a failure of the NATS client means. A refusal that the server answered is certain not to be done, so it is
 * never Unreachable; its own troubles (5xx) and silence leave a write unknown. `NO_RESPONDERS` is the exception: nobody
 * was there to take the request.
 */
export function natsError(error: unknown, endpoint: string): OpsError {
  if (error instanceof OpsError) return error
  const {name, message, code, status} = error as NatsFailure
  const options = {endpoint, cause: error}
  if (wrongRevision.includes(code)) {
    return new ConflictError(`somebody else wrote first: ${message}`, {...options, code: 'WRONG_REVISION'})
  }
  if (code === apiCode.noStream) {
    const hint = 'The exporter creates it on its first round.'
    return new NotFoundError(`there is no such bucket: ${endpoint}`, {...options, code: 'NO_BUCKET', hint})
  }
  if (/authorization|authentication|permission/i.test(`${name} ${message}`)) {
    return new UnauthorizedError(message, options)
  }
  if (isNoResponders(error)) {
    return new UnreachableError('JetStream is not there, or has no leader now', {...options, code: 'NO_RESPONDERS'})
  }
  if (isRefusal({name, message, status})) {
    return new SystemError(`the NATS server refused: ${message}`, {...options, code: 'NATS_REFUSED'})
  }
  return new UnreachableError(`the NATS server did not answer: ${message}`, options)
}

/** The client wraps it, with the reason as its cause. */
function isNoResponders(error: unknown): boolean {
  const {name, cause} = error as {name?: string; cause?: unknown}
  if (name === 'NoResponders') return true
  return cause instanceof Error && isNoResponders(cause)
}

/** Answered by the server with a no, or stopped by the client before it sent anything. */
function isRefusal({name, message, status}: NatsFailure): boolean {
  if (name === 'JetStreamApiError') return typeof status === 'number' && status < 500
  return ['InvalidArgumentError', 'InvalidSubjectError'].includes(name) || /^invalid (key|bucket)/.test(message)
}
