import type {Readings} from '../model.ts'
import type {Happening, Seen} from './event.ts'

export interface RaftMemory {
  /** The last one that was proven, kept while there is none. */
  leader: {id: number; term: bigint | null} | null
  hasLeader: boolean
  down: ReadonlySet<number>
}

/** What happened to a cluster since the last reading; the first one only says how things are. */
export function raftSeen(before: RaftMemory | undefined, {leader, items}: Readings['raft']): Seen<RaftMemory> {
  const down = new Set(items.filter(node => !node.reachable).map(({id}) => id))
  const memory = {
    leader: leader ? {id: leader.id, term: leader.term} : before?.leader ?? null, hasLeader: leader !== null, down,
  }
  if (!before) return {memory, happened: []}
  const lost = items.filter(({id}) => down.has(id) && !before.down.has(id))
  const back = items.filter(({id}) => !down.has(id) && before.down.has(id))
  return {
    memory,
    happened: [
      ...lost.map((node): Happening => (
        {
          kind: 'node lost', subject: `raft ${node.id}`, text: `node ${node.id}: ${node.error?.message ?? 'no answer'}`,
        })),
      ...back.map((node): Happening => ({
        kind: 'node back', subject: `raft ${node.id}`, text: `node ${node.id} answers again`,
      })),
      ...leaderHappened(before, leader),
    ],
  }
}

function leaderHappened(before: RaftMemory, leader: Readings['raft']['leader']): Happening[] {
  const subject = 'raft'
  if (!leader) {
    return before.hasLeader
      ? [{kind: 'leader lost', subject, text: `nobody proves to lead; ${before.leader?.id} did`}]
      : []
  }
  const text = `node ${leader.id}, term ${leader.term ?? '?'}`
  const isOther = before.leader !== null && (before.leader.id !== leader.id || before.leader.term !== leader.term)
  if (isOther) return [
    {kind: 'leader changed', subject, text: `${text}; before ${before.leader!.id}, term ${before.leader!.term ?? '?'}`},
  ]
  return before.hasLeader ? [] : [{kind: 'leader back', subject, text}]
}
