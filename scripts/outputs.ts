/**
 * What each command prints with -o json, or line by line with -o jsonl where it follows (`Line`). The names are the
 * words of the command; `npm run schemas` makes schemas/ of it, and a test holds real output against them.
 */
import type {FileDifference} from '../src/clients/artifact/compare.ts'
import type {Check as ArtifactCheck} from '../src/clients/artifact/doctor.ts'
import type {ArtifactRow} from '../src/clients/artifact/overview.ts'
import type {Pruned} from '../src/clients/artifact/prune.ts'
import type {Published as ArtifactPublished} from '../src/clients/artifact/push.ts'
import type {TaskChange} from '../src/clients/control-table/follow.ts'
import type {TaskEvent} from '../src/clients/control-table/history.ts'
import type {TaskRecord} from '../src/clients/control-table/record.ts'
import type {DirectiveDifference} from '../src/clients/directive/diff.ts'
import type {Listed} from '../src/clients/directive/listing.ts'
import type {KeyProof, Proof} from '../src/clients/directive/probe.ts'
import type {ExplainDocument, ProxyMetrics, TenantMetrics} from '../src/clients/directive/proxy-api.ts'
import type {Published as DirectivesPublished} from '../src/clients/directive/client.ts'
import type {InstanceOutcome} from '../src/clients/directive/store.ts'
import type {TokenReport} from '../src/clients/directive/token.ts'
import type {LeaseHistoryItem} from '../src/clients/lease/history.ts'
import type {ExportLag} from '../src/clients/lease/export-lag.ts'
import type {LeaseItem} from '../src/clients/lease/item.ts'
import type {KvResult} from '../src/clients/raft/kv.ts'
import type {ProbeResult} from '../src/clients/raft/probe.ts'
import type {Member, NodeReport, ProvenLeader} from '../src/clients/raft/rules.ts'
import type {KvItem} from '../src/clients/raft/value.ts'
import type {AlertEvent, AlertRule} from '../src/clients/tael/alerts.ts'
import type {Verdict} from '../src/clients/tael/cluster-verdict.ts'
import type {ShardFailure} from '../src/clients/tael/fanout.ts'
import type * as tael from '../src/clients/tael/model.ts'
import type {NodeStatus} from '../src/clients/tael/nodes.ts'
import type {GroupStatus} from '../src/clients/tael/shard-watch.ts'
import type {TraceSummary} from '../src/clients/tael/trace-summary.ts'
import type {Trace, TraceNode} from '../src/clients/tael/trace.ts'
import type {SegmentStat, WalEntry} from '../src/clients/tael/wal-inspect.ts'
import type {FrameFacts} from '../src/clients/tael/wal-item.ts'
import type {Check} from '../src/cli/context/check.ts'
import type {Finding} from '../src/cli/doctor/finding.ts'
import type {RoundReport} from '../src/cli/round/report.ts'
import type {AuditEntry} from '../src/format/views/audit.ts'
import type {ContextRow} from '../src/format/views/context.ts'
import type {KvEvent, MembershipEvent} from '../src/format/views/raft-kv.ts'
import type {SandboxTarget} from '../src/format/views/sandbox.ts'

interface List<T> {
  items: T[]
}

/** With --dry-run: the change as it would be made. */
interface DryRun {
  dryRun: true
  system: string
  action: string
  target: string
  /** Version, revision or etag that the write would be conditional on. */
  ifVersion?: string | number
  destructive: boolean
  before?: unknown
  after?: unknown
  /** The exact write: method and place, then the body. */
  request: string
  warnings: string[]
}

/** Beside the answer of a fan-out. */
interface FannedOut {
  /** Shards that are missing from the answer. */
  partial?: ShardFailure[]
  /** Members that no merging can give exactly. */
  estimates?: string[]
  /** The figures behind an estimate, shard by shard. */
  shards?: ({shard: string} & tael.Summary['traces'])[]
}

interface Windows {
  currentSeconds: number
  baselineSeconds: number
}

interface Failed {
  code: string
  message: string
  hint?: string
}

