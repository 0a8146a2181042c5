import {join} from 'node:path'
import type {SandboxPart} from '../sandbox.ts'
import {startTaelWorld, type TaelWorld} from './world.ts'

/** Two shards of tael with a standby each, and a query tier over them, holding an incident that ends now. */
export const tael: SandboxPart = {
  system: 'tael',
  async start({dir, nowMs, hide}) {
    const world = await startTaelWorld({nowMs, dir: join(dir, 'tael')})
    for (const name of hide) world.hide(name)
    return {
      section: {
        url: world.tier.url,
        shards: Object.fromEntries(world.groups.map(({name, first}) => [name, first.url])),
        groups: Object.fromEntries(world.groups.map(({name, nodes}) => [name, nodes.map(({node}) => node.url)])),
        walDir: world.groups[0]!.nodes[0]!.walDir,
      },
      lines: linesOf(world, hide),
      targets: world.targets(),
      stop: () => world.close(),
    }
  },
}

function linesOf({tier, groups}: TaelWorld, hide: readonly string[]): string[] {
  const hidden = (name: string) => (hide.includes(name) ? ' (left out by the tier)' : '')
  return [
    `${tier.url}  query tier`,
    ...groups.flatMap(({name, nodes}) => nodes.map(({id, node}) => `${node.url}  ${id}${hidden(name)}`)),
    `${groups[0]!.nodes[0]!.walDir}  WAL of ${groups[0]!.nodes[0]!.id}`,
  ]
}
