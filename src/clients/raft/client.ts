import type {Change} from '../net/change.ts'
import type {Clock} from '../net/deadline.ts'
import {SystemError} from '../net/errors.ts'
import {readOnce} from './caller.ts'
import {asRpcError, raftError, Status} from './errors.ts'
import {openNodes, type RaftNode, type RaftOptions} from './node.ts'
import {poll} from './poll.ts'
import {holdsLease, planProbe, type ProbeResult} from './probe.ts'
import {Policy} from './proto.ts'
import {
  compareTerms, isMet, isOlder, judge, membersOf, roleOfRefusal, type ClusterStatus, type ProvenLeader, type NodeReport,
  type Wanted,
} from './rules.ts'

/**
 * Asks the nodes of one d-engine cluster, each directly: none is believed about another. A node that is silent or
 * refuses is a report of its own, never an error; only the signal ends a method early, with its reason.
 */
export class RaftClient {
  readonly #nodes: RaftNode[]
  readonly #monotonicMs: () => number

  constructor(nodes: RaftNode[], monotonicMs: () => number) {
    this.#nodes = nodes
    this.#monotonicMs = monotonicMs
  }

  /** Connects to nothing yet; UsageError when an endpoint is none. */
  static async open(options: RaftOptions): Promise<RaftClient> {
    return new RaftClient(openNodes(options), options.monotonicMs)
  }

  /** One round: every node at once, each with one call at a time. A node that fails is part of the answer. */
  async status(signal: AbortSignal): Promise<ClusterStatus> {
    const reports = await Promise.all(this.#nodes.map(node => this.#ask(node, signal)))
    signal.throwIfAborted()
    return judge(reports)
  }

  /**
   * The first node that proves itself, without waiting for the others: a leader that lost its place cannot prove
   * itself for longer than its lease, and nobody else can be elected before that is over. Undefined when none does.
   */
  async leader(signal: AbortSignal): Promise<ProvenLeader | undefined> {
    const enough = new AbortController()
    const others = AbortSignal.any([signal, enough.signal])
    try {
      return await Promise.any(this.#nodes.map(node => prove(node, others)))
    } catch {
      signal.throwIfAborted()
      return undefined
    } finally {
      enough.abort()
    }
  }

  /** Asks until it is so; rejects with the signal's reason. */
  async waitFor(wanted: Wanted, intervalMs: number, clock: Clock, signal: AbortSignal): Promise<ClusterStatus> {
    for await (const status of this.watch(intervalMs, clock, signal)) if (isMet(wanted, status)) return status
    throw signal.reason
  }

  /** What is known of the cluster, each time that something was heard. Ends by the signal's reason. */
  watch(intervalMs: number, clock: Clock, signal: AbortSignal): AsyncGenerator<ClusterStatus, never> {
    const ask = async (index: number, stopped: AbortSignal) => {
      const report = await this.#ask(this.#nodes[index]!, stopped)
      stopped.throwIfAborted()
      return report
    }
    return poll(this.#nodes.map(unasked), ask, {intervalMs, clock}, signal)
  }

  /**
   * A small write to the leader, or to the node that calls itself so in the highest term, to learn whether writes are
   * applied. Undefined when no node leads by its own word.
   */
  planProbe({leader, nodes}: ClusterStatus, value: string): Change<ProbeResult> | undefined {
    const byTerm = nodes.filter(({role}) => role === 'leader').sort((a, b) => compareTerms(b.term, a.term))
    const endpoint = leader?.endpoint ?? byTerm[0]?.endpoint
    const node = this.#nodes.find(each => each.endpoint === endpoint)
    return node && planProbe(node, value)
  }

  close(): void {
    for (const node of this.#nodes) node.close()
  }

  async #ask(node: RaftNode, signal: AbortSignal): Promise<NodeReport> {
    const startedMs = this.#monotonicMs()
    const heard = () => Math.round((this.#monotonicMs() - startedMs) * 10) / 10
    const report = silent(node)
    try {
      const {nodes = [], leaderId} = await node.call('metadata', {}, signal)
      Object.assign(report, {reachable: true, latencyMs: heard()})
      if (isOlder(nodes)) return {...report, error: plain(olderServer(node.endpoint), node.endpoint)}
      Object.assign(report, {ready: true, names: leaderId ?? null, members: membersOf(nodes)})
    } catch (error) {
      return unanswered(report, error, heard())
    }
    return this.#prove(node, report, signal)
  }

  /**
   * The read comes before the question who leads: a leader that lost its place between the two is then not proven,
   * and the term is never older than the proof.
   */
  async #prove(node: RaftNode, report: NodeReport, signal: AbortSignal): Promise<NodeReport> {
    const failed = await readsLinearly(node, signal)
    try {
      const {leaderId, term} = await node.call('discover', {}, signal)
      const error = failed ? plain(failed, node.endpoint) : null
      const proven = failed === undefined
      const lease = !proven && await holdsLease(node, signal)
      return {...report, role: 'leader', leaderId: leaderId ?? null, term: term ?? 0n, proven, holdsLease: lease, error}
    } catch (error) {
      const rpc = asRpcError(error)
      if (rpc?.code !== Status.denied) return {...report, error: plain(error, node.endpoint)}
      const isExpected = asRpcError(failed)?.code === Status.precondition
      return {...report, role: roleOfRefusal(rpc.details), error: isExpected ? null : plain(failed, node.endpoint)}
    }
  }
}

/** Rejects when the node cannot. */
async function prove(node: RaftNode, signal: AbortSignal): Promise<ProvenLeader> {
  const failed = await readsLinearly(node, signal)
  if (failed !== undefined) throw failed
  const {leaderId, term} = await node.call('discover', {}, signal)
  return {id: leaderId ?? node.id, endpoint: node.endpoint, term: term ?? 0n}
}

/** An empty linearizable read: undefined when it passed, else why not. */
async function readsLinearly(node: RaftNode, signal: AbortSignal): Promise<unknown> {
  return readOnce(node, {policy: Policy.linearizable}, signal).then(() => undefined, (error: unknown) => error)
}

function silent({id, endpoint}: RaftNode): NodeReport {
  return {
    id, endpoint, reachable: false, ready: false, role: 'unknown', names: null, leaderId: null, term: null,
    proven: false, holdsLease: false, latencyMs: null, members: [], error: null,
  }
}

function unasked(node: RaftNode): NodeReport {
  return {...silent(node), error: {code: 'WAITING', message: 'it has not answered yet'}}
}

/** Being refused is an answer: learners refuse metadata, and nodes that wait for the others say so. */
function unanswered(report: NodeReport, error: unknown, latencyMs: number): NodeReport {
  const rpc = asRpcError(error)
  if (rpc?.code === Status.denied && /Learner/.test(rpc.details)) {
    return {...report, reachable: true, ready: true, role: 'learner', latencyMs}
  }
  const isUp = rpc?.answered === true
  return {...report, reachable: isUp, latencyMs: isUp ? latencyMs : null, error: plain(error, report.endpoint)}
}

function olderServer(endpoint: string): SystemError {
  return new SystemError(`raft ${endpoint}: a server of d-engine before 0.2.3`, {
    code: 'RAFT_VERSION', endpoint, hint: 'Its field types differ from 0.2.4, which is what this program speaks.',
  })
}

function plain(error: unknown, endpoint: string): NodeReport['error'] {
  const {code, message, hint} = raftError(error, endpoint)
  return {code, message, ...(hint === undefined ? {} : {hint})}
}
