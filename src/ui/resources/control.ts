import {directiveView} from '../../format/views/directive.ts'
import {lagTone, leaseLagView} from '../../format/views/export-lag.ts'
import {raftNodeView} from '../../format/views/raft.ts'
import {kvView} from '../../format/views/raft-kv.ts'
import {taskEventView, taskView} from '../../format/views/task.ts'
import type {Directive, KvEntry, Lease, RaftNode, Task, TaskEvent} from '../model.ts'
import {resource, shellWord} from '../resource.ts'
import {valueLines} from '../value-lines.ts'

export const raft = resource<RaftNode>('raft', ['leader'], {
  source: 'raft', view: () => raftNodeView, key: each => String(each.id), fault: each => !each.ready,
  open: () => ({kind: 'rows', resource: 'kv', own: {kind: 'kv', prefix: ''}}),
  command: () => 'ctl raft status',
})

/** How `ctl raft kv get` is told the key. */
const keyWords = ({key, keyEncoding}: KvEntry) =>
  `${shellWord(key)}${keyEncoding === 'utf8' ? '' : ` --key-encoding ${keyEncoding}`}`

export const kv = resource<KvEntry>('kv', ['keys'], {
  view: () => kvView, key: each => `${each.keyEncoding} ${each.key}`, fault: () => false,
  own: prefix => ({kind: 'kv', prefix}),
  describe: ({value, valueEncoding, keyEncoding, sizeBytes}) => [
    `${sizeBytes} bytes, ${valueEncoding === 'utf8' ? 'UTF-8' : 'no UTF-8'}; the key is ${keyEncoding}`, '',
    ...valueLines(value, valueEncoding),
  ],
  command: each => (each ? `ctl raft kv get ${keyWords(each)}` : 'ctl raft kv scan'),
})

const claimOf = ({task, holder, claimedAt}: Task) => ({task, holder, claimedAt})

export const tasks = resource<Task>('tasks', ['task', 'ta'], {
  source: 'tasks', view: () => taskView, key: each => each.task,
  fault: each => each.state === 'stale' || each.rows > 1,
  open: ({task}) => ({kind: 'rows', resource: 'history', own: {kind: 'history', task}}),
  command: each => (each ? `ctl task get ${shellWord(each.task)}` : 'ctl task list'),
  actions: [
    {
      key: 'r', does: 'release the claim: it runs again in an hour',
      request: each => ({kind: 'task release', ...claimOf(each)}),
    },
    {
      key: 'ctrl-d', does: 'fail the claim: it runs again at its old time',
      request: each => ({kind: 'task fail', ...claimOf(each)}),
    },
  ],
})

/** Reached only from a task. */
export const history = resource<TaskEvent>('history', [], {
  view: () => taskEventView, key: each => String(each.version),
  fault: each => ['failed', 'lost', 'taken over'].includes(each.action),
  command: each => (each ? `ctl task history ${shellWord(each.task)}` : 'ctl task history'),
})

export const leases = resource<Lease>('leases', ['lease', 'le'], {
  source: 'leases', view: () => leaseLagView, key: each => each.key,
  fault: each => ['expired', 'unparseable'].includes(each.state) || lagTone(each.exportLag) === 'bad',
  command: each => (each ? `ctl lease get ${shellWord(each.key)}` : 'ctl lease list'),
  actions: [{
    key: 'ctrl-d', does: 'abandon the lease',
    request: ({key, revision}) => ({kind: 'lease abandon', key, revision}),
  }],
})

export const directives = resource<Directive>('directives', ['directive', 'di'], {
  source: 'directives', view: () => directiveView, key: each => each.id,
  fault: each => each.state !== 'active' || each.droppedKeys.length > 0,
  command: each => (each ? `ctl directive get ${shellWord(each.id)}` : 'ctl directive list'),
  actions: [{key: 'ctrl-d', does: 'revoke the directive', request: ({id}) => ({kind: 'directive revoke', id})}],
})
