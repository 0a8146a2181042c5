import {Exit, UsageError} from '../clients/net/errors.ts'
import {createNodeProbe, type NodeProbe} from '../clients/tael/nodes.ts'
import {ShardWatch, type ShardsStatus} from '../clients/tael/shard-watch.ts'
import {toJson} from '../format/json.ts'
import {groupLine, nodeView} from '../format/views/shards.ts'
import {taelNodes} from './open/tael.ts'
import {namedServer, TaelCommand} from './tael-command.ts'
import type {ShardFlags} from './tael-shards.ts'

/** A node's health is asked with this much patience at most, whatever --timeout says. */
const probeTimeoutMs = 2_000

/** What `tael shards` does once and again. */
export abstract class ShardsCommand extends TaelCommand {
  protected override readonly hasDocument = false
  #probe: NodeProbe | undefined

  protected async watchNodes(): Promise<ShardWatch> {
    const {shard, via, 'api-key': apiKeyFlag} = this.shared as ShardFlags & {'api-key'?: string}
    if (via === 'query-tier') {
      throw new UsageError('a query tier cannot tell how its shards are', {
        hint: 'Leave --via out: each node is asked itself.',
      })
    }
    const {nodes, apiKey} = await taelNodes(await this.openTools(), {
      server: namedServer(this.shared), apiKey: apiKeyFlag, shard,
    })
    if (nodes.length === 0) {
      throw new UsageError('no context says which nodes there are', {
        hint: 'Name one with --server, or all: ctl context set NAME tael.shards.s0=http://host:port, '
          + 'and tael.groups.s0 with the standbys',
      })
    }
    this.#probe = createNodeProbe(nodes, {
      headers: apiKey ? {authorization: `Bearer ${apiKey}`} : {},
      timeoutMs: Math.min(this.shared.timeout, probeTimeoutMs), connectTimeoutMs: this.shared['connect-timeout'],
      retries: 0, clock: this.io.clock,
    })
    return new ShardWatch(this.#probe, this.io.clock)
  }

  protected override async finally(error: Error | undefined): Promise<void> {
    await this.#probe?.close()
    await super.finally(error)
  }

  /** Prints nodes and groups, and leaves with the code that fits them. */
  protected async printStatus(status: ShardsStatus): Promise<void> {
    await this.#write(status)
    this.#leaveFor(status)
  }

  #leaveFor(status: ShardsStatus): void {
    if (status.items.every(node => !node.healthy)) this.leave(Exit.unreachable)
    if (!this.shared['allow-partial'] && !isWell(status)) this.leave(Exit.partial)
  }

  /** Looks again and again; after `count` looks it leaves as one look would. */
  protected async follow(watch: ShardWatch, everyMs: number, count: number): Promise<void> {
    this.stopOnSignals()
    for (let look = 1; !this.signal.aborted; look += 1) {
      const status = await watch.look(this.signal)
      if (this.signal.aborted) return
      await this.#redraw(status)
      if (look === count) return this.#leaveFor(status)
      await this.io.clock.sleep(everyMs, this.signal).catch(() => undefined)
    }
  }

  /** A look is one line for programs, and takes the place of the one before in a terminal. */
  async #redraw(status: ShardsStatus): Promise<void> {
    if (['json', 'jsonl'].includes(this.shared.output)) {
      return this.write(`${toJson({at: rfcNow(this.io.clock), ...status})}\n`)
    }
    if (this.io.stdout.isTTY && this.isForPeople) await this.write('\u001b[H\u001b[2J')
    await this.#write(status)
  }

  async #write(status: ShardsStatus): Promise<void> {
    await this.print(nodeView(this.io.clock.nowMs()), status.items, {groups: status.groups})
    if (this.isForPeople) await this.write(status.groups.map(group => `${groupLine(group)}\n`).join(''))
  }
}

const rfcNow = ({nowMs}: {nowMs(): number}): string => new Date(nowMs()).toISOString()

function isWell({items, groups}: ShardsStatus): boolean {
  return items.every(node => node.healthy && node.ready !== false)
    && groups.every(group => ['ok', 'uncoordinated'].includes(group.verdict))
}
