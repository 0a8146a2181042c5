import type {Group, Readings} from '../model.ts'
import type {Happening, Seen} from './event.ts'

interface GroupMemory {
  /** The last one that was known. */
  leader: string | null
  /** The last verdict that could be believed. */
  verdict: string
}

export interface ShardsMemory {
  down: ReadonlySet<string>
  groups: ReadonlyMap<string, GroupMemory>
}

const isBad = (verdict: string) => verdict === 'split' || verdict === 'no-leader'

/** What happened to the nodes and groups of tael since the last reading. */
export function shardsSeen(before: ShardsMemory | undefined, {items, groups}: Readings['shards']): Seen<ShardsMemory> {
  const down = new Set(items.filter(node => !node.healthy).map(({url}) => url))
  const memory = {
    down, groups: new Map(groups.map(group => [group.shard, remember(before?.groups.get(group.shard), group)])),
  }
  if (!before) return {memory, happened: []}
  const named = (node: {shard: string; nodeId: string | null; url: string}) =>
    `${node.shard} ${node.nodeId ?? node.url}`
  return {
    memory,
    happened: [
      ...items.filter(({url}) => down.has(url) && !before.down.has(url)).map((node): Happening => (
        {kind: 'shard lost', subject: node.url, text: `${node.shard} ${node.url}: ${node.error ?? 'no answer'}`})),
      ...items.filter(({url}) => !down.has(url) && before.down.has(url)).map((node): Happening => (
        {kind: 'shard back', subject: node.url, text: `${named(node)} answers again`})),
      ...groups.flatMap(group => groupHappened(before.groups.get(group.shard), group)),
    ],
  }
}

/** A verdict in doubt, and one of nodes that say nothing, leave the last known one as it was. */
function remember(before: GroupMemory | undefined, {leader, verdict, settling}: Group): GroupMemory {
  const isKnown = !settling && verdict !== 'unknown'
  return {leader: leader ?? before?.leader ?? null, verdict: isKnown ? verdict : before?.verdict ?? 'unknown'}
}

function groupHappened(before: GroupMemory | undefined, group: Group): Happening[] {
  if (!before) return []
  const {shard: subject} = group
  const after = remember(before, group)
  const happened: Happening[] = []
  if (isBad(after.verdict) && after.verdict !== before.verdict) {
    const isSplit = after.verdict === 'split'
    happened.push({
      kind: isSplit ? 'split' : 'leader lost', subject,
      text: `${subject}: ${isSplit ? 'more than one node leads' : 'no node leads'}`,
    })
  } else if (isBad(before.verdict) && !isBad(after.verdict)) {
    happened.push({
      kind: 'healed', subject, text: `${subject}: ${after.verdict}${group.leader ? `, led by ${group.leader}` : ''}`,
    })
  }
  if (group.leader !== null && before.leader !== null && group.leader !== before.leader) {
    happened.push({kind: 'leader changed', subject, text: `${subject}: ${group.leader}; before ${before.leader}`})
  }
  return happened
}
