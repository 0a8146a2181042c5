import {parseInstantNs} from './instant.ts'
import {byTime, compare, exact, mergeMetrics, numbers, recordsOf, total} from './merge-lists.ts'
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
    avg_duration_ms: weighted(group, 'avg_duration_ms', 'span_count'),
    error_rate: weighted(group, 'error_rate', 'span_count'),
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
      ...Object.fromEntries(
        ['avg_ms', 'p50_ms', 'p95_ms', 'p99_ms'].map(each => [each, weighted(traces, each, 'span_count')]),
      ),
    },
    top_services: topServices(docs),
    top_error_operations: topOperations(docs),
    logs: added(part(docs, 'logs'), ['total', 'error', 'warn', 'info', 'debug']),
    metrics: {
      point_count: total(part(docs, 'metrics'), 'point_count'),
      unique_names: Math.max(0, ...numbers(part(docs, 'metrics'), 'unique_names')),
    },
  }
  const estimates = busy ? [
    'traces.trace_count', 'traces.p50_ms', 'traces.p95_ms', 'traces.p99_ms', 'top_services.p95_ms',
    'metrics.unique_names',
  ] : []
  return {document, estimates}
}

function rate(summed: Doc): number {
  return quotient(Number(summed['error_count']), Number(summed['span_count']))
}

const quotient = (part: number, whole: number): number => (whole > 0 ? part / whole : 0)

/** The busiest services over all summaries; exact while no shard had to leave one out. */
export function topServices(docs: readonly Doc[]): Doc[] {
  const rows = [...Map.groupBy(recordsOf(docs, 'top_services'), row => String(row['service'])).values()].map(group => ({
    ...group[0], span_count: total(group, 'span_count'),
    error_rate: weighted(group, 'error_rate', 'span_count'), p95_ms: weighted(group, 'p95_ms', 'span_count'),
  }))
  return rows.sort((a, b) => b.span_count - a.span_count).slice(0, 10)
}

function topOperations(docs: readonly Doc[]): Json[] {
  const groups = Map.groupBy(
    recordsOf(docs, 'top_error_operations'), row => `${String(row['service'])} ${String(row['operation'])}`,
  )
  const rows = [...groups.values()].map(group => ({...group[0], error_count: total(group, 'error_count')}))
  return rows.sort((a, b) => b.error_count - a.error_count).slice(0, 10)
}

const totalOf = (docs: readonly Doc[], side: string, what: string) =>
  total(part(docs, 'totals'), `${side}_${what}_count`)

/** Rates add, the error rate comes of the totals; latencies weigh each shard by its spans of the same window. */
export function mergeDiff(docs: readonly Doc[]): Merged {
  const figure = (of: (side: 'current' | 'baseline') => number): Doc => {
    const [current, baseline] = [of('current'), of('baseline')]
    return {current, baseline, delta: current - baseline, ratio: baseline === 0 ? null : current / baseline}
  }
  const added = (member: string) => figure(side => total(part(docs, member), side))
  const weighed = (member: string) => figure(side => weighted(docs.map(doc => ({
    value: (doc[member] as Doc)[side]!, weight: totalOf([doc], side, 'span'),
  })), 'value', 'weight'))
  const names = ['current_span_count', 'baseline_span_count', 'current_error_count', 'baseline_error_count']
  const document = {
    ...docs[0],
    totals: Object.fromEntries(names.map(name => [name, total(part(docs, 'totals'), name)])),
    spans_per_second: added('spans_per_second'), log_errors_per_second: added('log_errors_per_second'),
    error_rate: figure(side => quotient(totalOf(docs, side, 'error'), totalOf(docs, side, 'span'))),
    ...Object.fromEntries(['avg_ms', 'p50_ms', 'p95_ms', 'p99_ms'].map(member => [member, weighed(member)])),
  }
  const busy = docs.filter(doc => totalOf([doc], 'baseline', 'span') > 0)
  return {document, estimates: busy.length > 1 ? ['p50_ms', 'p95_ms', 'p99_ms'] : []}
}

/** A trace with its logs and the metrics of its first service, out of what all shards have of each. */
export function correlationOf(
  traceId: string, spans: readonly Doc[], {logs, metrics}: {logs: Json; metrics: Json},
): Doc {
  const start = spans[0]!['start_time'] as string
  const end = byTime(spans, 'end_time', -1)[0]!['end_time'] as string
  const lengthUs = ((parseInstantNs(end) ?? 0n) - (parseInstantNs(start) ?? 0n)) / 1_000n
  return {
    trace_id: traceId, span_count: spans.length, error_count: spans.filter(span => span['status'] === 'error').length,
    services: [...new Set(spans.map(span => String(span['service'])))].sort(compare),
    start_time: start.replace(/Z$/, '+00:00'), end_time: end.replace(/Z$/, '+00:00'),
    duration_ms: Number(lengthUs) / 1_000, logs, metrics,
  }
}

const edgeName = (row: Doc) => `${String(row['from'])}\0${String(row['to'])}`

/** Calls add; a call whose two spans are on different shards is seen by neither. */
export function mergeTopology(docs: readonly Doc[]): Merged {
  const services = [...Map.groupBy(recordsOf(docs, 'services'), row => String(row['service'])).values()].map(group => {
    const sum = added(group, ['span_count', 'error_count'])
    return {...group[0], ...sum, error_rate: rate(sum)}
  })
  const edges = [...Map.groupBy(recordsOf(docs, 'edges'), edgeName).values()].map(group => ({
    ...group[0], ...added(group, ['calls', 'errors']),
    error_rate: weighted(group, 'error_rate', 'calls'), avg_duration_ms: weighted(group, 'avg_duration_ms', 'calls'),
  }))
  services.sort((a, b) => compare(String((a as Doc)['service']), String((b as Doc)['service'])))
  edges.sort((a, b) => compare(edgeName(a), edgeName(b)))
  const counts = added(docs, ['spans_examined', 'spans_with_parent_outside_window'])
  const outside = docs.length > 1 && Number(counts['spans_with_parent_outside_window']) > 0
  return {document: {...docs[0], services, edges, ...counts}, estimates: outside ? ['edges.calls'] : []}
}

export function mergeIngest(docs: readonly Doc[]): Merged {
  const pipelines = [
    ...Map.groupBy(recordsOf(docs, 'pipelines'), row => String(row['pipeline'])).values(),
  ].map(group => ({
    ...group[0], ...added(group, ['batches', 'records', 'errors', 'shed']),
    last_accepted_at: byTime(
      group.filter(row => row['last_accepted_at'] !== null), 'last_accepted_at', -1,
    )[0]?.['last_accepted_at'] ?? null,
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
