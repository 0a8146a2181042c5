import type {ClientHttp2Session, SecureClientSessionOptions} from 'node:http2'
import {notInTime, RpcError, Status, type Trouble} from './rpc-error.ts'
import {speaks} from './sniff.ts'

export interface TlsTexts {
  ca?: string
  cert?: string
  key?: string
  servername?: string
}

export interface Address {
  host: string
  port: number
  tls?: TlsTexts
}

/** An attempt that hangs for so long is given up for a new one: the other machine may be back. */
const attemptLimitMs = 5_000

/** A connection is pinged after the first, and dropped when the answer takes longer than the second. */
export interface KeepAlive {
  everyMs: number
  withinMs: number
}

/**
 * One HTTP/2 connection to a node, dialled when it is needed and again when it is lost. It counts as up once the
 * node has sent its settings: what stands still, or speaks another protocol, is never sent a request.
 *
 * gRPC is spoken on node:http2 directly. The library for it takes as long to start as the rest of a command, and
 * keeps to itself whether a request was ever sent, which decides what may be said of a write that failed.
 */
export class Connection {
  readonly #address: Address
  readonly #keepAlive: KeepAlive | undefined
  #attempt: Promise<ClientHttp2Session> | undefined
  #session: ClientHttp2Session | undefined
  /** Grows when the connection is dropped: an attempt of an earlier one is of no interest any more. */
  #generation = 0

  constructor(address: Address, keepAlive?: KeepAlive) {
    this.#address = address
    this.#keepAlive = keepAlive
  }

  /** A session that is up. Rejects with an RpcError that says `sent: false`; an attempt in progress goes on. */
  async ready(withinMs?: number): Promise<ClientHttp2Session> {
    if (this.#session?.closed || this.#session?.destroyed) this.drop()
    const attempt = this.#attempt ??= this.#dial()
    attempt.catch(() => {
      if (this.#attempt === attempt) this.drop()
    })
    return withinMs === undefined ? attempt : Promise.race([attempt, late(withinMs)])
  }

  /** Forgets the connection, whatever is on it: the next one who needs it dials anew. */
  drop(): void {
    this.#generation += 1
    this.#session?.destroy()
    this.#session = undefined
    this.#attempt = undefined
  }

  async #dial(): Promise<ClientHttp2Session> {
    const generation = this.#generation
    const {connect} = await import('node:http2')
    if (generation !== this.#generation) throw dropped()
    const {host, port, tls} = this.#address
    const session = connect(`${tls ? 'https' : 'http'}://${host}:${port}`, {
      ...(tls && secure(tls)), settings: {enablePush: false},
    })
    this.#session = session
    const failed = await settled(session)
    if (!failed) {
      if (this.#keepAlive) keepAlive(session, this.#keepAlive)
      return session
    }
    session.destroy()
    throw generation === this.#generation ? await this.#explain(failed) : dropped()
  }

  async #explain(error: NodeJS.ErrnoException): Promise<RpcError> {
    const [trouble, details] = await troubleOf(error, this.#address)
    return new RpcError(Status.unavailable, details ?? error.message, {sent: false, trouble, cause: error})
  }
}

function dropped(): RpcError {
  return new RpcError(Status.unavailable, 'connection given up', {sent: false})
}

function late(withinMs: number): Promise<never> {
  return new Promise((_, reject) => setTimeout(() => reject(notInTime(false)), withinMs).unref())
}

function secure({ca, cert, key, servername}: TlsTexts): SecureClientSessionOptions {
  return {ca, cert, key, ALPNProtocols: ['h2'], ...(servername === undefined ? {} : {servername})}
}

/** Undefined once the node's settings are there. */
function settled(session: ClientHttp2Session): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise(resolve => {
    const timer = setTimeout(() => resolve(new Error('no answer')), attemptLimitMs)
    const end = (error?: NodeJS.ErrnoException) => {
      clearTimeout(timer)
      resolve(error)
    }
    session.once('remoteSettings', () => end())
    session.on('error', end)
    session.once('close', () => end(new Error('closed before it said anything')))
  })
}

/** Pings as long as the session lives: without them the stream of a node that stands still stays open for ever. */
function keepAlive(session: ClientHttp2Session, {everyMs, withinMs}: KeepAlive): void {
  const timer = setInterval(() => {
    if (session.closed || session.destroyed) return clearInterval(timer)
    const late = setTimeout(() => session.destroy(new Error('no answer to a ping')), withinMs).unref()
    const isSent = session.ping(() => clearTimeout(late))
    if (!isSent) clearTimeout(late)
  }, everyMs)
  session.once('close', () => clearInterval(timer))
}

const certificateCodes = /^(ERR_TLS_CERT|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|ERR_SSL_TLSV1|ERR_SSL_SSLV3_ALERT)/

async function troubleOf(error: NodeJS.ErrnoException, address: Address): Promise<[Trouble?, string?]> {
  const {code = ''} = error
  const where = `${address.host}:${address.port}`
  if (address.tls) {
    const words = error.message.replace(/; if the root CA is installed.*/, '')
    if (certificateCodes.test(code)) return ['certificate', words]
    if (/WRONG_VERSION|PACKET_LENGTH|EPROTO|ERR_SSL/.test(code)) return ['tls-refused', `${where} does not speak TLS`]
    return []
  }
  if (/^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT)$/.test(code)) return []
  const protocol = await speaks(address.host, address.port)
  if (protocol === 'http1') return ['http1', `${where} speaks HTTP/1.1, not gRPC`]
  if (protocol === 'tls') return ['tls-expected', `${where} expects TLS`]
  return code === 'ERR_HTTP2_ERROR' ? ['not-grpc', `${where} does not speak HTTP/2: ${error.message}`] : []
}
