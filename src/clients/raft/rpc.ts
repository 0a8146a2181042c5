import type {ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders} from 'node:http2'
import type {Connection} from './connection.ts'
import {MessageReader, frame} from './framing.ts'
import {RpcError, Status, type Trouble} from './rpc-error.ts'

/** What a call tells, in this order; `ended` once and last, with undefined for status OK. */
export interface CallListener {
  opened(): void
  message(bytes: Buffer): void
  ended(error: RpcError | undefined): void
}

/** Error codes of HTTP/2 that say something of their own; the others are internal errors. */
const resets: Record<number, [code: number, details: string, sent: boolean]> = {
  7: [Status.unavailable, 'the node refused the stream', false],
  8: [Status.cancelled, 'the node cancelled the stream', true],
  11: [Status.exhausted, 'Bandwidth exhausted: the node wants fewer calls', true],
}

/** Starts one call on a session that is up; returns what ends it, after which nothing more is told. */
export function startCall(
  session: ClientHttp2Session, path: string, request: Buffer, listener: CallListener, timeoutMs?: number,
): () => void {
  const stream = session.request({
    ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers', 'user-agent': 'opsdeck',
    ...(timeoutMs === undefined ? {} : {'grpc-timeout': `${Math.max(1, Math.round(timeoutMs))}m`}),
  })
  const reader = new MessageReader()
  let isOver = false
  let status: RpcError | 'ok' | undefined
  let lost: Error | undefined
  const end = (error?: RpcError) => {
    if (isOver) return
    isOver = true
    stream.close(8)
    listener.ended(error)
  }
  stream.on('response', headers => {
    const refused = refusal(headers)
    if (refused) return end(refused)
    status = statusOf(headers)
    if (!status && !isOver) listener.opened()
  })
  stream.on('data', (chunk: Buffer) => {
    if (isOver) return
    try {
      for (const message of reader.push(chunk)) listener.message(message)
    } catch (error) {
      end(error as RpcError)
    }
  })
  stream.on('trailers', headers => void (status ??= statusOf(headers)))
  stream.on('error', error => void (lost = error))
  stream.on('close', () => end(status === 'ok' ? undefined : status ?? cut(stream, lost)))
  stream.end(frame(request))
  return () => {
    isOver = true
    stream.close(8)
  }
}

/**
 * One call with one answer. Rejects with RpcError, also when `signal` aborts. A connection on which an answer did not
 * come in time is given up: a node that stands still would find every further call waiting when it wakes.
 */
export function callOnce(
  connection: Connection, path: string, request: Buffer, timeoutMs: number, signal?: AbortSignal,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let cancel: (() => void) | undefined
    let isOver = false
    const settle = (done: () => void) => {
      if (isOver) return
      isOver = true
      clearTimeout(timer)
      signal?.removeEventListener('abort', stop)
      done()
    }
    const stop = () => settle(() => {
      cancel?.()
      reject(new RpcError(Status.cancelled, 'stopped', {sent: cancel !== undefined, cause: signal?.reason}))
    })
    const timer = setTimeout(() => settle(() => {
      if (cancel) connection.drop()
      reject(notInTime(cancel !== undefined))
    }), timeoutMs)
    if (signal?.aborted) return stop()
    signal?.addEventListener('abort', stop, {once: true})
    connection.ready().then(session => {
      if (isOver) return
      let answer: Buffer = Buffer.alloc(0)
      cancel = startCall(session, path, request, {
        opened: () => undefined,
        message: bytes => void (answer = bytes),
        ended: error => settle(() => (error ? reject(error) : resolve(answer))),
      }, timeoutMs)
    }).catch((error: unknown) => settle(() => reject(error)))
  })
}

/** The client's own deadline. */
export function notInTime(sent: boolean): RpcError {
  return new RpcError(Status.deadline, sent ? 'no answer in time' : 'it accepts connections but says nothing', {sent})
}

/** What a web server answers that is no gRPC server. */
function refusal(headers: IncomingHttpHeaders): RpcError | undefined {
  const [httpStatus, type = ''] = [Number(headers[':status']), headers['content-type']]
  if (httpStatus === 200 && type.startsWith('application/grpc')) return undefined
  const trouble: Trouble = 'not-grpc'
  const code = httpStatus === 401 ? Status.unauthenticated : httpStatus === 403 ? Status.denied : Status.unavailable
  return new RpcError(code, `HTTP ${httpStatus} ${type || 'without a type'}: no gRPC server`, {sent: true, trouble})
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
function cut({rstCode}: ClientHttp2Stream, lost: Error | undefined): RpcError {
  const known = resets[rstCode ?? 0]
  if (known) return new RpcError(known[0], known[1], {sent: known[2], cause: lost})
  const words = `${lost?.message} ${(lost as NodeJS.ErrnoException)?.code}`
  const isConnection = /ECONN|EPIPE|ETIMEDOUT|ping|GOAWAY|session/i.test(words)
  if (lost && !isConnection && rstCode) {
    return new RpcError(Status.internal, `Received RST_STREAM with code ${rstCode}`, {sent: true, cause: lost})
  }
  const why = lost ? `: ${lost.message}` : ''
  return new RpcError(Status.unavailable, `connection dropped${why}`, {sent: true, cause: lost})
}
