import {ruleView} from '../../format/views/alerts.ts'
import {nodeView} from '../../format/views/shards.ts'
import {logView, spanView, traceView} from '../../format/views/tael.ts'
import {walFollowView} from '../../format/views/wal-follow.ts'
import {walRecordFacts} from '../../format/views/wal.ts'
import {fieldLines} from '../field-lines.ts'
import type {Log, Readings, Rule, ShardNode, Span, Trace, WalRow} from '../model.ts'
import {timeOfDay} from '../panels/signals.ts'
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

const traceOf = ({item}: WalRow) => (typeof item?.['traceId'] === 'string' ? item['traceId'] : undefined)

/** The log of a server on this machine, as it is written. */
export const wal = resource<WalRow>('wal', [], {
  source: 'wal', view: () => walFollowView, key: each => String(each.id),
  fault: each => each.kind !== 'record' || walRecordFacts(each.signal!, each.item!).bad,
  about: ({path, sinceMs}: Readings['wal']) => `since ${timeOfDay(sinceMs)}Z  ${path}`,
  open: each => (traceOf(each) ? {kind: 'trace', traceId: traceOf(each)!} : {kind: 'describe'}),
  describe: ({item, kind, position, text}) => fieldLines({position, ...(item ?? {what: kind, text})}),
  command: () => 'tael wal tail -f',
})
