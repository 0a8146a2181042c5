import type {WriteCommand} from '../../clients/raft/proto.ts'
import type {Liveness} from '../switchable.ts'
import {StateMachine} from './state-machine.ts'

/** What d-engine's defaults are: heartbeats, the lease of a leader, what a call may take, and elections. */
const heartbeatMs = 100
const leaseMs = 250
export const callLimitMs = 50
/** Longer than d-engine's 500 to 1000 ms: a real cluster needed 1.3 to 1.9 s, for more than one round. */
const electionMs = {least: 1_000, most: 1_600}

interface Entry {
  term: number
  /** Undefined for the empty entry with which a leader begins. */
  command?: WriteCommand
}

/** Time and chance of a cluster. */
export interface Ambient {
  /** Never jumps. */
  monotonicMs(): number
  /** Of the calendar. */
  nowMs(): number
  random(): number
}

/** One voter: Raft as far as it can be seen from outside, with calls between the members being plain calls. */
export class Member {
  readonly id: number
  readonly machine: StateMachine
  liveness: Liveness = 'up'
  isReady = false
  role: 'leader' | 'follower' | 'candidate' = 'follower'
  term = 1
  /** Whom it takes for the leader. */
  names: number | undefined
  readonly #ambient: Ambient
  #others: readonly Member[] = []
  #log: Entry[] = []
  #committed = 0
  #electionAtMs = 0
  #heartbeatAtMs = 0
  #contactAtMs = Number.NEGATIVE_INFINITY
  readonly #results = new Map<Entry, (succeeded: boolean) => void>()

  constructor(id: number, ambient: Ambient, hasLeases: boolean) {
    this.id = id
    this.#ambient = ambient
    this.machine = new StateMachine(hasLeases)
    this.#postpone()
  }

  meet(all: readonly Member[]): void {
    this.#others = all.filter(other => other !== this)
  }

  /** It serves clients and takes part. */
  get isActive(): boolean {
    return this.liveness === 'up' && this.isReady
  }

  /** Its first entry is committed: it may answer linearizable reads. */
  get isSettled(): boolean {
    return this.#log[this.#committed - 1]?.term === this.term
  }

  /** A quorum answered a heartbeat within the lease. */
  get hasLease(): boolean {
    return this.#ambient.monotonicMs() - this.#contactAtMs <= leaseMs
  }

  get isApplied(): boolean {
    return this.machine.applied === this.#committed
  }

  /** What only a process remembers is gone; log, term and what was applied are on disk. */
  restart(): void {
    this.isReady = false
    this.role = 'follower'
    this.names = undefined
    this.#contactAtMs = Number.NEGATIVE_INFINITY
    this.#results.clear()
    this.machine.forgetWatchers()
  }

  freeze(): void {
    if (this.liveness === 'up') this.liveness = 'frozen'
  }

  /** Awake again: what the others sent meanwhile comes before its own impatience. */
  thaw(): void {
    this.liveness = 'up'
    this.#postpone()
  }

  tick(): void {
    if (this.liveness !== 'up') return
    // A voter waits until all the others answer; their health says that they do as soon as they run.
    if (!this.isReady && this.#others.every(other => other.liveness === 'up')) {
      this.isReady = true
      this.#postpone()
    }
    if (!this.isReady) return
    const nowMs = this.#ambient.monotonicMs()
    if (this.role === 'leader') {
      if (nowMs >= this.#heartbeatAtMs) this.replicate()
    } else if (nowMs >= this.#electionAtMs) this.#stand()
  }

  /** Appends to the log of a leader; resolves when it is applied. What nobody waits for any more is applied as well. */
  propose(command: WriteCommand): Promise<boolean> {
    const entry: Entry = {term: this.term, command}
    this.#log.push(entry)
    const applied = new Promise<boolean>(resolve => this.#results.set(entry, resolve))
    this.replicate()
    return applied
  }

  /** A round of heartbeats, which carry the log. */
  replicate(): void {
    this.#heartbeatAtMs = this.#ambient.monotonicMs() + heartbeatMs
    const reached = this.#others.filter(other => other.isActive)
    const newer = reached.find(other => other.term > this.term)
    if (newer) return this.#stepDown(newer.term)
    for (const other of reached) other.#follow(this)
    if (!this.#isMajority(reached.length + 1)) return
    this.#contactAtMs = this.#ambient.monotonicMs()
    this.#committed = this.#log.length
    this.names = this.id
    this.#apply()
  }

  #follow(leader: Member): void {
    this.role = 'follower'
    this.term = leader.term
    if (leader.isSettled) this.names = leader.id
    this.#copyLog(leader.#log)
    this.#committed = leader.#committed
    this.#postpone()
    this.#apply()
  }

  /** Takes over what the leader has; what it has not was never committed. */
  #copyLog(theirs: readonly Entry[]): void {
    while (this.#log.length > 0 && this.#log.at(-1) !== theirs[this.#log.length - 1]) this.#log.pop()
    for (let at = this.#log.length; at < theirs.length; at += 1) this.#log.push(theirs[at]!)
  }

  #apply(): void {
    while (this.machine.applied < this.#committed) {
      const entry = this.#log[this.machine.applied]!
      const succeeded = this.machine.apply(entry.command, this.machine.applied + 1, this.#ambient.nowMs())
      if (succeeded === undefined) return
      this.#results.get(entry)?.(succeeded)
      this.#results.delete(entry)
    }
  }

  #stand(): void {
    this.role = 'candidate'
    this.term += 1
    this.#postpone()
    const votes = this.#others.filter(other => other.isActive && other.#votesFor(this))
    if (!this.#isMajority(votes.length + 1)) return
    this.role = 'leader'
    this.names = undefined
    this.#contactAtMs = Number.NEGATIVE_INFINITY
    this.#log.push({term: this.term})
    // The others hear of it with the next heartbeat; until then linearizable reads are refused.
    this.#heartbeatAtMs = this.#ambient.monotonicMs() + heartbeatMs / 2
  }

  #votesFor(candidate: Member): boolean {
    if (candidate.term <= this.term || this.#isAheadOf(candidate)) return false
    if (this.role === 'leader') this.#stepDown(candidate.term)
    this.term = candidate.term
    this.#postpone()
    return true
  }

  #isAheadOf(candidate: Member): boolean {
    const [own, theirs] = [this.#log.at(-1)?.term ?? 0, candidate.#log.at(-1)?.term ?? 0]
    return own > theirs || (own === theirs && this.#log.length > candidate.#log.length)
  }

  #stepDown(term: number): void {
    this.role = 'follower'
    this.term = term
    this.#results.clear()
    this.#postpone()
  }

  #postpone(): void {
    const {least, most} = electionMs
    this.#electionAtMs = this.#ambient.monotonicMs() + least + this.#ambient.random() * (most - least)
  }

  #isMajority(count: number): boolean {
    return count > (this.#others.length + 1) / 2
  }
}
