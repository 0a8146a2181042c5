import type {Json} from '../net/json.ts'
import {byTime, numbers, sortedText} from './merge-lists.ts'
import type {Doc, Merged} from './merge-lists.ts'
import type {AggregateOp, PromqlSplit} from './promql-split.ts'

/**
 * Series of a PromQL query of which each shard evaluated the innermost expression over its own points; what
 * is around it is done here, as the server does it. Exact for selectors, where the newest point of a series
 * counts, and for series that one shard has alone. A rate or a quantile that two shards give of the same
 * series is the mean of theirs: an estimate, since its points are on both.
 */
export function mergeSeries(docs: readonly Doc[], query: string, split: PromqlSplit | undefined): Merged {
  const all = docs.flatMap(doc => (doc['series'] ?? []) as Doc[])
  const groups = [...Map.groupBy(all, each => `${String(each['metric'])} ${sortedText(each['labels'])}`).values()]
  const isShared = groups.some(group => group.length > 1)
  const own = groups.map(group => {
    const newest = byTime(group, 'timestamp', -1)[0]!
    return group.length === 1 || split?.kind === 'selector' ? newest : {...newest, value: mean(numbers(group, 'value'))}
  })
  const aggregated = (split?.aggregations ?? []).reduce(aggregate, own)
  const compare = split?.compare
  const series = compare ? aggregated.filter(each => passes(Number(each['value'] ?? Number.NaN), compare)) : aggregated
  const isExact = split?.kind === 'selector' || (split !== undefined && !isShared) || docs.length < 2
  return {document: {...docs[0], query, series, count: series.length}, estimates: isExact ? [] : ['series.value']}
}

function mean(values: number[]): Json {
  return values.length > 0 ? values.reduce((a, b) => a + b, 0) / values.length : null
}

/** One series a group of labels, with the newest of its times. */
function aggregate(input: readonly Doc[], {op, by}: {op: AggregateOp; by: string[]}): Doc[] {
  const labelsOf = (each: Doc) => {
    const labels = each['labels'] as Doc
    return Object.fromEntries(by.filter(name => labels[name] !== undefined).map(name => [name, labels[name]!]))
  }
  return [...Map.groupBy(input, each => sortedText(labelsOf(each))).values()].map(group => ({
    metric: op, labels: labelsOf(group[0]!), timestamp: byTime(group, 'timestamp', -1)[0]!['timestamp']!,
    value: finite(figures[op](group.map(each => (each['value'] === null ? Number.NaN : Number(each['value']))))),
  }))
}

const figures: Record<AggregateOp, (values: number[]) => number> = {
  sum: values => values.reduce((a, b) => a + b, 0),
  avg: values => values.reduce((a, b) => a + b, 0) / values.length,
  // NaN loses against any number here, as it does on the server.
  min: values => Math.min(...values.filter(each => !Number.isNaN(each))),
  max: values => Math.max(...values.filter(each => !Number.isNaN(each))),
  count: values => values.length,
}

const finite = (value: number): Json => (Number.isFinite(value) ? value : null)

function passes(value: number, {op, threshold}: {op: string; threshold: number}): boolean {
  switch (op) {
    case '>': return value > threshold
    case '>=': return value >= threshold
    case '<': return value < threshold
    case '<=': return value <= threshold
    case '==': return Math.abs(value - threshold) < Number.EPSILON
    default: return Math.abs(value - threshold) >= Number.EPSILON
  }
}
