import {
  learnerRole, messageLimitBytes, Policy, WatchEvent, type Calls, type ClientResponse, type ClusterMembership,
  type LeaderDiscovery, type MembershipSnapshot, type ScanResponse, type WatchResponse,
} from '../../clients/raft/proto.ts'
import {Status} from '../../clients/raft/rpc-error.ts'
import {callLimitMs, type Member} from './member.ts'

/** A gRPC status with words, as a real node gives it. */
export class Refusal extends Error {
  readonly code: number

  constructor(code: number, details: string) {
    super(details)
    this.code = code
  }
}

export interface MemberInfo {
  id: number
  /** Of the port that it serves. */
  address: string
}

const [voterRole, activeStatus] = [learnerRole - 3, 3]

/** What is decoded from the wire may lack any field. */
type Received<T> = {[K in keyof T]?: T[K]}

/** What one node answers. The words are those of d-engine 0.2.4, held to it by the contract cases. */
export class RaftService {
  readonly #member: Member
  readonly #members: readonly MemberInfo[]
  readonly #nowMs: () => number

  constructor(member: Member, members: readonly MemberInfo[], nowMs: () => number) {
    this.#member = member
    this.#members = members
    this.#nowMs = nowMs
  }

  metadata(): ClusterMembership {
    this.#refuseUnready()
    const nodes = this.#members.map(({id, address}) => ({id, address, role: voterRole, status: activeStatus}))
    return {nodes, leaderId: this.#member.names}
  }

  discover(): LeaderDiscovery {
    this.#refuseUnready()
    const {id, role, term} = this.#member
    const {address} = this.#members.find(each => each.id === id)!
    if (role === 'leader') return {leaderId: id, address, term: BigInt(term)}
    const word = role === 'follower' ? 'Follower' : 'Candidate'
    throw new Refusal(Status.denied, `${word} should not response DiscoverLeader event.`)
  }

  async write({command}: Received<Calls['write']['request']>): Promise<ClientResponse> {
    this.#refuseUnready()
    if (!command || Object.keys(command).length === 0) {
      throw new Refusal(Status.argument, 'WriteCommand must contain an operation')
    }
    this.#refuseFollower()
    return {write: {succeeded: await inTime(this.#member.propose(command))}}
  }

  async read({keys = [], policy}: Received<Calls['read']['request']>): Promise<ClientResponse> {
    this.#refuseUnready()
    if (policy !== Policy.eventual) {
      this.#refuseFollower()
      if (policy === Policy.lease) await this.#holdingLease(() => true)
      else await this.#holdingLease(() => this.#member.isApplied)
    }
    return {read: {results: this.#member.machine.read(keys, this.#nowMs())}}
  }

  /** Answered by a leader without asking anybody. */
  scan({prefix = new Uint8Array()}: Received<Calls['scan']['request']>): ScanResponse {
    this.#refuseUnready()
    this.#refuseFollower()
    const {machine} = this.#member
    return {entries: machine.scan(prefix, this.#nowMs()), revision: BigInt(machine.applied)}
  }

  /** Accepted by a node that is not ready, too, which is then silent. Returns what ends it. */
  watch(request: Received<Calls['watch']['request']>, send: (event: WatchResponse) => void): () => void {
    const {key = new Uint8Array(), prefix = false, prevKv = false} = request
    const text = Buffer.from(key).toString('latin1')
    if (prefix && !(text.startsWith('/') && text.endsWith('/'))) {
      throw new Refusal(Status.argument, "prefix must start with '/' and end with '/'")
    }
    const appliedAtStart = BigInt(this.#member.machine.applied)
    const progress = setInterval(() => send({event: WatchEvent.progress, revision: appliedAtStart}), 30_000)
    const end = this.#member.machine.watch(key, prefix, prevKv, send)
    return () => {
      clearInterval(progress)
      end()
    }
  }

  /** Who belongs to it, once: the members of a sandbox never change. */
  watchMembership(send: (snapshot: MembershipSnapshot) => void): () => void {
    this.#refuseUnready()
    send({members: this.#members.map(({id}) => id)})
    return () => undefined
  }

  #refuseUnready(): void {
    if (!this.#member.isReady) throw new Refusal(Status.unavailable, 'Service is not ready')
  }

  #refuseFollower(): void {
    if (this.#member.role !== 'leader') throw new Refusal(Status.precondition, 'Not leader')
  }

  /** A leader answers on the strength of its lease, and asks for a new one when that has run out. */
  async #holdingLease(isEnough: () => boolean): Promise<void> {
    const member = this.#member
    if (!member.hasLease) {
      const isNew = member.names === undefined
      if (isNew) throw new Refusal(Status.unavailable, 'LeaderNotReady: noop not committed')
      member.replicate()
    }
    if (member.role !== 'leader') throw new Refusal(Status.unavailable, 'Leader stepped down')
    if (!member.hasLease || !isEnough()) await inTime(new Promise<never>(() => undefined))
  }
}

/** Gives up as the server does after 50 ms; what was proposed goes on. */
async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Refusal(Status.deadline, 'RPC timeout exceeded')), callLimitMs)
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}

/** What a node says of a request that is too large for it. */
export function tooLarge(sizeBytes: number): Refusal {
  return new Refusal(Status.range,
    `Error, decoded message length too large: found ${sizeBytes} bytes, the limit is: ${messageLimitBytes} bytes`)
}