export interface TaelAlerts extends List<AlertEvent>, FannedOut {}
export interface TaelAlertList extends List<AlertRule>, FannedOut {}
export type TaelAlertCreate = {name: string; query: string} | DryRun
export type TaelAlertDelete = {name: string} | DryRun
export interface TaelAnomalies extends List<tael.Anomaly>, Windows, FannedOut {}
export type TaelCorrelate = (tael.Correlation & FannedOut)
export interface TaelDiff extends List<tael.MetricDiff>, Windows, FannedOut {
  service: string | null
  note: string | null
}
export type TaelDoctor = List<Finding>
export interface TaelLogs extends List<tael.LogRecord>, FannedOut {}
export type TaelQueryLogs = TaelLogs
export type TaelMetric = tael.MetricDetail & FannedOut
export type TaelGetMetric = TaelMetric
export interface TaelMetrics extends FannedOut {
  items: tael.MetricPoint[] | tael.Series[] | tael.Rollup[]
}
export type TaelQueryMetrics = TaelMetrics
export interface TaelServices extends List<tael.Service>, FannedOut {}
export interface TaelShards extends List<NodeStatus & {role: string}> {
  groups: (Omit<GroupStatus, 'verdict'> & {verdict: Verdict})[]
}
export interface TaelSpans extends List<tael.Span>, FannedOut {}
export type TaelQueryTraces = TaelSpans
export interface TaelSql extends List<Record<string, unknown>>, FannedOut {}
export type TaelQuerySql = TaelSql
export type TaelSummarize = tael.Summary & FannedOut
export interface TaelTopology extends List<tael.Topology['items'][number]>, Omit<tael.Topology, 'items'>, FannedOut {}
export type TaelTrace = Omit<Trace, 'roots'> & FannedOut & {
  /** In reading order: each before its children. */
  spans: (tael.Span & Omit<TraceNode, 'span' | 'children'>)[]
}
export type TaelGetTrace = TaelTrace
export interface TaelTraces extends List<TraceSummary>, FannedOut {}
export type TaelCommentAdd = tael.Comment | DryRun
export interface TaelCommentList extends List<tael.Comment>, FannedOut {}
export interface TaelIngestStatus extends List<tael.Pipeline>, Omit<tael.IngestStatus, 'items'>, FannedOut {}
/** One line of -o jsonl; `dropped`, `gap` and `state` tell what cannot be shown. */
interface LiveLine<Kind extends string, T> {
  event: Kind | 'dropped' | 'gap' | 'state'
  shard: string
  item?: T
  records?: number
  state?: 'closing' | 'lost' | 'silent' | 'back'
  reason?: string
  sinceAt?: string
  untilAt?: string
  refilled?: number | null
}
export type TaelTailTracesLine = LiveLine<'span' | 'trace', tael.Span>
export type TaelTailLogsLine = LiveLine<'log', tael.LogRecord>
/** A look, or the verdict at the end. */
export interface TaelWatchLine {
  timestamp?: string
  windowSeconds?: number
  traces?: Record<string, number>
  logs?: Record<string, number>
  metrics?: Record<string, number>
  verdict?: string
  ticks?: number
  tripped?: Record<string, string | number>[]
  tick?: unknown
}
export type TaelWalInspect = List<WalEntry>
export interface TaelWalStat extends List<Omit<SegmentStat, 'createdMs' | 'modifiedMs'> & {
  createdAt: string
  modifiedAt: string
}> {
  dir: string
  realBytes: number
  apparentBytes: number
}
export type TaelWalTailLine =
  | {event: 'record'; position: string; signal: string; item: unknown}
  | ({event: 'frame'} & FrameFacts)
  | {event: 'undecoded'; position: string; version: number | null; sizeBytes: number; reason: string; hex: string}
  | {event: 'damaged' | 'gap' | 'lost'; position: string; next?: string | null; reason: string}
  | {event: 'end'; next: string}

interface Received {
  receivedAt: string
  /** Of the sender's reign; null when it sent none. */
  epoch: number | bigint | null
  version: number | null
  signal: string | null
  sizeBytes: number
  checksum: string
}
export type TaelWalTapLine =
  | ({event: 'record'; item: unknown} & Received)
  | ({event: 'frame'; records: number | null; hex?: string} & Received)
  | {event: 'epoch'; receivedAt: string; before: number | bigint | null; now: number | bigint | null}
  | {event: 'dropped'; receivedAt: string; frames: number; bytes: number}

