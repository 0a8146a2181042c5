import {byTime, compare, distinct, exact, mergeLogs, mergeMetrics, numbers, recordsOf, total} from './merge-lists.ts'
import type {Doc, Merged} from './merge-lists.ts'
import type {Json} from '../net/json.ts'

/* Reports of several shards as one. Counts add; what is a mean or a percentile is weighted and an estimate. */

const part = (docs: readonly Doc[], member: string): Doc[] => docs.map(doc => (doc[member] ?? {}) as Doc)

/** The mean of a member, each shard counting by its `weight`. */
function weighted(records: readonly Doc[], member: string, weight: string): number {
  const weights = total(records, weight)
  if (weights === 0) return 0
  return records.reduce((sum, record) => sum + Number(record[member] ?? 0) * Number(record[weight] ?? 0), 0) / weights
}

function added(records: readonly Doc[], members: readonly string[]): Doc {
  return Object.fromEntries(members.map(member => [member, total(records, member)]))
}

/** Spans, averages and error rates are exact; a trace that is split over shards counts once on each. */
export function mergeServices(docs: readonly Doc[]): Merged {
  const groups = Map.groupBy(recordsOf(docs, 'services'), row => String(row['name']))
  const services = [...groups.values()].map(group => ({
    ...group[0], ...added(group, ['span_count', 'trace_count']),
    avg_duration_ms: weighted(group, 'avg_duration_ms', 'span_count'), error_rate: weighted(group, 'error_rate', 'span_count'),
  }))
  services.sort((a, b) => Number((b as Doc)['span_count']) - Number((a as Doc)['span_count']))
  const split = [...groups.values()].some(group => group.length > 1)
  return {document: {...docs[0], services}, estimates: split ? ['trace_count'] : []}
}

export function mergeSummary(docs: readonly Doc[]): Merged {
  const traces = part(docs, 'traces')
  const busy = traces.filter(each => Number(each['span_count']) > 0).length > 1
  const summed = added(traces, ['span_count', 'trace_count', 'error_count'])
  const document = {
    ...docs[0],
    traces: {
      ...summed, error_rate: rate(summed), max_ms: Math.max(0, ...numbers(traces, 'max_ms')),
      ...Object.fromEntries(['avg_ms', 'p50_ms', 'p95_ms', 'p99_ms'].map(each => [each, weighted(traces, each, 'span_count')])),
    },
    top_services: topServices(docs),
    top_error_operations: topOperations(docs),
    logs: added(part(docs, 'logs'), ['total', 'error', 'warn', 'info', 'debug']),
    metrics: {
      point_count: total(part(docs, 'metrics'), 'point_count'),
      unique_names: Math.max(0, ...numbers(part(docs, 'metrics'), 'unique_names')),
    },
  }
  const estimates = busy ? ['traces.trace_count', 'traces.p50_ms', 'traces.p95_ms', 'traces.p99_ms', 'top_services.p95_ms', 'metrics.unique_names'] : []
  return {document, estimates}
}

function rate(summed: Doc): number {
  return Number(summed['span_count']) > 0 ? Number(summed['error_count']) / Number(summed['span_count']) : 0
}

function topServices(docs: readonly Doc[]): Json[] {
  const rows = [...Map.groupBy(recordsOf(docs, 'top_services'), row => String(row['service'])).values()].map(group => ({
    ...group[0], span_count: total(group, 'span_count'),
    error_rate: weighted(group, 'error_rate', 'span_count'), p95_ms: weighted(group, 'p95_ms', 'span_count'),
  }))
  return rows.sort((a, b) => b.span_count - a.span_count).slice(0, 10)
}

function topOperations(docs: readonly Doc[]): Json[] {
  const groups = Map.groupBy(recordsOf(docs, 'top_error_operations'), row => `${String(row['service'])} ${String(row['operation'])}`)
  const rows = [...groups.values()].map(group => ({...group[0], error_count: total(group, 'error_count')}))
  return rows.sort((a, b) => b.error_count - a.error_count).slice(0, 10)
}

/** Of each service and kind the shard that moved most: every shard judged its own part of the data. */
export function mergeAnomalies(docs: readonly Doc[]): Merged {
  const size = (row: Doc) => Math.abs(Number(row['delta']))
  const rows = recordsOf(docs, 'anomalies').toSorted((a, b) => size(b) - size(a))
  const anomalies = distinct(rows, row => `${String(row['service'])} ${String(row['kind'])}`)
  return {document: {...docs[0], anomalies}, estimates: docs.length > 1 ? ['anomalies'] : []}
}

