import {relative} from '../../format/units.ts'
import {cell, run, type Line, type Meaning} from '../line.ts'
import type {Group, RaftNode, ShardNode} from '../model.ts'
import {memoised} from '../store.ts'
import {sparkline} from '../theme.ts'
import {panel, type Place} from './panel.ts'

const nodeWord = ({reachable, ready}: RaftNode) => (ready ? 'ready' : reachable ? 'not ready' : 'down')
const nodeTone = (node: RaftNode): Meaning => (node.ready ? 'good' : node.reachable ? 'warn' : 'bad')

function raftLine(node: RaftNode, {width, unicode, history}: Place): Line {
  const role = node.role === 'leader' ? (node.proven ? 'leader (proven)' : 'leader? (not proven)') : node.role
  const latency = node.latencyMs === null ? '' : `${node.latencyMs}ms`
  return [
    run(' '), cell(String(node.id), 4), cell(nodeWord(node), 10, {tone: nodeTone(node)}), cell(role, 21, {tone: node.role === 'leader' && !node.proven ? 'bad' : undefined}),
    cell(latency, 8, {right: true}), run(' '), cell(width < 80 ? '' : sparkline(history[node.endpoint] ?? [], 12, unicode), 13),
    run(node.error ? node.error.message : node.names === null || node.role === 'leader' ? '' : `names ${node.names}`, node.error ? 'bad' : 'dim'),
  ]
}

const raftLines = memoised((nodes: readonly RaftNode[]) =>
  [...nodes].sort((a, b) => Number(b.proven) - Number(a.proven) || a.id - b.id).map(node => (place: Place) => raftLine(node, place)))

/** Raft: who leads, proven, and what each node says. */
export const raftPanel = panel({
  source: 'raft', title: 'RAFT',
  summary: ({leader, items}) => [
    leader ? run(`leader ${leader.id} term ${leader.term ?? '?'} proven`, 'good') : run('NO PROVEN LEADER', 'bad'),
    run(`, ${items.filter(({ready}) => ready).length}/${items.length} ready`),
  ],
  lines: ({items}) => raftLines(items),
})

const roleOf = (node: ShardNode) =>
  (node.coordinated === null ? '' : !node.coordinated ? 'single' : node.isLeader ? `leader e${node.epoch ?? '?'}` : 'standby')

const bare = (url: string) => url.replace(/^https?:\/\//, '')

function shardLine(node: ShardNode, {width, unicode, now, history}: Place): Line {
  const isNarrow = width < 80
  const ingest = node.lastAcceptedAt === null ? '-' : relative(Date.parse(node.lastAcceptedAt), now.ms)
  const word = !node.healthy ? 'down' : node.ready === false ? 'not ready' : 'up'
  const errors = (node.errors ?? 0) + (node.shed ?? 0)
  return [
    run(' '), cell(node.shard, isNarrow ? 8 : 11, {unicode}), cell(node.nodeId ?? bare(node.url), isNarrow ? 10 : 16, {unicode}), run(' '),
    cell(word, 9, {tone: word === 'up' ? 'good' : 'bad'}), cell(roleOf(node), 11),
    cell(node.latencyMs === null ? '' : `${node.latencyMs}ms`, 8, {right: true}), run(' '),
    ...(isNarrow ? [] : [cell(sparkline(history[node.url] ?? [], 12, unicode), 13), cell(`in ${ingest}`, 14)]),
    ...(errors > 0 ? [run(`${errors} err `, 'bad')] : []), ...(node.error ? [run(node.error.replace(/^GET \S+ /, ''), 'bad')] : []),
  ]
}

const isWell = (node: ShardNode) => node.healthy && node.ready !== false
const shardLines = memoised((nodes: readonly ShardNode[]) =>
  [...nodes].sort((a, b) => Number(isWell(a)) - Number(isWell(b))).map(node => (place: Place) => shardLine(node, place)))

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
    ...[...groups].sort((a, b) => Number(a.verdict === 'ok') - Number(b.verdict === 'ok')).slice(0, 6).flatMap(groupRun),
  ],
  lines: ({items}) => shardLines(items),
})
