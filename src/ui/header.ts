import {freshness} from './freshness.ts'
import {clip, padded, run, spread, type Line} from './line.ts'
import type {Now} from './model.ts'
import {timeOfDay} from './panels/signals.ts'
import type {Ui} from './ui-state.ts'
import type {World} from './world.ts'

/** Where one is and how things stand: context, danger, read-only, leader, what is missing, the clock in UTC. */
export function headerLine({facts, sources}: World, ui: Ui, now: Now, width: number, unicode: boolean): Line {
  const tone = facts.danger ? 'danger' as const : 'key' as const
  const down = Object.entries(sources).filter(([, known]) => known.error !== undefined).map(([name]) => name)
  const late = Object.values(sources).filter(known => ['late', 'stale'].includes(freshness(known, now))).length
  const leader = sources.raft?.data?.leader
  const words: Line = [
    run(` ${facts.context ?? 'no context'} `, tone), ...(facts.danger ? [run('DANGER ', 'danger')] : []), run(' '),
    ...(facts.readonly ? [run('READ-ONLY ', 'warn')] : []), ...(ui.paused ? [run('PAUSED ', 'warn')] : []),
    ...(down.length > 0 ? [run(`DOWN: ${down.join(' ')} `, 'bad')] : []), ...(late > 0 && !ui.paused ? [run(`${late} late `, 'warn')] : []),
    ...(leader ? [run(`leader ${leader.id} term ${leader.term ?? '?'} `)] : sources.raft?.data ? [run('no leader ', 'bad')] : []),
  ]
  const where = ui.stack.slice(1).map(screen => (screen.kind === 'list' ? screen.resource : screen.kind)).join(' > ')
  const line = spread([...words, run(where, 'dim')], [run(`${timeOfDay(now.ms)}Z opsdeck ${facts.version}`)], width, unicode)
  return facts.danger ? padded(line, width, unicode).map(part => ({...part, tone: 'danger' as const})) : line
}

/** For a terminal too small for anything else. */
export function statusLine(world: World, now: Now, width: number, unicode: boolean): Line {
  const {sources, facts} = world
  const down = Object.entries(sources).filter(([, known]) => known.error !== undefined).map(([name]) => name)
  const {raft, shards, alerts} = sources
  const bad = shards?.data?.items.filter(node => !node.healthy).length ?? 0
  const firing = alerts?.data?.items.filter(({state}) => state === 'firing').length ?? 0
  const words = [
    facts.context ?? '', down.length > 0 ? `DOWN ${down.join(',')}` : '', raft?.data ? (raft.data.leader ? `L${raft.data.leader.id}` : 'NO LEADER') : '',
    bad > 0 ? `${bad} nodes down` : '', firing > 0 ? `${firing} firing` : '', timeOfDay(now.ms),
  ]
  return clip([run(words.filter(Boolean).join(' '), down.length + bad + firing > 0 ? 'bad' : undefined)], width, unicode)
}
