import {escapeControl} from '../escape.ts'
import {instant} from '../units.ts'
import {view, wide, type Page, type Tone} from '../view.ts'

interface Member {id: number; address: string; kind: string}
interface Node {
  id: number; endpoint: string; reachable: boolean; ready: boolean; role: string; names: number | null
  term: bigint | null; proven: boolean; latencyMs: number | null; members: Member[]; error: {message: string} | null
}
interface Leader {id: number; endpoint: string; term: bigint | null}

/** The words say the same as the colour. */
function state({reachable, ready}: Node): string {
  return ready ? 'ready' : reachable ? 'not-ready' : 'down'
}

const tones: Record<string, Tone> = {ready: 'good', 'not-ready': 'warn', down: 'bad'}

export const raftNodeView = view<Node>('nodes', each => String(each.id), {
  node: each => each.id,
  endpoint: {get: each => each.endpoint, priority: 1},
  state: {get: state, tone: each => tones[state(each)], priority: 3},
  role: {get: each => each.role, priority: 3},
  proven: {get: each => (each.role === 'leader' ? (each.proven ? 'yes' : 'no') : null), priority: 3,
    tone: each => (each.role === 'leader' ? (each.proven ? 'good' : 'bad') : undefined)},
  term: each => each.term,
  names: {get: each => each.names, priority: 2},
  latency: {get: each => (each.latencyMs === null ? null : `${each.latencyMs}ms`), value: each => each.latencyMs,
    unit: 'ms', align: 'right', priority: 1},
  members: wide(each => each.members.map(({id, kind}) => (kind === 'voter' ? id : `${id}(${kind})`)).join(',')),
  error: wide(each => each.error?.message),
})

export const raftLeaderView = view<Leader>('leader', each => String(each.id), {
  leader: each => each.id,
  endpoint: each => each.endpoint,
  term: each => each.term,
})

export const raftMemberView = view<Member & {by: number[]}>('members', each => String(each.id), {
  member: each => each.id,
  address: each => each.address,
  kind: each => each.kind,
  'known-by': each => each.by.join(','),
}, {empty: 'no node told its members'})

const leaderWords = ({id, endpoint, term}: Leader) => `leader ${id} at ${endpoint} in term ${term}, proven`

/** Who leads, by proof. */
export function raftHeadline({leader, quorum}: {leader: Leader | null; quorum: boolean}, page: Page): string {
  if (leader) return page.paint('good', leaderWords(leader))
  return page.paint('bad', `no proven leader${quorum ? ', though one has a quorum' : ''}`)
}

type Change = {at: string} & (
  | {event: 'leader'; item: Leader} | {event: 'no-leader'; item: null} | {event: 'node'; item: Node}
  | {event: 'problem' | 'solved'; item: {problem: string}})

/** One line for a change of a cluster that is watched. */
export function raftChangeLine(change: Change, page: Page): string {
  const line = (tone: Tone, text: string) => `${instant(change.at)} ${page.paint(tone, escapeControl(text))}\n`
  switch (change.event) {
    case 'leader': return line('good', leaderWords(change.item))
    case 'no-leader': return line('bad', 'no proven leader')
    case 'problem': return line('warn', `problem: ${change.item.problem}`)
    case 'solved': return line('good', `solved: ${change.item.problem}`)
    case 'node': {
      const {id, role, names} = change.item
      return line('dim', `node ${id} ${state(change.item)} ${role}${names === null ? '' : `, names ${names}`}`)
    }
  }
}
