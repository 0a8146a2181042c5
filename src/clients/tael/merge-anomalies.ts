import {distinct, recordsOf, type Doc, type Merged} from './merge-lists.ts'
import {topServices} from './merge-reports.ts'

/** What one shard says of both windows: two of its summaries. */
export interface ShardWindows {
  current: Doc
  baseline: Doc
}

/** A summary names its ten busiest services; a shard that names fewer has named all. */
const mostNamed = 10

/**
 * Anomalies by the server's rules, over the summaries of all shards. Error rates add up exactly, so a service
 * whose errors are all on one shard is judged by all its spans. Percentiles do not: of each service the shard
 * whose p95 rose most is told, as what one shard saw, an estimate of the whole.
 */
export function mergeAnomalies(docs: readonly ShardWindows[]): Merged {
  const [current, baseline] = [docs.map(doc => doc.current), docs.map(doc => doc.baseline)]
  const rates = errorRates(topServices(current), topServices(baseline))
  const named = (doc: Doc) => recordsOf([doc], 'top_services')
  const latencies = docs.flatMap(doc => latencyRises(named(doc.current), named(doc.baseline)))
  latencies.sort((a, b) => Number(b['delta']) - Number(a['delta']))
  const busy = baseline.filter(doc => named(doc).length > 0)
  const isCut = [...current, ...baseline].some(doc => named(doc).length >= mostNamed)
  return {
    document: {
      current_seconds: current[0]!['window_seconds']!, baseline_seconds: baseline[0]!['window_seconds']!,
      service_filter: current[0]!['service_filter'] ?? null,
      anomalies: [...rates, ...distinct(latencies, row => String(row['service']))],
    },
    estimates: busy.length < 2 ? [] : [...(isCut ? ['anomalies.error_rate'] : []), 'anomalies.p95_latency'],
  }
}

interface Pair {
  service: string
  now: number
  before: number
}

/** Each service of both windows, its figures now and before. */
function pairs(current: readonly Doc[], baseline: readonly Doc[], member: string): Pair[] {
  return current.flatMap(row => {
    const base = baseline.find(each => each['service'] === row['service'])
    return base ? [{service: String(row['service']), now: Number(row[member]), before: Number(base[member])}] : []
  })
}

/** More than 0.05 above the baseline; more than 0.20 is high. */
function errorRates(current: readonly Doc[], baseline: readonly Doc[]): Doc[] {
  const rises = pairs(current, baseline, 'error_rate').filter(({now, before}) => now > before + 0.05)
  return rises.map(pair => anomaly('error_rate', pair, pair.now > pair.before + 0.2,
    `error rate increased from ${(pair.before * 100).toFixed(1)}% to ${(pair.now * 100).toFixed(1)}%`))
}

/** More than 1.5 times the baseline and by more than 25 ms; more than twice is high. */
function latencyRises(current: readonly Doc[], baseline: readonly Doc[]): Doc[] {
  const rises = pairs(current, baseline, 'p95_ms').filter(({now, before}) => now > before * 1.5 && now - before > 25)
  return rises.map(pair => anomaly('p95_latency', pair, pair.now > pair.before * 2,
    `p95 latency increased from ${pair.before.toFixed(1)}ms to ${pair.now.toFixed(1)}ms`))
}

function anomaly(kind: string, {service, now, before}: Pair, isHigh: boolean, words: string): Doc {
  return {
    service, kind, severity: isHigh ? 'high' : 'medium', current: now, baseline: before, delta: now - before,
    description: `${service} ${words}`,
  }
}
