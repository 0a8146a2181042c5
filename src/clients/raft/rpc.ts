import type {ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders} from 'node:http2'
import type {Connection} from './connection.ts'
import {MessageReader, frame} from './framing.ts'
import {notInTime, RpcError, Status} from './rpc-error.ts'

/** What a call tells, in this order; `ended` once and last, with undefined for status OK. */
export interface CallListener {
  opened(): void
  message(bytes: Buffer): void
  ended(error: unknown): void
}

/** CANCEL of HTTP/2. */
const cancelled = 8

/** Other error codes of HTTP/2 that say something of their own. */
const resets: Record<number, [code: number, details: string, sent: boolean]> = {
  7: [Status.unavailable, 'the node refused the stream', false],
  [cancelled]: [Status.cancelled, 'the node cancelled the stream', true],
  11: [Status.exhausted, 'Bandwidth exhausted: the node wants fewer calls', true],
}

/** One call on a session that is up. */
export class Call {
  readonly #stream: ClientHttp2Stream
  readonly #listener: CallListener
  readonly #reader = new MessageReader()
  #status: RpcError | 'ok' | undefined
  #lost: Error | undefined
  #isOver = false

  /** RpcError when the session has just ended. */
  constructor(session: ClientHttp2Session, path: string, request: Buffer, listener: CallListener, timeoutMs?: number) {
    this.#listener = listener
    this.#stream = openStream(session, {
      ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers', 'user-agent': 'opsdeck',
      ...(timeoutMs === undefined ? {} : {'grpc-timeout': `${Math.max(1, Math.round(timeoutMs))}m`}),
    })
    this.#stream.on('response', headers => this.#begin(headers))
    this.#stream.on('data', (chunk: Buffer) => this.#receive(chunk))
    this.#stream.on('trailers', headers => void (this.#status ??= statusOf(headers)))
    this.#stream.on('error', error => void (this.#lost = error))
    this.#stream.on('close', () => this.#end(this.#status ?? cut(this.#stream, this.#lost, session)))
    this.#stream.end(frame(request))
  }

  /** Ends it; nothing more is told. */
  cancel(): void {
    this.#isOver = true
    this.#stream.close(cancelled)
  }

  #begin(headers: IncomingHttpHeaders): void {
    const refused = refusal(headers)
    if (refused) return this.#end(refused)
    this.#status = statusOf(headers)
    if (!this.#status && !this.#isOver) this.#listener.opened()
  }

  #receive(chunk: Buffer): void {
    if (this.#isOver) return
    try {
      for (const message of this.#reader.push(chunk)) this.#listener.message(message)
    } catch (error) {
      this.#end(error)
    }
  }

  #end(error: unknown): void {
    if (this.#isOver) return
    this.cancel()
    this.#listener.ended(error === 'ok' ? undefined : error)
  }
}

/**
 * One call with one answer. Rejects with RpcError, also when `signal` aborts. A connection on which an answer did not
 * come in time is given up: a node that stands still would find every further call waiting when it wakes.
 */
export async function callOnce(
  connection: Connection, path: string, request: Buffer, timeoutMs: number, signal?: AbortSignal,
): Promise<Buffer> {
  if (signal?.aborted) throw stopped(false, signal)
  const {promise, resolve, reject} = Promise.withResolvers<Buffer>()
  let call: Call | undefined
  let isOver = false
  const fail = (error: unknown) => {
    isOver = true
    call?.cancel()
    reject(error)
  }
  const stop = () => fail(stopped(call !== undefined, signal!))
  const timer = setTimeout(() => {
    if (call) connection.drop()
    fail(notInTime(call !== undefined))
  }, timeoutMs)
  signal?.addEventListener('abort', stop, {once: true})
  connection.ready().then(session => {
    if (!isOver) call = new Call(session, path, request, oneAnswer(resolve, fail), timeoutMs)
  }).catch(fail)
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', stop)
  }
}

function stopped(sent: boolean, {reason}: AbortSignal): RpcError {
  return new RpcError(Status.cancelled, 'stopped', {sent, cause: reason})
}

function oneAnswer(done: (bytes: Buffer) => void, fail: (error: unknown) => void): CallListener {
  let answer: Buffer = Buffer.alloc(0)
  return {
    opened: () => undefined,
    message: bytes => void (answer = bytes),
    ended: error => (error ? fail(error) : done(answer)),
  }
}

function openStream(session: ClientHttp2Session, headers: Record<string, string>): ClientHttp2Stream {
  try {
    return session.request(headers)
  } catch (cause) {
    throw new RpcError(Status.unavailable, 'connection dropped', {sent: false, cause})
  }
}

/** What a web server answers that is no gRPC server. */
function refusal(headers: IncomingHttpHeaders): RpcError | undefined {
  const [httpStatus, type = ''] = [Number(headers[':status']), headers['content-type']]
  if (httpStatus === 200 && type.startsWith('application/grpc')) return undefined
  const code = httpStatus === 401 ? Status.unauthenticated : httpStatus === 403 ? Status.denied : Status.unavailable
  return new RpcError(code, `HTTP ${httpStatus} ${type || 'without a type'}: no gRPC server`, {
    sent: true, trouble: 'not-grpc',
  })
}

function statusOf(headers: IncomingHttpHeaders): RpcError | 'ok' | undefined {
  const text = headers['grpc-status']
  if (text === undefined) return undefined
  if (Number(text) === 0) return 'ok'
  const words = unescape(String(headers['grpc-message'] ?? ''))
  return new RpcError(Number(text), words, {sent: true, answered: true})
}

/** Percent-encoded UTF-8; what is no such thing stays as it is. */
function unescape(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** A call that ended without a status: the node or the connection went away. */
function cut({rstCode = 0}: ClientHttp2Stream, lost: Error | undefined, session: ClientHttp2Session): RpcError {
  // A connection that goes away cancels its streams itself: the node did not.
  const isGone = session.destroyed && rstCode === cancelled
  const [code, details, sent] = isGone ? [] : resets[rstCode] ?? []
  if (code !== undefined) return new RpcError(code, details!, {sent: sent!, cause: lost})
  const why = lost ? `: ${lost.message}` : ''
  return new RpcError(Status.unavailable, `connection dropped${why}`, {sent: true, cause: lost})
}
