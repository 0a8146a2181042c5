import {UsageError} from '../net/errors.ts'
import {decode, encode} from './codec.ts'
import {Connection, type Address, type TlsTexts} from './connection.ts'
import {methods, streams, type Calls, type MethodName, type StreamName} from './proto.ts'
import {Call, callOnce} from './rpc.ts'

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

/** What a stream tells. `ended` comes once and last, with an RpcError unless the node ended it in peace. */
export interface StreamListener<T> {
  /** The node has registered the stream: nothing that happens from now on is missed. */
  opened(): void
  item(message: T): void
  ended(error: unknown): void
}

// Seen on live nodes: pings every half second are not punished, and without any the stream of a frozen node hangs.
const keepAlive = {everyMs: 5_000, withinMs: 2_000}

/**
 * Connections to one node. Calls share one and go one after the other: never more than one is in flight, since a
 * node that stood still closes a whole connection on which more than 20 calls timed out. Each stream has a connection
 * of its own: a hundred streams on one make every later call on it wait without a word.
 */
export class RaftNode {
  readonly id: number
  readonly endpoint: string
  readonly #address: Address
  readonly #timeoutMs: number
  readonly #connection: Connection
  readonly #streams = new Set<() => void>()
  #turn: Promise<unknown> = Promise.resolve()

  constructor(id: number, address: Address, timeoutMs: number) {
    this.id = id
    this.endpoint = `${address.host}:${address.port}`
    this.#address = address
    this.#timeoutMs = timeoutMs
    this.#connection = new Connection(address)
  }

  /** Rejects with RpcError, or SystemError for an answer that is no message of d-engine. */
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
    const connection = new Connection(this.#address, keepAlive)
    let isOver = false
    const close = () => {
      isOver = true
      this.#streams.delete(close)
      connection.drop()
    }
    const end = (error: unknown) => {
      if (isOver) return
      close()
      listener.ended(error)
    }
    this.#streams.add(close)
    connection.ready(this.#timeoutMs).then(session => isOver || new Call(session, path, encode(type, request), {
      opened: () => void (isOver || listener.opened()),
      message: bytes => void (isOver || listener.item(decode(answer, bytes))),
      ended: end,
    })).catch(end)
    return close
  }

  close(): void {
    for (const close of this.#streams) close()
    this.#connection.drop()
  }

  async #unary(name: MethodName, request: object, signal?: AbortSignal): Promise<object> {
    const {path, request: type, answer} = methods[name]
    return decode(answer, await callOnce(this.#connection, path, encode(type, request), this.#timeoutMs, signal))
  }
}

/** The nodes by id; nothing is dialled before the first call. */
export function openNodes({endpoints, tls, timeoutMs}: RaftOptions): RaftNode[] {
  if (Object.keys(endpoints).length === 0) {
    throw new UsageError('the context names no node of raft', {hint: 'ctl context set NAME raft.endpoints.1=HOST:PORT'})
  }
  return Object.entries(endpoints)
    .map(([id, endpoint]) => new RaftNode(parseId(id), {...parseEndpoint(id, endpoint), tls}, timeoutMs))
    .sort((a, b) => a.id - b.id)
}

function parseId(id: string): number {
  if (/^[1-9]\d{0,9}$/.test(id)) return Number(id)
  throw new UsageError(`raft.endpoints.${id}: "${id}" is no node id`)
}

function parseEndpoint(id: string, endpoint: string): {host: string; port: number} {
  const [, host, port] = /^([\w.-]+|\[[\da-fA-F:]+\]):(\d{1,5})$/.exec(endpoint) ?? []
  if (host !== undefined && Number(port) <= 65_535) return {host, port: Number(port)}
  throw new UsageError(`raft.endpoints.${id}: "${endpoint.replace(/(^|\/\/)[^/]*@/, '$1…@')}" is no host:port`, {
    hint: 'Use the gRPC port of the node, without http://.',
  })
}
