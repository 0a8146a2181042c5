import {freshness, type Known} from './freshness.ts'
import {clip, padded, run, spread, type Line} from './line.ts'
import type {Now} from './model.ts'
import {timeOfDay} from './panels/signals.ts'
import {shownSources} from './shown.ts'
import type {Ui} from './ui-state.ts'
import type {KnownSources, World} from './world.ts'

/** Where one is and how things stand: context, danger, read-only, leader, what is missing, the clock in UTC. */
export function headerLine({facts, sources}: World, ui: Ui, now: Now, width: number, unicode: boolean): Line {
  const read = readSources(sources, ui)
  const late = read.filter(([, known]) => ['late', 'stale'].includes(freshness(known, now))).length
  const down = downOf(read)
  const words: Line = [
    run(` ${facts.context ?? 'no context'} `, facts.danger ? 'danger' : 'key'),
    ...(facts.danger ? [run('DANGER ', 'danger')] : []), run(' '),
    ...(facts.readonly ? [run('READ-ONLY ', 'warn')] : []), ...(ui.paused ? [run('PAUSED ', 'warn')] : []),
    ...(down.length > 0 ? [run(`DOWN: ${down.join(' ')} `, 'bad')] : []),
    ...(late > 0 && !ui.paused ? [run(`${late} late `, 'warn')] : []), ...leaderWords(sources.raft),
  ]
  const where = ui.stack.slice(1).map(screen => ` > ${screen.kind === 'list' ? screen.resource : screen.kind}`).join('')
  const clock = `${timeOfDay(now.ms)}Z${width < 60 ? '' : ` opsdeck ${facts.version}`}`
  const line = spread([...words, run(where, 'dim')], [run(clock)], width, unicode)
  return facts.danger ? padded(line, width, unicode).map(part => ({...part, tone: 'danger' as const})) : line
}

type Read = [name: string, known: Known<unknown>][]

/** What is read all the time, and what the screen shows. */
function readSources(sources: KnownSources, ui: Ui): Read {
  const shown: readonly string[] = shownSources(ui)
  return Object.entries(sources).filter(([name, {onDemand}]) => !onDemand || shown.includes(name))
}

const downOf = (read: Read) => read.filter(([, {error}]) => error !== undefined).map(([name]) => name)

/** Nobody knows who leads while nobody can be asked. */
function leaderWords(raft: KnownSources['raft']): Line {
  if (!raft?.data || raft.error !== undefined) return []
  const {leader} = raft.data
  return [leader ? run(`leader ${leader.id} term ${leader.term ?? '?'} `) : run('no leader ', 'bad')]
}

/** For a terminal too small for anything else. */
export function statusLine(world: World, ui: Ui, now: Now, width: number, unicode: boolean): Line {
  const {sources, facts} = world
  const {raft, shards, alerts} = sources
  const down = downOf(readSources(sources, ui))
  const leader = raft?.data && raft.error === undefined ? raft.data.leader : undefined
  const bad = shards?.data?.items.filter(node => !node.healthy).length ?? 0
  const firing = alerts?.data?.items.filter(({state}) => state === 'firing').length ?? 0
  const words = [
    facts.context ?? '', down.length > 0 ? `DOWN ${down.join(',')}` : '',
    leader === null ? 'NO LEADER' : leader === undefined ? '' : `L${leader.id}`,
    bad > 0 ? `${bad} nodes down` : '', firing > 0 ? `${firing} firing` : '', timeOfDay(now.ms),
  ]
  const tone = down.length + bad + firing > 0 || leader === null ? 'bad' : undefined
  return clip([run(words.filter(Boolean).join(' '), tone)], width, unicode)
}
