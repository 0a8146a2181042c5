import type {View} from '../format/view.ts'
import {view} from '../format/view.ts'
import {ruleView} from '../format/views/alerts.ts'
import {artifactView} from '../format/views/artifact.ts'
import {directiveView} from '../format/views/directive.ts'
import {leaseView} from '../format/views/lease.ts'
import {raftNodeView} from '../format/views/raft.ts'
import {nodeView} from '../format/views/shards.ts'
import {logView, spanView, traceView} from '../format/views/tael.ts'
import {taskEventView, taskView} from '../format/views/task.ts'
import {toneOf, type DashEvent} from './events/event.ts'
import type {Artifact, Directive, Lease, Log, RaftNode, Rule, ShardNode, SourceName, Span, Task, TaskEvent, Trace} from './model.ts'
import type {ActionRequest} from './sources.ts'

/** What `enter` leads to. */
export type Opening = {kind: 'trace'; traceId: string} | {kind: 'history'; task: string} | {kind: 'describe'}

export interface ResourceAction<T> {
  key: string
  does: string
  request(item: T): ActionRequest
}

/** One kind of thing with a screen of its own, as data. */
export interface Resource<T = unknown> {
  name: string
  aliases: readonly string[]
  /** Undefined for what the dashboard itself keeps. */
  source?: SourceName
  view(nowMs: number): View<T>
  /** What the cursor stays on, whatever is sorted or arrives. */
  key(item: T): string
  /** Whether it is shown when only faults are wanted. */
  fault(item: T): boolean
  open(item: T): Opening
  actions: readonly ResourceAction<T>[]
  /** The command line that shows the same. */
  command(item?: T): string
}

const describe = (): Opening => ({kind: 'describe'})

function resource<T>(name: string, aliases: readonly string[], rest: Omit<Resource<T>, 'name' | 'aliases' | 'open' | 'actions'> & Partial<Resource<T>>): Resource {
  return {name, aliases, open: describe, actions: [], ...rest} as unknown as Resource
}

const claimOf = ({task, holder, claimedAt}: Task) => ({task, holder, claimedAt})

export const eventsView = view<DashEvent>('events', each => String(each.id), {
  time: {get: each => new Date(each.atMs).toISOString().slice(11, 23), priority: 3},
  event: {get: each => each.kind, tone: each => (each.acknowledged ? 'dim' : toneOf(each.kind)), priority: 3},
  subject: {get: each => each.subject, priority: 1},
  text: each => each.text,
  seen: {get: each => (each.acknowledged ? 'yes' : 'new'), priority: 2},
}, {data: ({atMs, ...rest}) => ({at: new Date(atMs).toISOString(), ...rest})})

/** In the order of their digits. */
export const resources: readonly Resource[] = [
  resource<Trace>('traces', ['trace', 'tr'], {
    source: 'traces', view: () => traceView, key: each => each.traceId, fault: each => each.errors > 0,
    open: ({traceId}) => ({kind: 'trace', traceId}), command: each => (each ? `tael trace ${each.traceId}` : 'tael traces --since 15m'),
  }),
  resource<Span>('errors', ['err'], {
    source: 'errors', view: () => spanView, key: each => `${each.traceId}/${each.spanId}`, fault: () => true,
    open: ({traceId}) => ({kind: 'trace', traceId}), command: each => (each ? `tael trace ${each.traceId} --errors` : 'tael spans --status error --since 15m'),
  }),
  resource<Log>('logs', ['log'], {
    source: 'logs', view: () => logView, key: each => `${each.timestamp} ${each.service} ${each.body.slice(0, 80)}`,
    fault: each => ['error', 'fatal'].includes(each.severity), command: () => 'tael logs --since 15m',
  }),
  resource<ShardNode>('shards', ['shard', 'sh'], {
    source: 'shards', view: nodeView, key: each => each.url, fault: each => !each.healthy || each.ready === false || (each.errors ?? 0) > 0,
    command: () => 'tael shards',
  }),
  resource<RaftNode>('raft', ['leader'], {
    source: 'raft', view: () => raftNodeView, key: each => String(each.id), fault: each => !each.ready, command: () => 'ctl raft status',
  }),
  resource<Task>('tasks', ['task', 'ta'], {
    source: 'tasks', view: () => taskView, key: each => each.task, fault: each => each.state === 'stale' || each.rows > 1,
    open: ({task}) => ({kind: 'history', task}), command: each => (each ? `ctl task get ${each.task}` : 'ctl task list'),
    actions: [
      {key: 'r', does: 'release the claim: it runs again in an hour', request: each => ({kind: 'task release', ...claimOf(each)})},
      {key: 'ctrl-d', does: 'fail the claim: it runs again at its old time', request: each => ({kind: 'task fail', ...claimOf(each)})},
    ],
  }),
  resource<Lease>('leases', ['lease', 'le'], {
    source: 'leases', view: () => leaseView, key: each => each.key, fault: each => ['expired', 'unparseable'].includes(each.state),
    command: each => (each ? `ctl lease get ${each.key}` : 'ctl lease list'),
    actions: [{key: 'ctrl-d', does: 'abandon the lease', request: ({key, revision}) => ({kind: 'lease abandon', key, revision})}],
  }),
  resource<Directive>('directives', ['directive', 'di'], {
    source: 'directives', view: () => directiveView, key: each => each.id, fault: each => each.state !== 'active' || each.droppedKeys.length > 0,
    command: each => (each ? `ctl directive get ${each.id}` : 'ctl directive list'),
    actions: [{key: 'ctrl-d', does: 'revoke the directive', request: ({id}) => ({kind: 'directive revoke', id})}],
  }),
  resource<Artifact>('artifacts', ['artifact', 'snaps', 'ar'], {
    source: 'artifacts', view: () => artifactView, key: each => each.key, fault: each => each.state !== 'ok',
    command: each => (each ? `snap show ${each.key}` : 'snap list'),
  }),
  resource<Rule>('alerts', ['alert', 'al'], {
    source: 'alerts', view: () => ruleView, key: each => `${each.shard ?? ''}/${each.name}`, fault: each => each.state === 'firing',
    command: () => 'tael alert list',
  }),
  resource<DashEvent>('events', ['ev'], {
    view: () => eventsView, key: each => String(each.id), fault: each => !each.acknowledged, command: () => 'ctl dash',
  }),
]

/** Reached only from a task. */
export const historyResource = resource<TaskEvent>('history', [], {
  view: () => taskEventView, key: each => String(each.version), fault: each => ['failed', 'lost', 'taken over'].includes(each.action),
  command: each => (each ? `ctl task history ${each.task}` : 'ctl task history'),
})

export function resourceOf(name: string): Resource {
  return [...resources, historyResource].find(each => each.name === name)!
}
