import type {Clock} from '../../../src/clients/net/deadline.ts'
import type {Caller} from '../../../src/clients/raft/caller.ts'
import type {StreamListener} from '../../../src/clients/raft/node.ts'
import {
  Policy, WatchEvent, type Calls, type ClientResponse, type MethodName, type StreamName, type WatchResponse,
  type WriteCommand,
} from '../../../src/clients/raft/proto.ts'
import {RpcError, type Trouble} from '../../../src/clients/raft/rpc-error.ts'

/** What a node says instead of serving: an error to reject with, or `silent` until its deadline. */
export type Fault = {code: number; details: string; sent?: boolean; trouble?: Trouble}

export const faults = {
  notLeader: {code: 9, details: 'Not leader'},
  notReady: {code: 14, details: 'Service is not ready'},
  refused: {code: 14, details: 'connect ECONNREFUSED 127.0.0.1:1', sent: false},
  reset: {code: 14, details: 'connection dropped: read ECONNRESET'},
  timeout: {code: 4, details: 'RPC timeout exceeded'},
  cut: {code: 4, details: 'no answer in time'},
} as const

/** A cluster in memory: one log, one state, a leader that a test names. */
export class FakeCluster {
  readonly data = new Map<string, Buffer>()
  readonly nodes: FakeNode[]
  leader: number | undefined = 1
  revision = 0n
  /** Every write that reached the leader, by its command. */
  readonly written: WriteCommand[] = []
  /** Decides about each write that reaches the leader: applied or not, and answered with what. */
  onWrite: (command: WriteCommand) => {isApplied?: boolean; fault?: Fault; answer?: ClientResponse} = () => ({})

  constructor(count = 3) {
    this.nodes = Array.from({length: count}, (_, at) => new FakeNode(at + 1, this))
  }

  apply(command: WriteCommand): boolean {
    this.revision += 1n
    const {key, value} = command.insert ?? command.cas ?? {key: command.delete!.key, value: undefined}
    const now = this.data.get(String(key))
    const previous = now ?? Buffer.alloc(0)
    if (command.cas && !sameBytes(now, command.cas.expected)) return false
    if (value === undefined) this.data.delete(String(key))
    else this.data.set(String(key), Buffer.from(value))
    this.tell({
      key: Buffer.from(key), value: Buffer.from(value ?? ''), event: value ? WatchEvent.put : WatchEvent.delete,
      revision: this.revision, prevValue: previous,
    })
    return true
  }

  tell(event: WatchResponse): void {
    for (const node of this.nodes) node.tell(event)
  }
}

export class FakeNode implements Caller {
  readonly endpoint: string
  readonly id: number
  readonly #cluster: FakeCluster
  /** Asked before each call; undefined serves it. */
  fault: (name: MethodName) => Fault | undefined = () => undefined
  /** Calls that were made, by name. */
  readonly calls: MethodName[] = []
  readonly #listeners = new Map<StreamListener<WatchResponse>, {key: string; isPrefix: boolean}>()

  constructor(id: number, cluster: FakeCluster) {
    this.id = id
    this.endpoint = `n${id}:1`
    this.#cluster = cluster
  }

  async call<N extends MethodName>(name: N, request: Calls[N]['request']): Promise<Calls[N]['answer']> {
    this.calls.push(name)
    const fault = this.fault(name)
    if (fault) throw rpcError(fault)
    return this.#serve(name, request as never) as Calls[N]['answer']
  }

  stream<N extends StreamName>(
    _: N, request: Calls[N]['request'], listener: StreamListener<Calls[N]['answer']>,
  ): () => void {
    const {key, prefix = false} = request as Calls['watch']['request']
    const own = listener as StreamListener<WatchResponse>
    this.#listeners.set(own, {key: String(key), isPrefix: prefix})
    queueMicrotask(() => void (this.#listeners.has(own) && own.opened()))
    return () => void this.#listeners.delete(own)
  }

  tell(event: WatchResponse): void {
    for (const [listener, {key, isPrefix}] of this.#listeners) {
      const own = String(event.key ?? '')
      if (isPrefix ? own.startsWith(key) : own === key) listener.item(event)
    }
  }

  /** Ends every stream of this node. */
  cut(error: unknown): void {
    const all = [...this.#listeners.keys()]
    this.#listeners.clear()
    for (const listener of all) listener.ended(error)
  }

  get watchers(): number {
    return this.#listeners.size
  }

  #serve(
    name: MethodName, request: Calls['read']['request'] & Calls['write']['request'] & Calls['scan']['request'],
  ): object {
    const {data, leader, revision} = this.#cluster
    if (name === 'read') {
      if (request.policy !== Policy.eventual && leader !== this.id) throw rpcError(faults.notLeader)
      const results = (request.keys ?? []).flatMap(
        key => (data.has(String(key)) ? [{key: Buffer.from(key), value: data.get(String(key))!}] : []),
      )
      return {read: {results}}
    }
    if (leader !== this.id) throw rpcError(faults.notLeader)
    if (name === 'scan') {
      const all = [...data].filter(([key]) => key.startsWith(String(request.prefix ?? '')))
      return {entries: all.map(([key, value]) => ({key: Buffer.from(key), value})), revision}
    }
    return this.#write(request.command)
  }

  #write(command: WriteCommand): ClientResponse {
    this.#cluster.written.push(command)
    const {isApplied = true, fault, answer} = this.#cluster.onWrite(command)
    const succeeded = isApplied && this.#cluster.apply(command)
    if (fault) throw rpcError(fault)
    return answer ?? {write: {succeeded}}
  }
}

/** As a node's calls reject. */
export function rpcError({code, details, sent = true, trouble}: Fault): RpcError {
  return new RpcError(code, details, {sent, trouble})
}

function sameBytes(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : Buffer.compare(a, b) === 0
}

/** A clock whose sleeps pass at once. */
export function quickClock(): Clock {
  let nowMs = 0
  return {
    nowMs: () => nowMs, monotonicMs: () => nowMs,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted()
      nowMs += ms
      await new Promise(resolve => setImmediate(resolve))
      signal?.throwIfAborted()
    },
  }
}