/** Rates add; error rate and latencies weigh each shard by its spans per second in the same window. */
export function mergeDiff(docs: readonly Doc[]): Merged {
  const figure = (member: string, add: boolean): Doc => {
    const sides = ['current', 'baseline'].map(side => {
      const rows = docs.map(doc => ({
        value: Number((doc[member] as Doc)[side]), weight: Number((doc['spans_per_second'] as Doc)[side]),
      }))
      return add ? total(rows, 'value') : weighted(rows, 'value', 'weight')
    })
    const [current = 0, baseline = 0] = sides
    return {current, baseline, delta: current - baseline, ratio: baseline === 0 ? null : current / baseline}
  }
  const sums = ['spans_per_second', 'log_errors_per_second']
  const means = ['error_rate', 'avg_ms', 'p50_ms', 'p95_ms', 'p99_ms']
  const merged = Object.fromEntries([...sums, ...means].map(member => [member, figure(member, sums.includes(member))]))
  return {document: {...docs[0], ...merged}, estimates: docs.length > 1 ? ['p50_ms', 'p95_ms', 'p99_ms'] : []}
}

export function mergeCorrelation(docs: readonly Doc[]): Merged {
  const start = byTime(docs, 'start_time', 1)[0]!
  const end = byTime(docs, 'end_time', -1)[0]!
  const logs = mergeLogs(docs, 500).document['logs']!
  const metrics = mergeMetrics(docs, true, 500).document['metrics']!
  const lengthMs = Date.parse(String(end['end_time'])) - Date.parse(String(start['start_time']))
  const document = {
    ...docs[0], span_count: total(docs, 'span_count'), error_count: total(docs, 'error_count'),
    services: [...new Set(docs.flatMap(doc => doc['services'] as string[]))].sort(compare),
    start_time: start['start_time']!, end_time: end['end_time']!, logs, metrics,
    duration_ms: docs.length > 1 ? lengthMs : docs[0]!['duration_ms']!,
  }
  return exact(document)
}

/** Calls add; a call whose two spans are on different shards is seen by neither. */
export function mergeTopology(docs: readonly Doc[]): Merged {
  const services = [...Map.groupBy(recordsOf(docs, 'services'), row => String(row['service'])).values()].map(group => {
    const sum = added(group, ['span_count', 'error_count'])
    return {...group[0], ...sum, error_rate: rate(sum)}
  })
  const edges = [...Map.groupBy(recordsOf(docs, 'edges'), row => `${String(row['from'])} ${String(row['to'])}`).values()].map(group => ({
    ...group[0], ...added(group, ['calls', 'errors']),
    error_rate: weighted(group, 'error_rate', 'calls'), avg_duration_ms: weighted(group, 'avg_duration_ms', 'calls'),
  }))
  const counts = added(docs, ['spans_examined', 'spans_with_parent_outside_window'])
  const outside = docs.length > 1 && Number(counts['spans_with_parent_outside_window']) > 0
  return {document: {...docs[0], services, edges, ...counts}, estimates: outside ? ['edges.calls'] : []}
}

export function mergeIngest(docs: readonly Doc[]): Merged {
  const pipelines = [...Map.groupBy(recordsOf(docs, 'pipelines'), row => String(row['pipeline'])).values()].map(group => ({
    ...group[0], ...added(group, ['batches', 'records', 'errors', 'shed']),
    last_accepted_at: byTime(group.filter(row => row['last_accepted_at'] !== null), 'last_accepted_at', -1)[0]?.['last_accepted_at'] ?? null,
  }))
  return exact({
    ...docs[0], pipelines,
    backpressure: added(part(docs, 'backpressure'), ['in_flight', 'max_in_flight']),
    metric_series: added(part(docs, 'metric_series'), ['tracked', 'limit', 'dropped_points']),
  })
}

export function mergeMetricDetail(docs: readonly Doc[]): Merged {
  const union = (member: string) => [...new Set(docs.flatMap(doc => (doc[member] ?? []) as string[]))].sort(compare)
  const recent = mergeMetrics(docs.map(doc => ({metrics: doc['recent_points'] ?? []})), true, 20).document['metrics']!
  const document = {
    ...docs[0], ...added(docs, ['point_count', 'series_count', 'points_with_histogram_buckets']),
    services: union('services'), label_keys: union('label_keys'), recent_points: recent,
    value_min: least(numbers(docs, 'value_min'), Math.min), value_max: least(numbers(docs, 'value_max'), Math.max),
    latest_timestamp: byTime(docs, 'latest_timestamp', -1)[0]!['latest_timestamp'] ?? null,
    histogram_quantile_available: docs.some(doc => doc['histogram_quantile_available'] === true),
  }
  return {document, estimates: docs.length > 1 ? ['series_count'] : []}
}

function least(values: number[], choose: (...values: number[]) => number): number | null {
  return values.length > 0 ? choose(...values) : null
}
