/** gRPC status codes that mean something here. */
export const Status = {
  cancelled: 1, unknown: 2, argument: 3, deadline: 4, notFound: 5, denied: 7, exhausted: 8, precondition: 9,
  aborted: 10, range: 11, unimplemented: 12, internal: 13, unavailable: 14, unauthenticated: 16,
} as const

/** Why no connection could be used, when that is known; the rest is in the words. */
export type Trouble = 'http1' | 'tls-expected' | 'tls-refused' | 'certificate' | 'not-grpc' | 'oversized'

export interface RpcErrorOptions {
  sent: boolean
  answered?: boolean
  trouble?: Trouble
  cause?: unknown
}

/** How a call failed: in the node's own words, or in ours when it could not say any. */
export class RpcError extends Error {
  /** gRPC status. */
  readonly code: number
  readonly details: string
  /** False when it is certain that the node never saw the request. */
  readonly sent: boolean
  /** The words are the node's own: it is up, and said no. */
  readonly answered: boolean
  readonly trouble: Trouble | undefined

  constructor(code: number, details: string, {sent, answered = false, trouble, cause}: RpcErrorOptions) {
    super(details, cause === undefined ? undefined : {cause})
    this.code = code
    this.details = details
    this.sent = sent
    this.answered = answered
    this.trouble = trouble
  }
}

/** How a call failed, or undefined for an error that is none of a call. */
export function asRpcError(error: unknown): RpcError | undefined {
  return error instanceof RpcError ? error : undefined
}

/** The client's own deadline. */
export function notInTime(sent: boolean): RpcError {
  return new RpcError(Status.deadline, sent ? 'no answer in time' : 'it accepts connections but says nothing', {sent})
}
