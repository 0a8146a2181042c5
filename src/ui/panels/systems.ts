import {cell, run, type Line, type Meaning, type Run} from '../line.ts'
import type {Group, RaftNode, ShardNode} from '../model.ts'
import {memoised} from '../store.ts'
import {sparkline} from '../theme.ts'
import {panel, shortAge, type Place} from './panel.ts'

const nodeWord = ({reachable, ready}: RaftNode) => (ready ? 'ready' : reachable ? 'not ready' : 'down')
const nodeTone = (node: RaftNode): Meaning => (node.ready ? 'good' : node.reachable ? 'warn' : 'bad')

const latencyText = (ms: number | null) => (ms === null ? '' : `${ms >= 100 ? Math.round(ms) : ms}ms`)

/** Latencies over time, as many as there is room for. */
function latencyLine(key: string, cells: number, {history, unicode}: Place): Run {
  return cell(sparkline(history[key] ?? [], cells, unicode), cells + 1)
}

function raftLine(node: RaftNode, place: Place): Line {
  const isUnproven = node.role === 'leader' && !node.proven
  const role = node.role === 'leader' ? (node.proven ? 'leader (proven)' : 'leader? (not proven)') : node.role
  const names = node.names === null || node.role === 'leader' ? '' : `names ${node.names}`
  const head = [
    run(' '), cell(String(node.id), 4), cell(nodeWord(node), 10, {tone: nodeTone(node)}),
    cell(role, 21, {tone: isUnproven ? 'bad' : undefined}),
  ]
  const why = node.error ? run(node.error.message, 'bad') : run(names, 'dim')
  const isWide = place.width >= 80
  // Where there is little room the reason of an error is worth more than how fast it came.
  if (node.error && !isWide) return [...head, why]
  const latency = cell(latencyText(node.latencyMs), 8, {right: true})
  return [...head, latency, run(' '), latencyLine(node.endpoint, isWide ? 12 : 7, place), why]
}

const raftLines = memoised((nodes: readonly RaftNode[]) =>
  [...nodes].sort((a, b) => Number(b.proven) - Number(a.proven) || a.id - b.id)
    .map(node => (place: Place) => raftLine(node, place)))

/** Raft: who leads, proven, and what each node says. */
export const raftPanel = panel({
  source: 'raft', title: 'RAFT',
  summary: ({leader, items}) => [
    leader ? run(`leader ${leader.id} term ${leader.term ?? '?'} proven`, 'good') : run('NO PROVEN LEADER', 'bad'),
    run(`, ${items.filter(({ready}) => ready).length}/${items.length} ready`),
  ],
  lines: ({items}) => raftLines(items),
})

function roleOf({coordinated, isLeader, epoch}: ShardNode): string {
  if (coordinated === null) return ''
  return !coordinated ? 'single' : isLeader ? `leader e${epoch ?? '?'}` : 'standby'
}

const bare = (url: string) => url.replace(/^https?:\/\//, '')

/** Widths of the parts of a node's line: shard, node, up, role, latencies. */
const shardWidths = {wide: [11, 17, 9, 11, 12], one: [11, 17, 9, 11, 8], narrow: [7, 9, 9, 9, 6]} as const

function shardLine(node: ShardNode, place: Place): Line {
  const {width, unicode, now} = place
  const [shard, name, up, role, spark] = shardWidths[width < 80 ? 'narrow' : width < 90 ? 'one' : 'wide']
  const word = !node.healthy ? 'down' : node.ready === false ? 'not ready' : 'up'
  const head = [
    run(' '), cell(node.shard, shard, {unicode}), run(' '),
    cell(node.nodeId ?? bare(node.url), name, {unicode}), run(' '),
    cell(word, up, {tone: word === 'up' ? 'good' : 'bad'}), cell(roleOf(node), role), run(' '),
  ]
  const why = node.error ? [run(node.error.replace(/^GET \S+ /, ''), 'bad')] : []
  if (node.error && width < 80) return [...head, ...why]
  const errors = (node.errors ?? 0) + (node.shed ?? 0)
  const ingestMs = node.lastAcceptedAt === null ? undefined : now.ms - Date.parse(node.lastAcceptedAt)
  const ingest = ingestMs === undefined ? '-' : shortAge(Math.max(0, ingestMs))
  return [
    ...head, cell(latencyText(node.latencyMs), 7, {right: true}), run(' '),
    ...(errors > 0 ? [run(`${errors} err `, 'bad')] : []), latencyLine(node.url, errors > 0 ? spark - 4 : spark, place),
    run(width < 80 ? ingest : `in ${ingest} `), ...why,
  ]
}

const isWell = (node: ShardNode) => node.healthy && node.ready !== false
const shardLines = memoised((nodes: readonly ShardNode[]) =>
  [...nodes].sort((a, b) => Number(isWell(a)) - Number(isWell(b)))
    .map(node => (place: Place) => shardLine(node, place)))

function groupRun({shard, verdict, leader, settling}: Group): Line {
  const isBad = verdict === 'split' || verdict === 'no-leader'
  const text = verdict === 'ok' ? `${shard} leads ${leader}` : `${shard} ${verdict.toUpperCase()}${settling ? '?' : ''}`
  return [run(text, isBad ? (settling ? 'warn' : 'bad') : undefined), run(' ')]
}

/** tael: every node, its latency over time, and who leads each group. */
export const shardsPanel = panel({
  source: 'shards', title: 'SHARDS',
  summary: ({items, groups}) => [
    run(`${items.filter(isWell).length}/${items.length} up`, items.every(isWell) ? 'good' : 'bad'), run('  '),
    ...[...groups].sort((a, b) => Number(a.verdict === 'ok') - Number(b.verdict === 'ok'))
      .slice(0, 6).flatMap(groupRun),
  ],
  lines: ({items}) => shardLines(items),
})
