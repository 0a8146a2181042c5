import {ruleView} from '../../format/views/alerts.ts'
import {nodeView} from '../../format/views/shards.ts'
import {logView, spanView, traceView} from '../../format/views/tael.ts'
import type {Log, Rule, ShardNode, Span, Trace} from '../model.ts'
import {resource, shellWord} from '../resource.ts'

export const traces = resource<Trace>('traces', ['trace', 'tr'], {
  source: 'traces', view: () => traceView, key: each => each.traceId, fault: each => each.errors > 0,
  open: ({traceId}) => ({kind: 'trace', traceId}),
  command: each => (each ? `tael trace ${shellWord(each.traceId)}` : 'tael traces --since 15m'),
})

export const errors = resource<Span>('errors', ['err'], {
  source: 'errors', view: () => spanView, key: each => `${each.traceId}/${each.spanId}`, fault: () => true,
  open: ({traceId}) => ({kind: 'trace', traceId}),
  command: each => (each ? `tael trace ${shellWord(each.traceId)} --errors` : 'tael spans --status error --since 15m'),
})

export const logs = resource<Log>('logs', ['log'], {
  source: 'logs', view: () => logView, key: each => `${each.timestamp} ${each.service} ${each.body.slice(0, 80)}`,
  fault: each => ['error', 'fatal'].includes(each.severity), command: () => 'tael logs --since 15m',
})

export const shards = resource<ShardNode>('shards', ['shard', 'sh'], {
  source: 'shards', view: nodeView, key: each => each.url,
  fault: each => !each.healthy || each.ready === false || (each.errors ?? 0) > 0,
  command: () => 'tael shards',
})

export const alerts = resource<Rule>('alerts', ['alert', 'al'], {
  source: 'alerts', view: () => ruleView, key: each => `${each.shard ?? ''}/${each.name}`,
  fault: each => each.state === 'firing', command: () => 'tael alert list',
})
