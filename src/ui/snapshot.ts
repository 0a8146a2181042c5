import {escapeControl} from '../format/escape.ts'
import {table} from '../format/table.ts'
import type {Page, View} from '../format/view.ts'
import {ruleView} from '../format/views/alerts.ts'
import {directiveView} from '../format/views/directive.ts'
import {leaseLagView} from '../format/views/export-lag.ts'
import {raftNodeView} from '../format/views/raft.ts'
import {groupLine, nodeView} from '../format/views/shards.ts'
import {spanView} from '../format/views/tael.ts'
import {taskView} from '../format/views/task.ts'
import type {Known} from './freshness.ts'
import {withTimeLeft} from './left.ts'
import type {Readings, SourceName} from './model.ts'
import type {World} from './world.ts'

/** One section of the snapshot: a source, its view, and a line that says the most important. */
interface Section<T> {
  source: SourceName
  title: string
  view: (nowMs: number) => View<T>
  items: (reading: never, nowMs: number) => readonly T[]
  head: (reading: never) => string
}

const section = <N extends SourceName, T>(
  source: N, title: string, view: (nowMs: number) => View<T>,
  items: (reading: Readings[N], nowMs: number) => readonly T[], head: (reading: Readings[N]) => string,
): Section<unknown> => ({source, title, view, items, head} as unknown as Section<unknown>)

const mostErrors = 10

const inState = (items: readonly {state: string}[], wanted: string) =>
  items.filter(({state}) => state === wanted).length

const sections: readonly Section<unknown>[] = [
  section('raft', 'RAFT', () => raftNodeView, ({items}) => items, ({leader, items}) => {
    const proven = leader ? `leader ${leader.id}, term ${leader.term ?? '?'}, proven` : 'no proven leader'
    return `${proven}, ${items.filter(({ready}) => ready).length} of ${items.length} ready`
  }),
  section('shards', 'SHARDS', nowMs => nodeView(nowMs), ({items}) => items, ({groups}) =>
    groups.map(groupLine).join('; ')),
  section('tasks', 'TASKS', () => taskView, ({items}) => items, ({version, items}) =>
    `version ${version}, ${inState(items, 'processing')} claimed, ${inState(items, 'stale')} stale`),
  section('leases', 'LEASES', () => leaseLagView, ({items}) => items, ({items}) => `${inState(items, 'held')} held`),
  section(
    'directives', 'DIRECTIVES', () => directiveView, ({items}, nowMs) => withTimeLeft(items, nowMs),
    ({items, notices}) => [`${inState(items, 'active')} active`, ...notices].join('; ')),
  section('alerts', 'ALERTS', () => ruleView, ({items}) => items, ({items}) => `${inState(items, 'firing')} firing`),
  section('errors', 'NEWEST ERRORS', () => spanView, ({items}) => items.slice(0, mostErrors), ({items}) =>
    `${items.length} in the last 15 minutes`),
]

/** The whole world as plain text: one section a source, complete tables. */
export function snapshotText({sources}: World, page: Page): string {
  return sections.flatMap(each => {
    const known = sources[each.source] as Known<never> | undefined
    return known ? [sectionText(each, known, page)] : []
  }).join('\n')
}

function sectionText({title, view, items, head}: Section<unknown>, known: Known<never>, page: Page): string {
  if (known.data === undefined) {
    const why = escapeControl(known.error ?? 'not read')
    return `${page.paint('key', title)}  ${page.paint('bad', `MISSING: ${why}`)}\n`
  }
  const {missing} = known.data as {missing: readonly string[]}
  const rows = items(known.data, page.nowMs)
  const shown = view(page.nowMs)
  const body = rows.length === 0 ? `${shown.empty ?? `no ${shown.kind}`}\n`
    : table(shown, rows, {wide: false, headers: true}, page)
  const lost = missing.map(part => `${page.paint('bad', `missing: ${escapeControl(part)}`)}\n`).join('')
  return `${page.paint('key', title)}  ${escapeControl(head(known.data))}\n${lost}${body}`
}

/** The same as data: what each source gave, whole, and which gave nothing. */
export function snapshotData({facts, sources}: World, nowMs: number): Record<string, unknown> {
  const read = Object.entries(sources).map(([name, known]) => ({
    name, state: known.error === undefined && known.data !== undefined ? 'ok' : 'missing',
    ...(known.error === undefined ? {} : {error: known.error}), missing: known.data?.missing ?? [],
  }))
  const data = sections.flatMap(each => {
    const known = sources[each.source] as Known<never> | undefined
    return known ? [[each.source, known.data === undefined ? null : dataOf(each, known.data, nowMs)] as const] : []
  })
  return {at: new Date(nowMs).toISOString(), context: facts.context ?? null, sources: read, ...Object.fromEntries(data)}
}

function dataOf({view, items}: Section<unknown>, reading: never, nowMs: number): Record<string, unknown> {
  const shown = view(nowMs)
  const {items: _, missing: __, within: ___, ...rest} = reading as Record<string, unknown>
  return {...rest, items: items(reading, nowMs).map(item => (shown.data ? shown.data(item) : item))}
}
