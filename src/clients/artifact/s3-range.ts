import {connect as connectPlain, isIP, type Socket, type TcpNetConnectOpts} from 'node:net'
import {Readable} from 'node:stream'
import {connect as connectTls, type ConnectionOptions} from 'node:tls'
import {answerHead, requestHead, type SignedRequest} from './s3-http.ts'

/** Where a range goes. When `isFilled` is false after a good answer, the body is in the answer, as usual. */
export interface RangeTarget {
  bytes: Uint8Array
  isFilled: boolean
}

interface Options {
  abortSignal?: AbortSignal
  target?: RangeTarget
}

interface Answer {
  response: {statusCode: number; headers: Record<string, string>; body: unknown}
}

/** The part of the SDK's request handlers that matters here. */
export interface Handler {
  handle(request: SignedRequest, options?: Options): Promise<Answer>
  destroy?(): void
}

/**
 * The SDK's request handler, with a short way for ranges: the plain answer, 206 with the expected length, is read
 * from the socket straight into the memory it is for. Node's HTTP streams take three times the processor time
 * (measured: 2.3 s for 1 GiB, here 0.7 s). Every other request and answer goes to `inner`, untouched.
 */
export class RangeHandler implements Handler {
  readonly #inner: Handler
  readonly #idle = new Map<string, Connection[]>()

  constructor(inner: Handler) {
    this.#inner = inner
    // Whatever else the SDK asks of a handler is answered by the inner one.
    return new Proxy(this, {get: (own, name) => {
      const from = name === 'handle' || name === 'destroy' ? own : inner
      const value: unknown = Reflect.get(from, name)
      return typeof value === 'function' ? value.bind(from) : value
    }})
  }

  async handle(request: SignedRequest, options: Options = {}): Promise<Answer> {
    const {target, abortSignal} = options
    if (!target || request.method !== 'GET') return this.#inner.handle(request, options)
    abortSignal?.throwIfAborted()
    const headers = await this.#read(request, target.bytes, abortSignal)
    if (!headers) return this.#inner.handle(request, options)
    target.isFilled = true
    return {response: {statusCode: 206, headers, body: Readable.from([])}}
  }

  destroy(): void {
    for (const connection of [...this.#idle.values()].flat()) connection.close()
    this.#idle.clear()
    this.#inner.destroy?.()
  }

  /** The headers of the answer whose body now is in `into`; undefined when it is not the plain one. */
  async #read(
    request: SignedRequest,
    into: Uint8Array,
    signal?: AbortSignal,
  ): Promise<Record<string, string> | undefined> {
    const place = `${request.protocol}//${request.hostname}:${request.port ?? ''}`
    const idle = this.#idle.get(place) ?? []
    this.#idle.set(place, idle)
    for (let reused = idle.pop(); reused; reused = idle.pop()) {
      const headers = await this.#on(reused, idle, request, into, signal).catch(error => {
        if (!(error instanceof StaleConnection)) throw error
      })
      if (headers !== undefined) return headers || undefined
    }
    return (await this.#on(new Connection(request), idle, request, into, signal)) || undefined
  }

  async #on(
    connection: Connection,
    idle: Connection[],
    request: SignedRequest,
    into: Uint8Array,
    signal?: AbortSignal,
  ) {
    const headers = await connection.exchange(requestHead(request), into, signal)
    if (connection.isReusable) idle.push(connection)
    else connection.close()
    return headers
  }
}

/** A kept connection that the server had closed before it saw the request. */
class StaleConnection extends Error {}

const headBytes = 16_384

/** One connection, one exchange at a time. */
class Connection {
  isReusable = false
  readonly #socket: Socket
  readonly #head = Buffer.allocUnsafeSlow(headBytes)
  #headFilled = 0
  #into: Uint8Array | undefined
  #filled = 0
  #answer: Record<string, string> | undefined
  #uses = 0
  #settle: {resolve(headers: Record<string, string> | false): void; reject(error: unknown): void} | undefined

  constructor({protocol, hostname, port}: SignedRequest) {
    const onread = {buffer: () => this.#room(), callback: (count: number) => this.#arrived(count)}
    const host = hostname.replace(/^\[|\]$/g, '')
    const servername = isIP(host) ? '' : host
    const secure: TcpNetConnectOpts & ConnectionOptions = {host, port: port ?? 443, servername, onread}
    this.#socket = protocol === 'https:' ? connectTls(secure) : connectPlain({host, port: port ?? 80, onread})
    this.#socket.setNoDelay(true)
    this.#socket.on('error', error => this.#fail(error))
    this.#socket.on('close', () => this.#fail(Object.assign(new Error('the answer was cut off'), {code: 'ECONNRESET'})))
  }

  /** The headers of a plain answer; false for any other. */
  exchange(head: string, into: Uint8Array, signal?: AbortSignal): Promise<Record<string, string> | false> {
    this.#into = into
    this.#headFilled = this.#filled = 0
    this.#answer = undefined
    this.#uses += 1
    this.isReusable = false
    return new Promise<Record<string, string> | false>((resolve, reject) => {
      this.#settle = {resolve, reject}
      if (this.#socket.destroyed) return this.#fail(new Error('the connection is closed'))
      this.#socket.write(head)
      if (signal) this.#stopOn(signal)
    })
  }

  close(): void {
    this.#settle = undefined
    this.#socket.destroy()
  }

  #stopOn(signal: AbortSignal): void {
    const stop = () => {
      this.#uses = 1
      this.#fail(signal.reason)
    }
    const settle = this.#settle!
    const done = <T>(then: (value: T) => void) => (value: T) => {
      signal.removeEventListener('abort', stop)
      then(value)
    }
    this.#settle = {resolve: done(settle.resolve), reject: done(settle.reject)}
    signal.addEventListener('abort', stop, {once: true})
  }

  /** Where the next bytes go: the head first, then the body in its place. */
  #room(): Uint8Array {
    if (this.#answer && this.#filled < this.#into!.length) return this.#into!.subarray(this.#filled)
    return this.#head.subarray(Math.min(this.#headFilled, headBytes - 1))
  }

  #arrived(count: number): boolean {
    if (!this.#settle) this.close()
    else if (this.#answer) this.#filled += count
    else this.#readHead(count)
    if (this.#answer && this.#filled === this.#into!.length) {
      this.isReusable = this.#answer['connection']?.toLowerCase() !== 'close'
      this.#finish(this.#answer)
    }
    return true
  }

  #readHead(count: number): void {
    this.#headFilled += count
    const end = this.#head.subarray(0, this.#headFilled).indexOf('\r\n\r\n')
    if (end < 0 && this.#headFilled < headBytes - 1) return
    const headers = answerHead(this.#head.toString('latin1', 0, Math.max(end, 0)), this.#into!.length)
    const rest = this.#head.subarray(end + 4, this.#headFilled)
    if (!headers || rest.length > this.#into!.length) return this.#finish(false)
    this.#into!.set(rest)
    this.#filled = rest.length
    this.#answer = headers
  }

  #finish(headers: Record<string, string> | false): void {
    this.#settle?.resolve(headers)
    this.#settle = undefined
  }

  #fail(error: unknown): void {
    const isStale = this.#uses > 1 && this.#headFilled === 0
    this.isReusable = false
    this.#settle?.reject(isStale ? new StaleConnection() : error)
    this.#settle = undefined
    this.#socket.destroy()
  }
}
