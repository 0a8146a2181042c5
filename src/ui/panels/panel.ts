import {clip, run, spread, type Line, type Meaning, type Run} from '../line.ts'
import {ageMs, freshness, type Freshness, type Known} from '../freshness.ts'
import type {Now, Readings, SourceName} from '../model.ts'
import type {World} from '../world.ts'

/** What a panel may know of the place where it is drawn. */
export interface Place {
  width: number
  unicode: boolean
  now: Now
  history: World['history']
}

/** One resource on the overview, as data. */
export interface Panel<N extends SourceName = SourceName> {
  source: N
  title: string
  /** The most important of a reading in a few words, on the title's line. */
  summary(reading: Readings[N]): Line
  /** Lines below it, the worst first; only so many are drawn as there is room. */
  lines(reading: Readings[N]): readonly ((place: Place) => Line)[]
}

export const panel = <N extends SourceName>(each: Panel<N>): Panel => each as unknown as Panel

const ageTone: Record<Freshness, Meaning> = {waiting: 'dim', fresh: 'dim', late: 'warn', stale: 'bad', failing: 'bad'}

/** `3s`, `2m`, `1h`: one unit is enough for an age. */
export function shortAge(ms: number): string {
  const seconds = Math.floor(ms / 1_000)
  if (seconds < 60) return `${seconds}s`
  return seconds < 3_600 ? `${Math.floor(seconds / 60)}m` : `${Math.floor(seconds / 3_600)}h`
}

/** `4m09s`, `59s`, `2h03m`: what is left, or gone, to the second where it matters. */
export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(Math.abs(ms) / 1_000))
  const two = (value: number) => String(value).padStart(2, '0')
  if (seconds < 60) return `${seconds}s`
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}m${two(seconds % 60)}s`
  return `${Math.floor(seconds / 3_600)}h${two(Math.floor((seconds % 3_600) / 60))}m`
}

/** How old what is shown is, with a word when that is too old; never by colour alone. */
export function ageRun(known: Known<unknown>, now: Now): Run {
  const state = freshness(known, now)
  const age = ageMs(known, now)
  const sinceMs = now.monotonicMs - (known.failedMs ?? now.monotonicMs)
  const text = state === 'waiting' ? 'waiting'
    : state === 'failing' ? (age === undefined ? `MISSING ${shortAge(sinceMs)}` : `DOWN, data ${shortAge(age)} old`)
    : state === 'fresh' ? shortAge(age!) : `${state.toUpperCase()} ${shortAge(age!)}`
  return run(text, ageTone[state])
}

/** The panel in `height` lines: title, why it is not fresh, then its lines; old data is dimmed. */
export function draw(each: Panel, known: Known<Readings[SourceName]>, height: number, place: Place): Line[] {
  if (height <= 0) return []
  const {width, unicode, now} = place
  const isOld = known.error !== undefined || ['late', 'stale'].includes(freshness(known, now))
  const summary = known.data === undefined ? [run(known.error ?? '', 'bad')] : each.summary(known.data)
  const title = spread([run(each.title, 'title'), run('  '), ...summary], [ageRun(known, now)], width, unicode)
  const why: Line[] = known.error !== undefined && known.data !== undefined ? [[run(`  ${known.error}`, 'bad')]] : []
  const lines = known.data === undefined ? [] : each.lines(known.data).slice(0, height).map(line => line(place))
  const dimmed = isOld ? lines.map(line => line.map((part): Run => ({...part, tone: 'dim'}))) : lines
  return [title, ...why, ...dimmed].slice(0, height).map(line => clip(line, width, unicode))
}

/** Lines that the panel could fill. */
export function demand(each: Panel, known: Known<Readings[SourceName]>): number {
  return 1 + (known.data === undefined ? 0 : each.lines(known.data).length) + (known.error === undefined ? 0 : 1)
}
