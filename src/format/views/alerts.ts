import {escapeControl} from '../escape.ts'
import {instant} from '../units.ts'
import {view, wide, type Page} from '../view.ts'

/* The records as the client gives them; spelled out here because formats know no client. */
interface Rule {
  shard?: string; name: string; state: string; query: string; forSeconds: number; windowSeconds: number
  sinks: Record<string, unknown>[]; description: string | null; createdAt: string
}
interface Event {
  shard?: string; rule: string; state: string; previousState: string; at: string; query: string
  matched: Record<string, unknown>[]; description: string | null
}
interface Tick {
  timestamp: string; traces: Record<string, number>; logs: Record<string, number>; metrics: Record<string, number>
}

const toneOf = (state: string) =>
  (state === 'firing' ? 'bad' as const : state === 'pending' ? 'warn' as const : 'good' as const)
const sinkText = (sink: Record<string, unknown>) =>
  `${String(sink['kind'])}=${String(sink['url'] ?? sink['command'] ?? '')}`

export const ruleView = view<Rule>('alerts', each => each.name, {
  name: each => each.name,
  state: {get: each => each.state, tone: each => toneOf(each.state)},
  query: {get: each => each.query, priority: 1},
  for: {get: each => `${each.forSeconds}s`, value: each => each.forSeconds, unit: 's', align: 'right'},
  window: {get: each => `${each.windowSeconds}s`, value: each => each.windowSeconds, unit: 's', align: 'right'},
  sinks: {get: each => each.sinks.map(sinkText).join(' '), priority: -1},
  shard: wide(each => each.shard),
  description: wide(each => each.description),
  created: wide(each => instant(each.createdAt)),
}, {empty: 'no alert rules; create one with: tael alert create'})

export const eventView = view<Event>('alert events', each => each.rule, {
  time: {get: each => instant(each.at), value: each => each.at},
  rule: each => each.rule,
  state: {get: each => each.state, tone: each => toneOf(each.state)},
  before: each => each.previousState,
  query: {get: each => each.query, priority: 1},
  matched: {get: each => each.matched.map(matchText).join('; '), priority: -1},
  shard: wide(each => each.shard),
}, {empty: 'no alert has changed its state since the server started'})

function matchText(match: Record<string, unknown>): string {
  const labels = Object.entries((match['labels'] ?? {}) as Record<string, string>).map(
    ([key, value]) => `${key}=${value}`,
  )
  return `${String(match['metric'])}{${labels.join(',')}} = ${String(match['value'])}`
}

/** One line for an event of a live feed. */
export function eventLine(event: Event, page: Page): string {
  const state = page.paint(toneOf(event.state), event.state === 'ok' ? 'resolved' : event.state)
  const what = `${event.rule}: ${event.query} ${event.matched.map(matchText).join('; ')}`
  return `${instant(event.at)} ${state} ${escapeControl(what)}\n`
}

const signed = (value: number, digits = 0) => `${value < 0 ? '' : '+'}${value.toFixed(digits)}`

/** One line for a look of `watch`; `missing` are the shards that it is without. */
export function tickLine({timestamp, traces, logs, metrics}: Tick, missing: readonly string[] = []): string {
  // Without spans there is no rate and no latency, whatever number the server gives.
  const isKnown = traces['span_count']! > 0
  const rate = isKnown
    ? `${(traces['error_rate']! * 100).toFixed(2)}% (${signed(traces['delta_error_rate']! * 100, 2)})`
    : '-'
  const p95 = isKnown ? `${traces['p95_ms']!.toFixed(1)}ms (${signed(traces['delta_p95_ms']!, 1)})` : '-'
  const counted = (figures: Record<string, number>, name: string) =>
    `${figures[name]} (${signed(figures[`delta_${name}`]!)})`
  return `${instant(timestamp)} spans ${counted(traces, 'span_count')} errors ${counted(traces, 'error_count')} `
    + `error rate ${rate} p95 ${p95} log errors ${counted(logs, 'error')} points ${counted(metrics, 'point_count')}`
    + `${missing.length > 0 ? ` WITHOUT ${missing.map(escapeControl).join(', ')}` : ''}\n`
}
