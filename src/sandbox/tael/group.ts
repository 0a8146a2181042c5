import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import type {Target} from '../control.ts'
import {electionStep, freezeMember, killMember, reviveMember, settledGroup, type Member} from './election.ts'
import {TaelNode} from './node.ts'
import type {Batch} from './records.ts'
import type {Shard} from './store.ts'

export interface GroupOptions {
  /** The shard's name; its nodes are `NAME` and `NAME-standby`. */
  name: string
  /** A folder for the WAL directories of its nodes. */
  dir: string
  nowMs: () => number
  /** See `NodeOptions`. */
  pace: number
}

export interface GroupNode {
  id: string
  walDir: string
  node: TaelNode
}

/** A standby that answers nothing is given up after so long, each time. */
const shipTimeoutMs = 30_000
const electionTickMs = 1_000
const lookMs = 100

/**
 * One shard: a leader and a standby that elect, each shipping what it takes to the other, as a coordinated pair
 * with TAEL_WAL_REQUIRED_ACKS=0 does: a standby that is down costs nothing, one that hangs holds every write up.
 */
export class ShardGroup {
  readonly name: string
  nodes: readonly GroupNode[] = []
  readonly #options: GroupOptions
  readonly #startedMs = performance.now()
  #members: Member[]
  /** Who leads before whom; real groups go by the node id, here `lead` changes it. */
  #order: string[]
  #ticks: NodeJS.Timeout | undefined

  static async start(options: GroupOptions): Promise<ShardGroup> {
    const group = new ShardGroup(options)
    group.nodes = await Promise.all(group.#order.map(id => group.#startNode(id)))
    group.#ticks = setInterval(() => group.#elect(), electionTickMs / options.pace).unref()
    return group
  }

  private constructor(options: GroupOptions) {
    this.#options = options
    this.name = options.name
    this.#order = [options.name, `${options.name}-standby`]
    this.#members = settledGroup(this.#order)
  }

  async #startNode(id: string): Promise<GroupNode> {
    const {dir, nowMs, pace} = this.#options
    const walDir = join(dir, id, 'wal')
    const node = await TaelNode.start({walDir, nowMs, pace, group: {
      facts: () => {
        const {isLeader, epoch} = this.#member(id)
        return {nodeId: id, isLeader, epoch}
      },
      ship: frame => this.#ship(id, frame),
    }})
    return {id, walDir, node}
  }

  #member(id: string): Member {
    return this.#members.find(each => each.id === id)!
  }

  /** Time as the group feels it. */
  get #feltMs(): number {
    return (performance.now() - this.#startedMs) * this.#options.pace
  }

  #elect(): void {
    this.#members = electionStep(this.#members, this.#order, this.#feltMs)
  }

  #change(id: string, edit: (member: Member, nowMs: number) => Member): void {
    this.#members = this.#members.map(each => (each.id === id ? edit(each, this.#feltMs) : each))
  }

  /** Follows the group's leader, as an exporter behind its address does; what nobody takes is lost, and false. */
  async take(batch: Batch): Promise<boolean> {
    const leading = this.#order.find(id => this.#member(id).process === 'up' && this.#member(id).isLeader)
    const leader = this.nodes.find(({id}) => id === leading)
    if (!leader) return false
    await leader.node.take(batch)
    return true
  }

  async #ship(from: string, frame: Buffer): Promise<void> {
    for (const {node} of this.nodes.filter(each => each.id !== from)) {
      const {pace} = this.#options
      const deadline = performance.now() + shipTimeoutMs / pace
      while (node.state === 'frozen' && performance.now() < deadline) {
        await sleep(lookMs / pace, undefined, {ref: false})
      }
      if (node.state !== 'up') continue
      try {
        node.receive(frame, BigInt(this.#member(from).epoch))
      } catch {
        // Fenced: a missing ack, which this group does not need.
      }
    }
  }

  /** What holds the shard's records for a query tier, which knows the first node only. */
  get first(): TaelNode {
    return this.nodes[0]!.node
  }

  get store(): Shard {
    return this.first.store
  }

  targets(): Record<string, Target> {
    return Object.fromEntries(this.nodes.map(({id, node}): [string, Target] => [id, {
      state: () => (node.state === 'up' && this.#member(id).isLeader ? 'up, leader' : node.state),
      actions: {
        freeze: () => {
          node.freeze()
          this.#change(id, freezeMember)
        },
        kill: () => {
          this.#change(id, killMember)
          return node.kill()
        },
        revive: async () => {
          await node.revive()
          this.#change(id, reviveMember)
          // The first election of a process is at its start, when it knows nobody.
          this.#elect()
        },
        lead: () => {
          if (node.state !== 'up') throw new Error(`${id} is ${node.state}: revive it first`)
          this.#order = [id, ...this.#order.filter(each => each !== id)]
          this.#elect()
        },
      },
    }]))
  }

  async close(): Promise<void> {
    clearInterval(this.#ticks)
    await Promise.all(this.nodes.map(({node}) => node.close()))
  }
}
