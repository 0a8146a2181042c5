import type {Client, ClientDuplexStream, Metadata} from '@grpc/grpc-js'
import {UsageError} from '../net/errors.ts'
import {asRpcError, etcdError, isNoAnswer, isStaleLogin} from './etcd-errors.ts'
import {decodeMessage, encodeMessage} from './etcd-codec.ts'
import {serviceOf, type CallName, type WatchResponse} from './etcd-proto.ts'

export interface EtcdOptions {
  /** `host:port`, `http://host:port` or `https://host:port`; the next is asked when one does not answer. */
  endpoints: readonly string[]
  /** PEM texts. */
  tls?: {ca?: string; cert?: string; key?: string}
  user?: string
  password?: string
  /** One call to one endpoint; a frozen server is noticed after this time. */
  timeoutMs: number
}

export type WatchCall = ClientDuplexStream<object, WatchResponse>

interface Grpc {
  newClient(target: string): Client
  newMetadata(): Metadata
}

interface Address {
  target: string
  secure: boolean
}

export async function openEtcd(options: EtcdOptions): Promise<EtcdRpc> {
  const addresses = options.endpoints.map(parseEndpoint)
  if (addresses.length === 0) throw new UsageError('no etcd endpoint is configured')
  const {Client, credentials, Metadata} = await import('./etcd-grpc.ts')
  const {ca, cert, key} = options.tls ?? {}
  const isTls = addresses.some(({secure}) => secure) || options.tls !== undefined
  const channel = isTls ? credentials.createSsl(pem(ca), pem(key), pem(cert)) : credentials.createInsecure()
  return new EtcdRpc(options, addresses, {
    newClient: target => new Client(target, channel), newMetadata: () => new Metadata(),
  })
}

/** Calls to one etcd cluster: which endpoint, with which login, for how long. */
export class EtcdRpc {
  readonly options: EtcdOptions
  readonly #addresses: Address[]
  readonly #grpc: Grpc
  readonly #clients = new Map<number, Client>()
  /** The endpoint that answered last. */
  #current = 0
  #login: Promise<string> | undefined

  constructor(options: EtcdOptions, addresses: Address[], grpc: Grpc) {
    this.options = options
    this.#addresses = addresses
    this.#grpc = grpc
  }

  get place(): string {
    return this.#addresses.map(({target}) => target).join(',')
  }

  /** For what is harmless to repeat: on to the next endpoint until one answers. */
  async anywhere<T>(call: CallName, request: object, signal?: AbortSignal): Promise<T> {
    for (let tried = 1; ; tried += 1) {
      const at = this.#current
      try {
        return await this.#loggedIn<T>(call, request, at, signal)
      } catch (error) {
        const rpc = asRpcError(error)
        if (!rpc || !isNoAnswer(rpc) || tried >= this.#addresses.length) throw this.#named(error, at)
        this.#current = (at + 1) % this.#addresses.length
      }
    }
  }

  /** Once, to the endpoint that answered last; rejects with the bare gRPC error. */
  once<T>(call: CallName, request: object, signal?: AbortSignal): Promise<T> {
    return this.#loggedIn<T>(call, request, this.#current, signal)
  }

  /** Runs `follow` on an open watch; when it breaks, the next one goes to the next endpoint. */
  async *watch(follow: (call: WatchCall) => AsyncIterable<WatchResponse>, signal: AbortSignal) {
    const at = this.#current
    try {
      const {path, encode, decode} = method('Watch', 'Watch')
      const meta = await this.#metadata(at, signal)
      const read = decode as (bytes: Buffer) => WatchResponse
      yield* follow(this.#client(at).makeBidiStreamRequest(path, encode, read, meta))
    } catch (error) {
      this.#current = (at + 1) % this.#addresses.length
      throw this.#named(error, at)
    }
  }

  close(): void {
    for (const client of this.#clients.values()) client.close()
  }

  /** A stale login is refused before anything is done, so even a write may be sent again after it. */
  async #loggedIn<T>(call: CallName, request: object, at: number, signal?: AbortSignal): Promise<T> {
    try {
      return await this.#unary<T>(call, request, at, await this.#metadata(at, signal), signal)
    } catch (error) {
      const rpc = asRpcError(error)
      if (!rpc || this.options.user === undefined || !isStaleLogin(rpc)) throw error
      this.#login = undefined
      return this.#unary<T>(call, request, at, await this.#metadata(at, signal), signal)
    }
  }

  #unary<T>(call: CallName, request: object, at: number, meta: Metadata, signal?: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted()
      const {path, encode, decode} = method(serviceOf[call], call)
      const deadline = Date.now() + this.options.timeoutMs
      const done = (error: Error | null, answer?: object) => {
        signal?.removeEventListener('abort', cancel)
        if (error) reject(error)
        else resolve(answer as T)
      }
      const made = this.#client(at).makeUnaryRequest(path, encode, decode, request, meta, {deadline}, done)
      const cancel = () => made.cancel()
      signal?.addEventListener('abort', cancel, {once: true})
    })
  }

  async #metadata(at: number, signal?: AbortSignal): Promise<Metadata> {
    const meta = this.#grpc.newMetadata()
    const {user: name, password} = this.options
    if (name === undefined) return meta
    this.#login ??= this.#unary<{token: string}>('Authenticate', {name, password}, at, this.#grpc.newMetadata(), signal)
      .then(({token}) => token)
    try {
      meta.set('authorization', await this.#login)
      return meta
    } catch (error) {
      this.#login = undefined
      throw error
    }
  }

  #client(at: number): Client {
    const client = this.#clients.get(at) ?? this.#grpc.newClient(this.#addresses[at]!.target)
    this.#clients.set(at, client)
    return client
  }

  #named(error: unknown, at: number): unknown {
    return asRpcError(error) ? etcdError(error, this.#addresses[at]!.target) : error
  }
}

function method(service: string, name: string) {
  return {
    path: `/etcdserverpb.${service}/${name}`,
    encode: (request: object) => encodeMessage(`${name}Request`, request as Record<string, unknown>),
    decode: (bytes: Buffer): object => decodeMessage(`${name}Response`, bytes),
  }
}

function parseEndpoint(endpoint: string): Address {
  const match = /^(?:(https?):\/\/)?((?:[\w.-]+|\[[\da-fA-F:]+\]):\d+)\/?$/.exec(endpoint)
  if (match) return {target: match[2]!, secure: match[1] === 'https'}
  const shown = endpoint.replace(/(^|\/\/)[^/]*@/, '$1…@')
  throw new UsageError(`"${shown}" is not an etcd endpoint`, {
    hint: 'Use host:port, http://host:port or https://host:port; user and password go into the context.',
  })
}

function pem(text: string | undefined): Buffer | undefined {
  return text === undefined ? undefined : Buffer.from(text)
}
