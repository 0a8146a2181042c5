import type {ruleView} from '../format/views/alerts.ts'
import type {artifactView} from '../format/views/artifact.ts'
import type {directiveView} from '../format/views/directive.ts'
import type {leaseLagView} from '../format/views/export-lag.ts'
import type {raftNodeView} from '../format/views/raft.ts'
import type {kvView} from '../format/views/raft-kv.ts'
import type {nodeView} from '../format/views/shards.ts'
import type {logView, spanView, traceView} from '../format/views/tael.ts'
import type {taskEventView, taskView} from '../format/views/task.ts'
import type {transferView} from '../format/views/transfer.ts'
import type {walFollowView} from '../format/views/wal-follow.ts'
import type {View} from '../format/view.ts'

/** What a view shows is what a source gives: the records of the clients, without their methods. */
type ItemOf<V> = V extends View<infer T> ? T : never

export type RaftNode = ItemOf<typeof raftNodeView>
export type ShardNode = ItemOf<ReturnType<typeof nodeView>>
export type Task = ItemOf<typeof taskView>
export type TaskEvent = ItemOf<typeof taskEventView>
export type Lease = ItemOf<typeof leaseLagView>
export type Directive = ItemOf<typeof directiveView>
export type Rule = ItemOf<typeof ruleView>
export type Span = ItemOf<typeof spanView>
export type Trace = ItemOf<typeof traceView>
export type Log = ItemOf<typeof logView>
export type Artifact = ItemOf<typeof artifactView>
export type Transfer = ItemOf<typeof transferView>
export type WalRow = ItemOf<typeof walFollowView>
export type KvEntry = ItemOf<typeof kvView>

/** Keys of the cluster that begin with a prefix, as a leader had them that proved itself afterwards. */
export interface KvPage {
  /** The first of them, by key. */
  items: readonly KvEntry[]
  /** How many there are. */
  total: number
  /** Who answered. */
  node: number
  /** Index in the log up to which every change is in. */
  revision: bigint
}

export interface Group {
  shard: string
  nodes: number
  healthy: number
  leader: string | null
  /** `ok`, `no-leader`, `split`, `uncoordinated` or `unknown`. */
  verdict: string
  /** Too new to be believed when it is bad. */
  settling: boolean
}

/** A list, and the parts that are missing from it: shards or instances that did not answer, with why. */
export interface Listed<T> {
  items: readonly T[]
  missing: readonly string[]
  /** Of how much it is taken, in words: `last 15m`. */
  within?: string
}

/** One reading of each source. */
export interface Readings {
  raft: Listed<RaftNode> & {
    /** Proven by a linearizable read; null when nobody could prove it. */
    leader: {id: number; endpoint: string; term: bigint | null} | null
    problems: readonly string[]
  }
  shards: Listed<ShardNode> & {groups: readonly Group[]}
  tasks: Listed<Task> & {version: number; inFlight: readonly string[]}
  leases: Listed<Lease>
  directives: Listed<Directive> & {notices: readonly string[]}
  alerts: Listed<Rule>
  errors: Listed<Span>
  traces: Listed<Trace>
  logs: Listed<Log>
  artifacts: Listed<Artifact>
  transfers: Listed<Transfer>
  wal: Listed<WalRow> & {
    path: string
    /** Since when it is followed, milliseconds since the epoch. */
    sinceMs: number
  }
}

export type SourceName = keyof Readings

/** Both clocks at one moment: the wall clock for instants, the other for ages, since it never jumps. */
export interface Now {
  ms: number
  monotonicMs: number
}
