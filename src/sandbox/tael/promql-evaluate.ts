import {parsePromql, type Expression, type Selector} from './promql-parse.ts'
import type {StoredPoint} from './records.ts'
import {regex} from './filters.ts'
import type {Backend} from './store.ts'

export interface Series {
  metric: string
  labels: Record<string, string>
  value: number
  atNs: bigint
}

/** Evaluates a query now; `lookbackSeconds` is how old the newest point of a series may be. */
export function evaluatePromql(backend: Backend, text: string, nowNs: bigint, lookbackSeconds: number): Series[] {
  const {expression, comparison} = parsePromql(text)
  const series = evaluate(backend, expression, nowNs, lookbackSeconds)
  if (!comparison) return series
  const {operator, value} = comparison
  const holds: Record<string, (a: number) => boolean> = {
    '>': a => a > value, '<': a => a < value, '>=': a => a >= value, '<=': a => a <= value,
    '==': a => a === value, '!=': a => a !== value,
  }
  return series.filter(each => holds[operator]!(each.value))
}

function evaluate(backend: Backend, expression: Expression, nowNs: bigint, lookbackSeconds: number): Series[] {
  const points = (selector: Selector, seconds = lookbackSeconds) => fetchPoints(backend, selector, nowNs, seconds)
  switch (expression.kind) {
    case 'selector': return instant(points(expression.selector))
    case 'rate': return rate(points(expression.selector, expression.rangeSeconds))
    case 'quantile': return quantiles(points(expression.selector), expression.phi, expression.by)
    case 'aggregate':
      return aggregate(evaluate(backend, expression.of, nowNs, lookbackSeconds), expression.operator, expression.by)
  }
}

const labelsOf = (point: StoredPoint): Record<string, string> => ({...point.attributes, service: point.service})
const keyOf = (labels: Record<string, string>): string =>
  Object.keys(labels).sort().map(key => `${key}=${labels[key]}`).join(',')
const bySeries = (points: StoredPoint[]): StoredPoint[][] =>
  [...Map.groupBy(points, point => keyOf(labelsOf(point))).values()]
    .map(each => each.sort((a, b) => (a.atNs < b.atNs ? -1 : 1)))

function fetchPoints(backend: Backend, {metric, matchers}: Selector, nowNs: bigint, seconds: number): StoredPoint[] {
  const tests = matchers.map(({label, operator, value}) => {
    const pattern = operator.endsWith('~') ? regex(`^(?:${value})$`, 'invalid regex') : undefined
    return (labels: Record<string, string>) => {
      const own = labels[label] ?? ''
      return (pattern ? pattern.test(own) : own === value) !== operator.startsWith('!')
    }
  })
  return backend.points({name: metric, sinceNs: nowNs - BigInt(seconds) * 1_000_000_000n, limit: 10_000})
    .filter(point => tests.every(test => test({...labelsOf(point), __name__: point.name})))
}

function instant(points: StoredPoint[]): Series[] {
  return bySeries(points).map(each => each.at(-1)!)
    .map(point => ({metric: point.name, labels: labelsOf(point), value: point.value, atNs: point.atNs}))
}

/** Last minus first over the seconds between them; a falling counter is a reset and counts as zero. */
function rate(points: StoredPoint[]): Series[] {
  return bySeries(points).flatMap(each => {
    const [first, last] = [each[0]!, each.at(-1)!]
    const seconds = Math.trunc(Number(last.atNs - first.atNs) / 1e9)
    if (each.length < 2 || seconds <= 0) return []
    const value = Math.max(0, last.value - first.value) / seconds
    return [{metric: `rate(${last.name})`, labels: labelsOf(last), value, atNs: last.atNs}]
  })
}

const pick = (labels: Record<string, string>, by: string[]): Record<string, string> =>
  Object.fromEntries(by.filter(name => labels[name] !== undefined).map(name => [name, labels[name]!]))

function aggregate(series: Series[], operator: 'sum' | 'avg' | 'min' | 'max' | 'count', by: string[]): Series[] {
  return [...Map.groupBy(series, each => keyOf(pick(each.labels, by))).values()].map(group => {
    const values = group.map(each => each.value)
    const sum = values.reduce((total, value) => total + value, 0)
    const [min, max, count] = [Math.min(...values), Math.max(...values), values.length]
    const value = {sum, avg: sum / count, min, max, count}[operator]
    const atNs = group.reduce((latest, each) => (each.atNs > latest ? each.atNs : latest), 0n)
    return {metric: operator, labels: pick(group[0]!.labels, by), value, atNs}
  })
}

/** On stored buckets: delta histograms of a series add up, then those of a group with the same bounds. */
function quantiles(points: StoredPoint[], phi: number, by: string[]): Series[] {
  const series = bySeries(points.filter(point => point.histogram))
  const labels = (point: StoredPoint) => (by.length > 0 ? pick(labelsOf(point), by) : labelsOf(point))
  const isDelta = (each: StoredPoint[]) => each[0]!.histogram!.temporality === 'delta'
  return [...Map.groupBy(series, each => keyOf(labels(each[0]!))).values()].map(group => {
    const histograms = group.flatMap(each => (isDelta(each) ? each : each.slice(-1))).map(point => point.histogram!)
    const bounds = histograms[0]!.bounds
    const counts = [...bounds, 0].map((_, at) => histograms.reduce((sum, each) => sum + (each.counts[at] ?? 0), 0))
    const last = group.map(each => each.at(-1)!).sort((a, b) => (a.atNs < b.atNs ? 1 : -1))[0]!
    return {metric: last.name, labels: labels(last), value: quantile(bounds, counts, phi), atNs: last.atNs}
  })
}

/** Linear within the bucket that the rank falls into; the open last bucket gives its lower bound. */
function quantile(bounds: number[], counts: number[], phi: number): number {
  const total = counts.reduce((sum, count) => sum + count, 0)
  let below = 0
  for (const [at, count] of counts.entries()) {
    const upper = bounds[at]
    if (below + count >= phi * total) {
      if (upper === undefined) return bounds.at(-1) ?? Number.NaN
      const lower = at === 0 ? 0 : bounds[at - 1]!
      return count === 0 ? upper : lower + (upper - lower) * ((phi * total - below) / count)
    }
    below += count
  }
  return Number.NaN
}
