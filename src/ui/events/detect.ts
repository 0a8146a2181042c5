import type {Readings, SourceName} from '../model.ts'
import {leasesSeen, tasksSeen, type LeasesMemory, type TasksMemory} from './claims.ts'
import type {Happening, Seen} from './event.ts'
import {raftSeen, type RaftMemory} from './raft.ts'
import {alertsSeen, directivesSeen, type AlertsMemory, type DirectivesMemory} from './sets.ts'
import {shardsSeen, type ShardsMemory} from './shards.ts'

/** What the rules remember between two readings of their source. */
export interface Memories {
  raft?: RaftMemory
  shards?: ShardsMemory
  tasks?: TasksMemory
  leases?: LeasesMemory
  directives?: DirectivesMemory
  alerts?: AlertsMemory
}

type Rule<N extends keyof Memories> =
  (before: Memories[N], reading: Readings[N], nowMs: number) => Seen<NonNullable<Memories[N]>>
type Rules = {[N in keyof Memories]-?: Rule<N>}

const rules: Rules = {
  raft: raftSeen, shards: shardsSeen, tasks: tasksSeen, leases: leasesSeen, directives: directivesSeen,
  alerts: alertsSeen,
}

/** What a new reading says has happened. Sources without a rule only show what is. */
export function detect<N extends SourceName>(
  memories: Memories, name: N, reading: Readings[N], nowMs: number,
): {memories: Memories; happened: Happening[]} {
  if (!isRuled(name)) return {memories, happened: []}
  const rule = rules[name] as (before: unknown, reading: Readings[N], nowMs: number) => Seen<unknown>
  const {memory, happened} = rule(memories[name], reading, nowMs)
  return {memories: {...memories, [name]: memory}, happened}
}

function isRuled(name: SourceName): name is keyof Memories & SourceName {
  return Object.hasOwn(rules, name)
}
