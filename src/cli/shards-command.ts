import {Exit, UsageError} from '../clients/net/errors.ts'
import {createNodeProbe, type NodeProbe} from '../clients/tael/nodes.ts'
import {nodesOf, ShardWatch, type ShardsStatus} from '../clients/tael/shard-watch.ts'
import {toJson} from '../format/json.ts'
import {groupLine, nodeView} from '../format/views/shards.ts'
import {isMachine} from './output.ts'
import {TaelCommand} from './tael-command.ts'

/** A node's health is asked with this much patience at most, whatever --timeout says. */
const probeTimeoutMs = 2_000

/** What `tael shards` does once and again. */
export abstract class ShardsCommand extends TaelCommand {
  protected override readonly hasDocument = false
  #probe: NodeProbe | undefined

  protected async watchNodes(): Promise<ShardWatch> {
    const settings = await this.settings()
    const section = settings.section('tael')
    const wanted = this.shared['shard'] as string[] | undefined
    const nodes = nodesOf(section ?? {}).filter(node => !wanted || wanted.includes(node.shard))
    if (nodes.length === 0) {
      throw new UsageError('no context says which nodes there are', {
        hint: 'ctl context set NAME tael.shards.s0=http://host:port, and tael.groups.s0 with the standbys',
      })
    }
    const apiKey = section?.apiKey === undefined ? undefined : await settings.secret(section.apiKey)
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
    if (status.items.every(node => !node.healthy)) this.leave(Exit.unreachable, 'no node answers')
    if (!this.shared['allow-partial'] && !isWell(status)) this.leave(Exit.partial, 'not every node and group is well')
  }

  protected async follow(watch: ShardWatch, everyMs: number, count: number): Promise<void> {
    this.stopOnSignals()
    for (let look = 1; !this.signal.aborted; look += 1) {
      const status = await watch.look(this.signal).catch(() => undefined)
      if (!status) return
      if (this.io.stdout.isTTY && !isMachine(this.shared.output)) await this.write('\u001b[H\u001b[2J')
      if (this.shared.output === 'json') await this.write(`${toJson(status)}\n`)
      else await this.#write(status)
      if (look === count) return
      await this.io.clock.sleep(everyMs, this.signal).catch(() => undefined)
    }
  }

  async #write(status: ShardsStatus): Promise<void> {
    await this.print(nodeView(this.io.clock.nowMs()), status.items, {groups: status.groups})
    if (!isMachine(this.shared.output)) await this.write(status.groups.map(group => `${groupLine(group)}\n`).join(''))
  }
}

function isWell({items, groups}: ShardsStatus): boolean {
  return items.every(node => node.healthy && node.ready !== false)
    && groups.every(group => ['ok', 'uncoordinated'].includes(group.verdict))
}
