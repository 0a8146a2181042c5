import {instant, relative} from '../units.ts'
import {view, wide} from '../view.ts'

/* The statuses as the client gives them; spelled out here because formats know no client. */
interface Node {
  shard: string; url: string; healthy: boolean; latencyMs: number | null; ready: boolean | null; nodeId: string | null
  coordinated: boolean | null; isLeader: boolean | null; epoch: number | bigint | null; version: string | null
  lastAcceptedAt: string | null; errors: number | null; shed: number | null; inFlight: number | null
  error: string | null
}
interface Group {
  shard: string; nodes: number; healthy: number; leader: string | null; verdict: string; settling: boolean
}

const role = (node: Node) =>
  node.coordinated === null ? null : !node.coordinated ? 'uncoordinated' : node.isLeader ? 'leader' : 'standby'

export function nodeView(nowMs: number) {
  return view<Node>('nodes', each => each.url, {
    shard: each => each.shard,
    node: {get: each => each.nodeId ?? each.url, priority: 2},
    health: {get: each => (each.healthy ? 'up' : 'down'), tone: each => (each.healthy ? 'good' : 'bad')},
    ready: {get: each => each.ready, tone: each => (each.ready === false ? 'bad' : undefined)},
    role: each => role(each),
    epoch: {get: each => each.epoch, align: 'right'},
    version: each => each.version,
    latency: {
      get: each => (each.latencyMs === null ? null : `${each.latencyMs}ms`), value: each => each.latencyMs, unit: 'ms',
      align: 'right',
    },
    ingested: {
      get: each => (each.lastAcceptedAt === null ? null : relative(Date.parse(each.lastAcceptedAt), nowMs)),
      value: each => each.lastAcceptedAt,
    },
    errors: {get: each => each.errors, tone: each => (each.errors ? 'bad' : undefined)},
    shed: {get: each => each.shed, tone: each => (each.shed ? 'bad' : undefined)},
    'in flight': each => each.inFlight,
    accepted: wide(each => (each.lastAcceptedAt === null ? null : instant(each.lastAcceptedAt))),
    url: wide(each => each.url),
    error: {get: each => each.error, priority: -1},
  }, {empty: 'no nodes', data: node => ({...node, role: role(node)})})
}

/** `s0: split (3 of 3 up)` */
export function groupLine(group: Group): string {
  const lasting = group.settling ? ', may be a change of leader' : ''
  const leader = group.leader ? `, leader ${group.leader}` : ''
  return `${group.shard}: ${group.verdict} (${group.healthy} of ${group.nodes} up${leader}${lasting})`
}
