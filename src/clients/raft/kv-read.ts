import type {Clock} from '../net/deadline.ts'
import {UnreachableError, UsageError} from '../net/errors.ts'
import {asRpcError, raftError, Status} from './errors.ts'
import {readOnce, type Caller, type Read, type ReadRequest} from './caller.ts'
import type {Leader} from './leader.ts'
import {verdictOfError} from './outcome.ts'
import {Policy, type KeyValue} from './proto.ts'

/** How fresh a read is. `eventual` is served by any node, from what it has applied so far. */
export const consistencies = ['linearizable', 'lease', 'eventual'] as const
export type Consistency = (typeof consistencies)[number]

export interface Entry {
  key: Buffer
  value: Buffer
}

export interface Scan {
  node: Caller
  /** By key, as bytes. */
  entries: Entry[]
  /** Applied index of the leader: every change up to it is in `entries`. */
  revision: bigint
}

const pauseMs = 50

/** Reads keys and folders. */
export class Reader {
  readonly #leader: Leader
  readonly #clock: Clock
  readonly #patienceMs: number

  constructor(leader: Leader, clock: Clock, patienceMs: number) {
    this.#leader = leader
    this.#clock = clock
    this.#patienceMs = patienceMs
  }

  /** The values in the order of the keys, undefined for what is not there. `nodeId` asks that node only. */
  async get(
    keys: readonly Buffer[], consistency: Consistency, nodeId: number | undefined, signal: AbortSignal,
  ): Promise<{node: Caller; values: (Buffer | undefined)[]}> {
    const request = {keys: [...keys], policy: Policy[consistency]}
    const {node, results} = nodeId === undefined
      ? await this.#leader.read(request, signal) : await readAt(this.#node(nodeId), request, signal)
    return {node, values: keys.map(key => valueOf(results, key))}
  }

  /**
   * What begins with a prefix. A leader answers a scan without asking its quorum, so it has to prove itself
   * afterwards: else a leader that was cut off would tell an old state as the present one.
   */
  async scan(prefix: Buffer, signal: AbortSignal, only?: Caller): Promise<Scan> {
    const untilMs = this.#clock.monotonicMs() + this.#patienceMs
    for (;;) {
      const node = only ?? await this.#leader.proven(signal)
      const answer = await node.call('scan', {prefix}, signal).catch((error: unknown) => error as Error)
      signal.throwIfAborted()
      if (answer instanceof Error) await this.#failed(answer, node, untilMs)
      else if (await this.#leader.proves(node, signal)) {
        return {node, entries: sorted(answer.entries ?? []), revision: answer.revision ?? 0n}
      }
      if (only) throw notLeading(only)
      this.#leader.forget()
      await this.#clock.sleep(pauseMs, signal)
    }
  }

  /** Reads may be repeated, but what will never be answered is not. */
  async #failed(error: Error, node: Caller, untilMs: number): Promise<void> {
    const rpc = asRpcError(error)
    const verdict = verdictOfError(error, node.endpoint)
    const isFinal = rpc === undefined || rpc.trouble === 'oversized' || (verdict.state === 'not-done' && !verdict.again)
    if (isFinal || this.#clock.monotonicMs() >= untilMs) throw raftError(error, node.endpoint)
  }

  #node(id: number): Caller {
    const node = this.#leader.nodes.find(each => each.id === id)
    if (node) return node
    const known = this.#leader.nodes.map(each => each.id).join(', ')
    throw new UsageError(`the context has no node ${id}`, {code: 'UNKNOWN_NODE', hint: `It has: ${known}`})
  }
}

/** Of one node, by its own word only. */
async function readAt(node: Caller, request: ReadRequest, signal: AbortSignal): Promise<Read> {
  try {
    return {node, results: await readOnce(node, request, signal)}
  } catch (cause) {
    if (asRpcError(cause)?.code !== Status.precondition) throw raftError(cause, node.endpoint)
    throw notLeading(node, cause)
  }
}

function notLeading({id, endpoint}: Caller, cause?: unknown): UnreachableError {
  return new UnreachableError(`raft ${endpoint}: node ${id} does not lead`, {
    code: 'NOT_LEADER', endpoint, cause,
    hint: 'Only the leader serves such a read: leave out --node, or ask with --consistency eventual.',
  })
}

/** An answer leaves out keys that are not there, and keeps no order. */
export function valueOf(results: readonly KeyValue[], key: Uint8Array): Buffer | undefined {
  const found = results.find(each => Buffer.compare(each.key ?? nothing, key) === 0)
  return found && (found.value ?? nothing)
}

const nothing = Buffer.alloc(0)

function sorted(entries: readonly KeyValue[]): Entry[] {
  return entries
    .map(({key = nothing, value = nothing}) => ({key, value}))
    .sort((a, b) => Buffer.compare(a.key, b.key))
}
