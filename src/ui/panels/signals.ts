import {duration} from '../../format/units.ts'
import {toneOf, type DashEvent} from '../events/event.ts'
import {cell, clip, run, spread, type Line} from '../line.ts'
import type {Rule, Span} from '../model.ts'
import {memoised} from '../store.ts'
import {panel, type Place} from './panel.ts'

const alertRank: Record<string, number> = {firing: 0, pending: 1}
const alertLines = memoised((rules: readonly Rule[]) => [...rules]
  .sort((a, b) => (alertRank[a.state] ?? 2) - (alertRank[b.state] ?? 2))
  .map(rule => ({width, unicode}: Place): Line => [
    run(' '), cell(rule.state, 9, {tone: rule.state === 'firing' ? 'bad' : rule.state === 'pending' ? 'warn' : 'good'}),
    cell(rule.name, Math.max(12, Math.floor(width * 0.3)), {unicode}), run(' '),
    cell(rule.shard ?? '', 9, {unicode}), run(rule.query, 'dim'),
  ]))

/** Alert rules of every shard, firing ones first. */
export const alertsPanel = panel({
  source: 'alerts', title: 'ALERTS',
  summary: ({items, missing}) => {
    const firing = items.filter(({state}) => state === 'firing').length
    const word = firing > 0 ? run(`${firing} FIRING`, 'bad') : run('none firing', 'good')
    return [word, run(` of ${items.length}`),
      ...(missing.length > 0 ? [run(` ${missing.length} shards unknown`, 'bad')] : [])]
  },
  lines: ({items}) => alertLines(items),
})

const clockTime = (text: string) => text.slice(11, 19)

const errorLines = memoised((spans: readonly Span[]) => spans.map(span => ({width, unicode}: Place): Line => [
  run(' '), cell(clockTime(span.startTime), 9, {tone: 'dim'}),
  cell(span.service, Math.max(10, Math.floor(width * 0.2)), {unicode}), run(' '),
  cell(span.operation, Math.max(12, Math.floor(width * 0.4)), {unicode}), run(' '),
  cell(duration(span.durationMs), 8, {right: true}), run(` ${span.traceId.slice(0, 8)}`, 'dim'),
]))

/** The newest spans that failed. */
export const errorsPanel = panel({
  source: 'errors', title: 'ERRORS',
  summary: ({items, missing}) => [
    items.length === 0 ? run('none in 15m', 'good')
      : run(`${items.length}${items.length >= 100 ? ' or more' : ''} in 15m`, 'warn'),
    ...(missing.length > 0 ? [run(` ${missing.length} shards missing`, 'bad')] : []),
  ],
  lines: ({items}) => errorLines(items),
})

/** The wall clock time of an instant, UTC. */
export const timeOfDay = (ms: number): string => new Date(ms).toISOString().slice(11, 19)

export function eventLine({atMs, kind, text, acknowledged}: DashEvent): Line {
  const tone = acknowledged ? 'dim' : toneOf(kind)
  const words = run(text, acknowledged ? 'dim' : undefined)
  return [run(' '), cell(timeOfDay(atMs), 9, {tone: 'dim'}), cell(kind, 20, {tone}), words]
}

/** What happened, newest first. */
export function drawEvents(events: readonly DashEvent[], height: number, {width, unicode}: Place): Line[] {
  if (height <= 0) return []
  const open = events.filter(each => !each.acknowledged).length
  const title = spread([run('EVENTS', 'title'), run(`  ${open} new of ${events.length}`)], [], width, unicode)
  const newest = events.slice(-Math.max(0, height - 1)).reverse()
  return [title, ...(height > 1 ? newest.map(eventLine) : [])].map(line => clip(line, width, unicode))
}
