import type {ChannelCredentials, Client, Metadata} from '@grpc/grpc-js'
import {UsageError} from '../net/errors.ts'
import {decode, encode} from './codec.ts'
import {methods, type MethodName} from './proto.ts'

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

interface Grpc {
  client: Client
  metadata: () => Metadata
}

// A node that stood still closes a whole connection on which more than 20 calls timed out, and grpc-js waits up to
// two minutes before it dials again: so calls are few, in turn, and dialling is brisk.
const channelOptions = {
  'grpc.use_local_subchannel_pool': 1,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
  'grpc.enable_http_proxy': 0,
}

/** Connections to one node. Calls go one after the other: never more than one is in flight. */
export class RaftNode {
  readonly id: number
  readonly endpoint: string
  readonly #grpc: Grpc
  readonly #timeoutMs: number
  #turn: Promise<unknown> = Promise.resolve()

  constructor(id: number, endpoint: string, grpc: Grpc, timeoutMs: number) {
    this.id = id
    this.endpoint = endpoint
    this.#grpc = grpc
    this.#timeoutMs = timeoutMs
  }

  /** Rejects with the bare gRPC error, or SystemError for an answer that is none. */
  call<T>(name: MethodName, request: Record<string, number>, signal?: AbortSignal): Promise<T> {
    const made = this.#turn.then(() => this.#unary<T>(name, request, signal))
    this.#turn = made.catch(() => undefined)
    return made
  }

  close(): void {
    this.#grpc.client.close()
  }

  async #unary<T>(name: MethodName, request: Record<string, number>, signal?: AbortSignal): Promise<T> {
    const {path, request: type, answer} = methods[name]
    const bytes = await new Promise<Buffer>((resolve, reject) => {
      signal?.throwIfAborted()
      const deadline = Date.now() + this.#timeoutMs
      const same = (raw: Buffer) => raw
      const call = this.#grpc.client.makeUnaryRequest(
        path, same, same, encode(type, request), this.#grpc.metadata(), {deadline}, (error, raw) => {
          signal?.removeEventListener('abort', cancel)
          if (error) reject(error)
          else resolve(raw!)
        })
      const cancel = () => call.cancel()
      signal?.addEventListener('abort', cancel, {once: true})
    })
    return decode(answer, bytes) as T
  }
}

/** One connection per endpoint; nothing is dialled before the first call. */
export async function openNodes(options: RaftOptions): Promise<RaftNode[]> {
  const targets = Object.entries(options.endpoints).map(([id, endpoint]) => parseEndpoint(id, endpoint))
  const {Client, credentials, Metadata} = await import('./grpc.ts')
  const {ca, cert, key, servername} = options.tls ?? {}
  const channel: ChannelCredentials = options.tls
    ? credentials.createSsl(pem(ca), pem(key), pem(cert)) : credentials.createInsecure()
  const named = servername === undefined ? {} : {'grpc.ssl_target_name_override': servername}
  return targets.map(({id, endpoint}) => {
    const client = new Client(endpoint, channel, {...channelOptions, ...named})
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
