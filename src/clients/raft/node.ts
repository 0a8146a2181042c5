import type {ChannelCredentials, Client, ClientOptions, Metadata} from '@grpc/grpc-js'
import {UsageError} from '../net/errors.ts'
import {decode, encode} from './codec.ts'
import {methods, streams, type Calls, type MethodName, type StreamName} from './proto.ts'

export interface TlsTexts {
  ca?: string
  cert?: string
  key?: string
  servername?: string
}

export interface RaftOptions {
  /** Node id to `host:port`. Addresses that nodes name themselves are never dialled. */
  endpoints: Record<string, string>
  /** PEM texts. */
  tls?: TlsTexts
  /** Limit of one call to one node. */
  timeoutMs: number
  /** A clock that never jumps, in milliseconds. */
  monotonicMs: () => number
}

/** How a node is dialled: each client has a connection of its own. */
interface Dial {
  client: (options?: ClientOptions) => Client
  metadata: () => Metadata
}

/** What a stream tells. `ended` comes once and last, with the bare gRPC error unless the node ended it in peace. */
export interface StreamListener<T> {
  /** The node has registered the stream: nothing that happens from now on is missed. */
  opened(): void
  item(message: T): void
  ended(error: unknown): void
}

// A node that stood still closes a whole connection on which more than 20 calls timed out, and grpc-js waits up to
// two minutes before it dials again: so calls are few, in turn, and dialling is brisk.
const channelOptions = {
  'grpc.use_local_subchannel_pool': 1,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
  'grpc.enable_http_proxy': 0,
}

// Without pings the stream of a node that stands still stays open and silent for ever.
const streamOptions = {
  'grpc.keepalive_time_ms': 5_000,
  'grpc.keepalive_timeout_ms': 2_000,
  'grpc.keepalive_permit_without_calls': 1,
}

const same = (raw: Buffer) => raw

/**
 * Connections to one node. Calls share one and go one after the other: never more than one is in flight. Each
 * stream has a connection of its own, since a hundred streams on one would make every later call on it wait.
 */
export class RaftNode {
  readonly id: number
  readonly endpoint: string
  readonly #dial: Dial
  readonly #unaryClient: Client
  readonly #timeoutMs: number
  readonly #streams = new Set<() => void>()
  #turn: Promise<unknown> = Promise.resolve()

  constructor(id: number, endpoint: string, dial: Dial, timeoutMs: number) {
    this.id = id
    this.endpoint = endpoint
    this.#dial = dial
    this.#unaryClient = dial.client()
    this.#timeoutMs = timeoutMs
  }

  /** Rejects with the bare gRPC error, or SystemError for an answer that is none. */
  call<N extends MethodName>(name: N, request: Calls[N]['request'], signal?: AbortSignal): Promise<Calls[N]['answer']> {
    const made = this.#turn.then(() => this.#unary(name, request, signal))
    this.#turn = made.catch(() => undefined)
    return made
  }

  /** Opens a stream; the function returned ends it, after which nothing more is told. It has no deadline. */
  stream<N extends StreamName>(
    name: N, request: Calls[N]['request'], listener: StreamListener<Calls[N]['answer']>,
  ): () => void {
    const {path, request: type, answer} = streams[name]
    const client = this.#dial.client(streamOptions)
    const call = client.makeServerStreamRequest(path, same, same, encode(type, request), this.#dial.metadata(), {})
    let isOver = false
    const close = () => {
      isOver = true
      this.#streams.delete(close)
      call.cancel()
      client.close()
    }
    const end = (error: unknown) => {
      if (isOver) return
      close()
      listener.ended(error)
    }
    this.#streams.add(close)
    call.on('metadata', () => void (isOver || listener.opened()))
    call.on('data', (raw: Buffer) => {
      if (isOver) return
      try {
        listener.item(decode(answer, raw))
      } catch (error) {
        end(error)
      }
    })
    call.on('error', end)
    call.on('end', () => end(undefined))
    return close
  }

  close(): void {
    for (const close of this.#streams) close()
    this.#unaryClient.close()
  }

  async #unary(name: MethodName, request: object, signal?: AbortSignal): Promise<object> {
    const {path, request: type, answer} = methods[name]
    const bytes = await new Promise<Buffer>((resolve, reject) => {
      signal?.throwIfAborted()
      const deadline = Date.now() + this.#timeoutMs
      const call = this.#unaryClient.makeUnaryRequest(
        path, same, same, encode(type, request), this.#dial.metadata(), {deadline}, (error, raw) => {
          signal?.removeEventListener('abort', cancel)
          if (error) reject(error)
          else resolve(raw!)
        })
      const cancel = () => call.cancel()
      signal?.addEventListener('abort', cancel, {once: true})
    })
    return decode(answer, bytes)
  }
}

/** The nodes by id; nothing is dialled before the first call. */
export async function openNodes(options: RaftOptions): Promise<RaftNode[]> {
  const targets = Object.entries(options.endpoints).map(([id, endpoint]) => parseEndpoint(id, endpoint))
  const {Client, credentials, Metadata} = await import('./grpc.ts')
  const {ca, cert, key, servername} = options.tls ?? {}
  const channel: ChannelCredentials = options.tls
    ? credentials.createSsl(pem(ca), pem(key), pem(cert)) : credentials.createInsecure()
  const named = servername === undefined ? {} : {'grpc.ssl_target_name_override': servername}
  return targets.map(({id, endpoint}) => {
    const client = (more: ClientOptions = {}) => new Client(endpoint, channel, {...channelOptions, ...named, ...more})
    return new RaftNode(id, endpoint, {client, metadata: () => new Metadata()}, options.timeoutMs)
  }).sort((a, b) => a.id - b.id)
}

function parseEndpoint(id: string, endpoint: string): {id: number; endpoint: string} {
  if (!/^[1-9]\d{0,9}$/.test(id)) throw new UsageError(`raft.endpoints.${id}: "${id}" is no node id`)
  if (/^([\w.-]+|\[[\da-fA-F:]+\]):\d+$/.test(endpoint)) return {id: Number(id), endpoint}
  throw new UsageError(`raft.endpoints.${id}: "${endpoint.replace(/(^|\/\/)[^/]*@/, '$1…@')}" is no host:port`, {
    hint: 'Use the gRPC port of the node, without http://.',
  })
}

function pem(text: string | undefined): Buffer | undefined {
  return text === undefined ? undefined : Buffer.from(text)
}
