import {systemClock} from '../../clients/net/deadline.ts'
import type {Target} from '../control.ts'
import type {SandboxPart} from '../sandbox.ts'
import {startRaftWorld, type RaftNodeSwitch} from './world.ts'

/** Three nodes of a Raft cluster that elect a leader, and another when that is killed. */
export const raft: SandboxPart = {
  system: 'raft',
  async start({nowMs}) {
    const {monotonicMs} = systemClock
    const world = await startRaftWorld({nowMs, monotonicMs, random: Math.random, hasLeases: true})
    await firstLeader(world.nodes)
    for (const [key, value] of seeds) await world.put(key, value)
    return {
      section: {endpoints: world.endpoints, ttl: true},
      lines: world.nodes.map(({id, endpoint}) => `${endpoint}  node ${id}`),
      targets: Object.fromEntries(world.nodes.map(node => [String(node.id), targetOf(node)])),
      stop: () => world.stop(),
    }
  },
}

/** What applications keep there: settings as JSON and text, a flag, bytes that are no text. */
const seeds: readonly (readonly [key: string, value: Buffer])[] = [
  ['/app/checkout/limits', Buffer.from('{"maxItems": 50, "timeoutMs": 2000}')],
  ['/app/checkout/region', Buffer.from('eu-central-1')],
  ['/app/payments/providers', Buffer.from('{\n  "primary": "acme-pay",\n  "fallback": "zeta-pay"\n}\n')],
  ['/app/payments/seal', Buffer.from('00c0ffee8badf00ddeadbeef0123456789abcdef', 'hex')],
  ['/flags/new-checkout', Buffer.from('on')],
  ['/leader/scheduler', Buffer.from('scheduler-2')],
]

/** The first election takes a second or two; whoever tries the sandbox should find it over. */
async function firstLeader(nodes: readonly RaftNodeSwitch[]): Promise<void> {
  const untilMs = systemClock.monotonicMs() + longestElectionMs
  while (!nodes.some(({role}) => role === 'leader') && systemClock.monotonicMs() < untilMs) await systemClock.sleep(20)
}

const longestElectionMs = 10_000

function targetOf(node: RaftNodeSwitch): Target {
  return {
    state: () => (node.liveness === 'up' ? `up, ${node.role}` : node.liveness),
    actions: {kill: () => node.kill(), freeze: () => node.freeze(), revive: () => node.revive()},
  }
}
