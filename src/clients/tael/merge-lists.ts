import type {Json} from '../net/json.ts'
import {mergeNewest, timeKey} from './merge-order.ts'

/*
 * What several shards answered, as one document of the same form. Identical records that two nodes hold (a
 * record sent again, a leader and its standby) are one record here.
 */

export type Doc = {[key: string]: Json}

export interface Merged {
  document: Doc
  /** Members that no merging of answers can give exactly. */
  estimates: string[]
}

export const exact = (document: Doc): Merged => ({document, estimates: []})

/** The records of a list member of every document. */
export function recordsOf(docs: readonly Doc[], member: string): Doc[] {
  return listsOf(docs, member).flat()
}

function listsOf(docs: readonly Doc[], member: string): Doc[][] {
  return docs.map(doc => (Array.isArray(doc[member]) ? (doc[member] as Doc[]) : []))
}

/** The first record of each key; keys are texts. */
export function distinct(records: readonly Doc[], key: (record: Doc) => string): Doc[] {
  const seen = new Map<string, Doc>()
  for (const record of records) {
    const id = key(record)
    if (!seen.has(id)) seen.set(id, record)
  }
  return [...seen.values()]
}

/** Stable order by an RFC 3339 member, to the nanosecond; `direction` 1 is oldest first. */
export function byTime(records: readonly Doc[], member: string, direction: 1 | -1): Doc[] {
  return records
    .map(record => ({record, at: timeKey(String(record[member]))}))
    .sort((a, b) => (a.at < b.at ? -direction : a.at > b.at ? direction : 0))
    .map(each => each.record)
}

const timeOf = (record: Doc) => timeKey(String(record['timestamp']))
const spanKey = (span: Doc) => `${String(span['trace_id'])} ${String(span['span_id'])}`

/** Newest first; without a limit nothing is cut. */
export function mergeSpans(docs: readonly Doc[], limit?: number): Merged {
  const order = {by: (span: Doc) => timeKey(String(span['start_time'])), key: spanKey, isKeyInOrder: false}
  return exact({...docs[0], spans: mergeNewest(listsOf(docs, 'spans'), order, limit)})
}

/** A trace is the union over the shards, oldest first. */
export function mergeTrace(docs: readonly Doc[]): Merged {
  const spans = byTime(distinct(recordsOf(docs, 'spans'), spanKey), 'start_time', 1)
  return exact({...docs[0], span_count: spans.length, spans})
}

export function mergeLogs(docs: readonly Doc[], limit?: number): Merged {
  const logs = mergeNewest(listsOf(docs, 'logs'), {by: timeOf, key: contentKey, isKeyInOrder: true}, limit)
  return exact({...docs[0], logs, count: logs.length})
}

/** With a name by time; without, the server sorts by name first, and so do we. */
export function mergeMetrics(docs: readonly Doc[], named: boolean, limit?: number): Merged {
  const by = named ? timeOf : (point: Doc) => `${String(point['name'])}\0${timeOf(point)}`
  const metrics = mergeNewest(listsOf(docs, 'metrics'), {by, key: contentKey, isKeyInOrder: true}, limit)
  return exact({...docs[0], metrics, count: metrics.length})
}

export function mergeComments(docs: readonly Doc[]): Merged {
  const comments = byTime(distinct(recordsOf(docs, 'comments'), comment => String(comment['id'])), 'created_at', 1)
  return exact({...docs[0], comments, count: comments.length})
}

/** Buckets of the same metric and service add up. */
export function mergeRollups(docs: readonly Doc[], limit?: number): Merged {
  const groups = Map.groupBy(
    recordsOf(docs, 'rollups'), row => [row['bucket_start'], row['service'], row['name']].join(' '),
  )
  const rows = [...groups.values()].map(group => {
    const sum = total(group, 'sum')
    const count = total(group, 'count')
    return {
      ...group[0], sum, count, min: Math.min(...numbers(group, 'min')), max: Math.max(...numbers(group, 'max')),
      avg: count > 0 ? sum / count : 0,
    }
  })
  const rollups = byTime(rows, 'bucket_start', -1).slice(0, limit)
  return exact({...docs[0], rollups, count: rollups.length})
}

/** The numbers of a member; null and missing ones are left out. */
export function numbers(records: readonly Doc[], member: string): number[] {
  return records
    .map(record => record[member])
    .filter(value => typeof value === 'number' || typeof value === 'bigint')
    .map(Number)
}

export function total(records: readonly Doc[], member: string): number {
  return numbers(records, member).reduce((a, b) => a + b, 0)
}

export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** The whole record as a text in which the order of attributes does not count. */
function contentKey(record: Doc): string {
  return sortedText(record)
}

/** JSON text in which the order of members does not count. */
export function sortedText(value: Json | undefined): string {
  return JSON.stringify(value, (_key, each: Json) => {
    if (typeof each === 'bigint') return `${each}n`
    if (each === null || typeof each !== 'object' || Array.isArray(each)) return each
    return Object.fromEntries(Object.entries(each).sort(([a], [b]) => compare(a, b)))
  }) ?? ''
}