export type CtlAuditList = List<AuditEntry>
export type CtlAuditShow = AuditEntry
export type CtlContextList = List<ContextRow>
export type CtlContextShow = List<{key: string; value: string; origin: string}>
export type CtlContextValidate = List<Check>
export interface CtlDash {
  at: string
  context: string | null
  /** Every system of the context: read, or missing with the reason. */
  sources: {name: string; state: 'ok' | 'missing'; error?: string; missing: string[]}[]
  raft?: Omit<CtlRaftStatus, 'quorum'> | null
  shards?: TaelShards | null
  tasks?: CtlTaskList | null
  leases?: List<LeaseItem & {exportLag: ExportLag}> | null
  directives?: Pick<CtlDirectiveList, 'items' | 'notices'> | null
  alerts?: List<AlertRule> | null
  errors?: List<tael.Span> | null
}
export type CtlDoctor = List<Finding>
type Directive = Omit<Listed, 'endsAtMs' | 'latestMs' | 'ttlSecs'> & {
  endsAt?: string
  latestAt?: string
  /** What was left when it was read. */
  leftMs?: number
}
export interface CtlDirectiveList extends List<Directive> {
  store: 'etcd' | 'admin' | 'file'
  version: string
  /** Absent when somebody else published the set. */
  published?: {by: string; at: string; reason?: string}
  /** Why what stands there is no set. */
  malformed?: unknown
  instancesDiffer: boolean
  notices: string[]
}
export type CtlDirectiveGet = Directive
export type CtlDirectiveCheck = Omit<TokenReport, 'expiresAtMs'> & {expiresAt?: string}
type Published = Omit<DirectivesPublished, 'directives' | 'proofs' | 'instances'> & {
  directives: {id: string; endsAt: string}[]
  proofs: (Omit<Proof, 'error'> & {error?: Failed})[]
  instances: (Omit<InstanceOutcome, 'error'> & {error?: Failed})[]
}
export type CtlDirectivePublish = Published | DryRun
export type CtlDirectiveRevoke = CtlDirectivePublish
export type CtlDirectiveClear = CtlDirectivePublish
export type CtlDirectiveDiff = List<DirectiveDifference>
type Explained = ExplainDocument & {instance: string}
export type CtlDirectiveExplain = Explained | List<Explained>
export type CtlDirectiveTape = List<Explained>
export type CtlDirectiveMetrics = List<ProxyMetrics & {instance: string}>
export type CtlDirectiveTenants = List<TenantMetrics & {instance: string}>
export interface CtlDirectiveMint {
  token: string
  header: string
  expiresAt: string
  warnings: string[]
}
type Proven = Omit<Proof, 'error'> & Partial<Omit<KeyProof, 'error' | 'instance'>> & {error?: Failed}
export type CtlDirectiveVerifyApplied = List<Proven> | Published | DryRun
export type CtlDirectiveVerify = CtlDirectiveVerifyApplied
export interface CtlDirectiveWatchLine {
  event: string
  at: string
  item?: Directive
  text?: string
}
export type CtlLeaseList = List<LeaseItem>
export type CtlLeaseGet = LeaseItem
export type CtlLeaseAcquire = LeaseItem | DryRun
export type CtlLeaseComplete = CtlLeaseAcquire
export type CtlLeaseAbandon = CtlLeaseAcquire
export type CtlLeaseExec = CtlLeaseAcquire
export type CtlLeaseWait = LeaseItem
export type CtlLeaseHistory = List<LeaseHistoryItem>
export type CtlLeaseWatchLine =
  | {event: 'present' | 'added' | 'modified' | 'lapsed'; at: string; missed: boolean; item: LeaseItem}
  | {event: 'unreachable'; at: string; why: string}
  | {event: 'reachable'; at: string; silentMs: number}
  | {event: 'recreated'; at: string}
export interface CtlRaftStatus extends List<NodeReport> {
  /** Proven by a linearizable read; null when nobody could. */
  leader: ProvenLeader | null
  /** A leader is proven, or holds a lease of a quorum. */
  quorum: boolean
  problems: string[]
  /** Only with --probe-write. */
  probe?: ProbeResult
}
export type CtlRaftLeader = ProvenLeader
export type CtlRaftMembers = List<Member & {by: number[]}>
export type CtlRaftWait = ProvenLeader
export interface CtlRaftKvGet extends KvItem {
  /** The node that answered. */
  node: number
  consistency: 'linearizable' | 'lease' | 'eventual'
}
export interface CtlRaftKvScan extends List<KvItem> {
  /** Applied index of the leader. */
  revision: number
  node: number
}
export type CtlRaftKvPut = KvResult | DryRun
export type CtlRaftKvWatchLine = KvEvent
export type CtlRaftWatchMembershipLine = MembershipEvent
export type CtlRaftKvDelete = CtlRaftKvPut
export type CtlRaftKvCas = CtlRaftKvPut
export type CtlSandboxTargets = List<SandboxTarget>
export type CtlSandboxKill = SandboxTarget
export type CtlSandboxFreeze = SandboxTarget
export type CtlSandboxRevive = SandboxTarget
export type CtlSandboxLead = SandboxTarget
export interface CtlTaskList extends List<TaskRecord> {
  /** Version of the table. */
  version: number
  /** Tasks whose row an engine is rewriting just now. */
  inFlight: string[]
}
export interface CtlTaskDue extends List<TaskRecord> {
  version: number
}
export type CtlTaskGet = TaskRecord
export type CtlTaskWait = TaskRecord
export type CtlTaskHistory = List<TaskEvent>
type TaskResult = Omit<TaskRecord, 'version'> & {
  /** The version that the change made. */
  version: number
  before?: TaskRecord
  /** How a first claim was guarded. */
  guard?: string
}
export type CtlTaskClaim = TaskResult | DryRun
export type CtlTaskRelease = CtlTaskClaim
export type CtlTaskFail = CtlTaskClaim
export type CtlTaskExec = CtlTaskClaim
export type CtlTaskWatchLine = Omit<TaskChange, 'event'> & {event: TaskChange['event'] | 'present'; at: string}

export type SnapList = List<ArtifactRow>
export type SnapShow = ArtifactRow
export interface SnapDiff extends List<FileDifference> {
  beforeRank: bigint
  afterRank: bigint
}
export type SnapDoctor = List<ArtifactCheck> | DryRun
export type SnapPush = ArtifactPublished | DryRun
export type SnapRound = RoundReport | DryRun
export type SnapPrune = Pruned | DryRun
interface Verified {
  artifact: string
  verified: boolean
  rank: bigint
  files: number
  bytes: bigint
  keys?: number
  /** What was checked: digests, and the records of an append log. */
  checked: string
}
export type SnapPull = Verified
export type SnapVerify = Verified
