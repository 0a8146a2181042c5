import {Exit, UnreachableError, type OpsError} from '../net/errors.ts'
import type {Clock} from '../net/deadline.ts'
import {readOnce, type Caller, type Read, type ReadRequest} from './caller.ts'
import {raftError, Status} from './errors.ts'
import {mayHaveLeaderSoon} from './outcome.ts'
import {Policy} from './proto.ts'
import {RpcError} from './rpc-error.ts'

/** One search: who is asked what, since when, and what the last word of each was. */
interface Search {
  nodes: readonly Caller[]
  request: ReadRequest
  untilMs: number
  failed: Map<Caller, unknown>
}

const pauseMs = 100

/**
 * Reads from whoever serves them. A node that answers a linearizable read leads, by the only proof there is, so the
 * read itself finds the leader: the last one is asked first, then all, each again and again until one answers. A
 * node that stands still holds up nobody, and no second call of ours waits for it.
 */
export class Leader {
  readonly nodes: readonly Caller[]
  readonly #clock: Clock
  readonly #patienceMs: number
  readonly #busy = new Map<Caller, Promise<unknown>>()
  #known: Caller | undefined

  /** `patienceMs`: how long an election may take before a read gives up. */
  constructor(nodes: readonly Caller[], clock: Clock, patienceMs: number) {
    this.nodes = nodes
    this.#clock = clock
    this.#patienceMs = patienceMs
  }

  /** Reads by a policy; rejects with UnreachableError (`NO_LEADER`, `UNREACHABLE`) when nobody serves it in time. */
  async read(request: ReadRequest, signal: AbortSignal): Promise<Read> {
    const untilMs = this.#clock.monotonicMs() + this.#patienceMs
    const search = {nodes: this.nodes, request, untilMs, failed: new Map<Caller, unknown>()}
    const known = this.#known
    const found = (known && await this.#once(known, search, signal).catch(() => undefined))
      || await this.#search(search, signal)
    if (request.policy !== Policy.eventual) this.#known = found.node
    return found
  }

  /** The leader, proven just now. */
  async proven(signal: AbortSignal): Promise<Caller> {
    return (await this.read({policy: Policy.linearizable}, signal)).node
  }

  /** Whether this node leads now. */
  async proves(node: Caller, signal: AbortSignal): Promise<boolean> {
    const request = {policy: Policy.linearizable}
    const search = {nodes: [node], request, untilMs: 0, failed: new Map<Caller, unknown>()}
    return this.#once(node, search, signal).then(() => true, () => false)
  }

  /** The next read asks all nodes. */
  forget(): void {
    this.#known = undefined
  }

  async #search(search: Search, signal: AbortSignal): Promise<Read> {
    signal.throwIfAborted()
    this.#known = undefined
    const over = new AbortController()
    const ended = AbortSignal.any([signal, over.signal])
    try {
      return await Promise.any(search.nodes.map(node => this.#askAgain(node, search, signal, ended)))
    } catch {
      signal.throwIfAborted()
      throw nobody(search, this.#patienceMs)
    } finally {
      over.abort()
    }
  }

  /** Asks one node until it answers, the search has ended, or there is no hope left. */
  async #askAgain(node: Caller, search: Search, signal: AbortSignal, ended: AbortSignal): Promise<Read> {
    for (;;) {
      await this.#busy.get(node)
      ended.throwIfAborted()
      try {
        return await this.#once(node, search, signal)
      } catch (error) {
        if (isHopeless(search) || this.#clock.monotonicMs() >= search.untilMs) throw error
      }
      await this.#clock.sleep(pauseMs, ended)
    }
  }

  #once(node: Caller, {request, failed}: Search, signal: AbortSignal): Promise<Read> {
    const asked = readOnce(node, request, signal).then(results => ({node, results}))
    const settled: Promise<unknown> = asked.catch((error: unknown) => void failed.set(node, error)).then(() => {
      if (this.#busy.get(node) === settled) this.#busy.delete(node)
    })
    this.#busy.set(node, settled)
    return asked
  }
}

/** Every node has answered, and none of them as one that waits for an election or might just be slow. */
function isHopeless({nodes, failed}: Search): boolean {
  return nodes.every(node => failed.has(node) && !mayHaveLeaderSoon(failed.get(node)))
}

function nobody(search: Search, patienceMs: number): OpsError {
  const {nodes, failed} = search
  const isElecting = !isHopeless(search)
  const errors = nodes.map(node => ({node, error: raftError(failed.get(node) ?? unheard, node.endpoint)}))
  const [only] = errors
  const isOneFault = errors.every(({error: {exit}}) => exit === only?.error.exit && exit !== Exit.unreachable)
  if (only && !isElecting && isOneFault) return only.error
  const said = errors.map(({node, error}) => `node ${node.id}: ${error.message.replace(/^raft /, '')}`).join('; ')
  const what = isElecting ? `no leader answered within ${patienceMs} ms` : 'no node serves a read'
  return new UnreachableError(`${what} (${said})`, {
    code: isElecting ? 'NO_LEADER' : 'UNREACHABLE', endpoint: nodes.map(({endpoint}) => endpoint).join(','),
    hint: isElecting ? 'ctl raft status shows each node.' : only?.error.hint,
    details: {nodes: errors.map(({node: {id, endpoint}, error}) => ({id, endpoint, error: error.message}))},
  })
}

const unheard = new RpcError(Status.deadline, 'not heard of', {sent: false})
