import type {Clock} from '../net/deadline.ts'
import {settle, settleMs, verdictOf, type Settled, type Verdict} from './cluster-verdict.ts'
import type {NodeAddress, NodeProbe, NodeStatus} from './nodes.ts'

export interface GroupStatus {
  shard: string
  nodes: number
  healthy: number
  leader: string | null
  verdict: Verdict
  /** Seen for less than 3 s, which a change of leader explains. */
  settling: boolean
}

export interface ShardsStatus {
  items: NodeStatus[]
  groups: GroupStatus[]
}

/** The nodes of a context: the members of each group, shards without one by themselves, else the one server. */
export function nodesOf(
  section: {url?: string; shards?: Record<string, string>; groups?: Record<string, string[]>},
): NodeAddress[] {
  const names = [...new Set([...Object.keys(section.shards ?? {}), ...Object.keys(section.groups ?? {})])]
  const found = names.flatMap(shard => {
    const urls = new Set([
      ...(section.groups?.[shard] ?? []), ...(section.shards?.[shard] ? [section.shards[shard]] : []),
    ])
    return [...urls].map(url => ({shard, url}))
  })
  return found.length > 0 ? found : section.url ? [{shard: 'default', url: section.url}] : []
}

/** Remembers how long each group's verdict has stood. */
export class ShardWatch {
  readonly #probe: NodeProbe
  readonly #clock: Clock
  readonly #settled = new Map<string, Settled>()

  constructor(probe: NodeProbe, clock: Clock) {
    this.#probe = probe
    this.#clock = clock
  }

  async look(signal?: AbortSignal): Promise<ShardsStatus> {
    const items = await this.#probe.probe(signal)
    const nowMs = this.#clock.monotonicMs()
    const groups = [...Map.groupBy(items, node => node.shard)].map(([shard, nodes]): GroupStatus => {
      const settled = settle(this.#settled.get(shard), verdictOf(nodes), nowMs)
      this.#settled.set(shard, settled)
      return {
        shard, nodes: nodes.length, healthy: nodes.filter(node => node.healthy).length,
        leader: settled.verdict === 'ok' ? leaderOf(nodes) : null, verdict: settled.verdict, settling: settled.settling,
      }
    })
    return {items, groups}
  }

  /** Looks until no bad verdict is in doubt: at once when all is well, else for about 3 s. */
  async settle(signal?: AbortSignal): Promise<ShardsStatus> {
    for (;;) {
      const status = await this.look(signal)
      if (!status.groups.some(group => group.settling)) return status
      await this.#clock.sleep(settleMs / 6, signal)
    }
  }
}

function leaderOf(nodes: NodeStatus[]): string | null {
  const leader = nodes.find(node => node.isLeader)
  return leader?.nodeId ?? leader?.url ?? null
}
