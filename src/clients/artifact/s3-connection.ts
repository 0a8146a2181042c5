import {connect as connectPlain, isIP, type Socket, type TcpNetConnectOpts} from 'node:net'
import {connect as connectTls, type ConnectionOptions} from 'node:tls'
import {answerHead, type AnswerHeaders, type SignedRequest} from './s3-http.ts'

/** A kept connection that the server had closed before it saw the request. */
export class StaleConnection extends Error {}

const headBytes = 16_384

/** A connection to a store; one exchange at a time. */
export class Connection {
  isReusable = false
  readonly #socket: Socket
  readonly #head = Buffer.allocUnsafeSlow(headBytes)
  #headFilled = 0
  #into: Uint8Array | undefined
  #filled = 0
  #answer: AnswerHeaders | undefined
  #uses = 0
  #settle: {resolve(headers: AnswerHeaders | undefined): void; reject(error: unknown): void} | undefined

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

  /** Sends `head` and fills `into` with the body of a plain answer, whose headers it gives; undefined for any other. */
  exchange(head: string, into: Uint8Array, signal?: AbortSignal): Promise<AnswerHeaders | undefined> {
    this.#into = into
    this.#headFilled = this.#filled = 0
    this.#answer = undefined
    this.#uses += 1
    this.isReusable = false
    return new Promise<AnswerHeaders | undefined>((resolve, reject) => {
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
      // The room for what comes next is asked for right after this, long before the next request.
      this.#headFilled = 0
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
    if (!headers || rest.length > this.#into!.length) return this.#finish(undefined)
    this.#into!.set(rest)
    this.#filled = rest.length
    this.#answer = headers
  }

  #finish(headers: AnswerHeaders | undefined): void {
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
