import {join} from 'node:path'
import type {SandboxPart} from '../sandbox.ts'
import {trickle} from './trickle.ts'
import {startTaelWorld, type TaelWorld} from './world.ts'

/** Two shards of tael with a standby each, and a query tier over them, holding an incident that ends now. */
export const tael: SandboxPart = {
  system: 'tael',
  async start({dir, nowMs, hide, live}) {
    const world = await startTaelWorld({nowMs, dir: join(dir, 'tael')})
    for (const name of hide) world.hide(name)
    const ticks = live ? startTrickle(world, nowMs) : undefined
    return {
      section: {
        url: world.tier.url,
        shards: Object.fromEntries(world.groups.map(({name, first}) => [name, first.url])),
        groups: Object.fromEntries(world.groups.map(({name, nodes}) => [name, nodes.map(({node}) => node.url)])),
        walDir: world.groups[0]!.nodes[0]!.walDir,
      },
      lines: linesOf(world, hide),
      targets: world.targets(),
      stop: () => {
        clearInterval(ticks)
        return world.close()
      },
    }
  },
}

const tickMs = 1_000
const trickleSeed = 1

/** Sends what a small shop would, one second at a time. */
function startTrickle(world: TaelWorld, nowMs: () => number): NodeJS.Timeout {
  let tick = 0
  return setInterval(() => {
    tick += 1
    // A shard that cannot take it loses it, as an exporter does that gives up.
    void world.take(trickle(trickleSeed, tick, nowMs())).catch(() => undefined)
  }, tickMs).unref()
}

function linesOf({tier, groups}: TaelWorld, hide: readonly string[]): string[] {
  const hidden = (name: string) => (hide.includes(name) ? ' (left out by the tier)' : '')
  return [
    `${tier.url}  query tier`,
    ...groups.flatMap(({name, nodes}) => nodes.map(({id, node}) => `${node.url}  ${id}${hidden(name)}`)),
    `${groups[0]!.nodes[0]!.walDir}  WAL of ${groups[0]!.nodes[0]!.id}`,
  ]
}
