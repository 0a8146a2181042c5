import type {ChannelCredentials, Client, ClientDuplexStream, Metadata} from '@grpc/grpc-js'
import {UsageError} from '../net/errors.ts'
import {asRpcError, etcdError, isNoAnswer, isStaleLogin} from './etcd-errors.ts'
import {etcdProto, type WatchResponse} from './etcd-proto.ts'

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

export type CallName = 'Txn' | 'LeaseGrant' | 'LeaseRevoke' | 'LeaseTimeToLive' | 'Authenticate'
export type WatchCall = ClientDuplexStream<unknown, WatchResponse>

type Unary = (
  request: unknown, meta: Metadata, options: {deadline: number}, done: (error: Error | null, answer: unknown) => void,
) => {cancel(): void}
/** A client of each service, as grpc-js makes them from the descriptor. */
type Stub = Client & Record<CallName, Unary> & {Watch(meta: Metadata): WatchCall}
type StubClass = new (target: string, credentials: ChannelCredentials) => Stub

const serviceOf = {Txn: 'KV', LeaseGrant: 'Lease', LeaseRevoke: 'Lease', LeaseTimeToLive: 'Lease', Authenticate: 'Auth'}

interface Grpc {
  stubs: Record<string, StubClass>
  newMetadata(): Metadata
  credentials: ChannelCredentials
}

interface Address {
  target: string
  secure: boolean
}

export async function openEtcd(options: EtcdOptions): Promise<EtcdRpc> {
  const addresses = options.endpoints.map(parseEndpoint)
  if (addresses.length === 0) throw new UsageError('no etcd endpoint is configured')
  const {credentials, fromJSON, loadPackageDefinition, Metadata} = await import('./etcd-grpc.ts')
  const descriptor = etcdProto as unknown as Parameters<typeof fromJSON>[0]
  const definition = fromJSON(descriptor, {keepCase: true, longs: String, enums: String, defaults: true})
  const {ca, cert, key} = options.tls ?? {}
  const isTls = addresses.some(({secure}) => secure) || options.tls !== undefined
  return new EtcdRpc(options, addresses, {
    stubs: loadPackageDefinition(definition)['etcdserverpb'] as unknown as Record<string, StubClass>,
    newMetadata: () => new Metadata(),
    credentials: isTls ? credentials.createSsl(pem(ca), pem(key), pem(cert)) : credentials.createInsecure(),
  })
}

/** Calls to one etcd cluster: which endpoint, with which login, for how long. */
export class EtcdRpc {
  readonly options: EtcdOptions
  readonly #addresses: Address[]
  readonly #grpc: Grpc
  readonly #clients = new Map<string, Stub>()
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
  async anywhere<T>(call: CallName, request: unknown, signal?: AbortSignal): Promise<T> {
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
  once<T>(call: CallName, request: unknown, signal?: AbortSignal): Promise<T> {
    return this.#loggedIn<T>(call, request, this.#current, signal)
  }

  /** Runs `follow` on an open watch; when it breaks, the next one goes to the next endpoint. */
  async *watch(follow: (call: WatchCall) => AsyncIterable<WatchResponse>, signal: AbortSignal) {
    const at = this.#current
    try {
      yield* follow(this.#stub('Watch', at).Watch(await this.#metadata(at, signal)))
    } catch (error) {
      this.#current = (at + 1) % this.#addresses.length
      throw this.#named(error, at)
    }
  }

  close(): void {
    for (const stub of this.#clients.values()) stub.close()
  }

  /** A stale login is refused before anything is done, so even a write may be sent again after it. */
  async #loggedIn<T>(call: CallName, request: unknown, at: number, signal?: AbortSignal): Promise<T> {
    try {
      return await this.#unary<T>(call, request, at, await this.#metadata(at, signal), signal)
    } catch (error) {
      const rpc = asRpcError(error)
      if (!rpc || this.options.user === undefined || !isStaleLogin(rpc)) throw error
      this.#login = undefined
      return this.#unary<T>(call, request, at, await this.#metadata(at, signal), signal)
    }
  }

  #unary<T>(call: CallName, request: unknown, at: number, meta: Metadata, signal?: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted()
      const deadline = Date.now() + this.options.timeoutMs
      const made = this.#stub(serviceOf[call], at)[call](request, meta, {deadline}, (error, answer) => {
        signal?.removeEventListener('abort', cancel)
        if (error) reject(error)
        else resolve(answer as T)
      })
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

  #stub(service: string, at: number): Stub {
    const name = `${service} ${at}`
    const {stubs, credentials} = this.#grpc
    const stub = this.#clients.get(name) ?? new stubs[service]!(this.#addresses[at]!.target, credentials)
    this.#clients.set(name, stub)
    return stub
  }

  #named(error: unknown, at: number): unknown {
    return asRpcError(error) ? etcdError(error, this.#addresses[at]!.target) : error
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
