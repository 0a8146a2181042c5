import type {Target} from '../control.ts'
import type {SandboxPart} from '../sandbox.ts'
import type {SwitchableServer} from '../switchable.ts'
import {startTaelWorld} from './world.ts'

/** Two shards of tael and a query tier over them, holding an incident that ends now. */
export const tael: SandboxPart = {
  system: 'tael',
  async start({nowMs, hide}) {
    const world = await startTaelWorld({nowMs})
    for (const name of hide) world.hide(name)
    return {
      section: {url: world.tier.url},
      lines: [
        `${world.tier.url}  query tier`,
        ...world.shards.map(shard => `${shard.server.url}  ${shard.name}${hide.includes(shard.name) ? ' (left out by the tier)' : ''}`),
      ],
      targets: Object.fromEntries(world.shards.map(shard => [shard.name, targetOf(shard.server)])),
      stop: () => world.close(),
    }
  },
}

function targetOf(server: SwitchableServer): Target {
  return {
    state: () => server.state,
    actions: {kill: () => server.kill(), freeze: () => server.freeze(), revive: () => server.revive()},
  }
}
