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
  const latencies = docs.flatMap(doc => latencyRises(recordsOf([doc.current], 'top_services'), recordsOf([doc.baseline], 'top_services')))
  latencies.sort((a, b) => Number(b['delta']) - Number(a['delta']))
  const busy = baseline.filter(doc => recordsOf([doc], 'top_services').length > 0)
  const isCut = [...current, ...baseline].some(doc => recordsOf([doc], 'top_services').length >= mostNamed)
  return {
    document: {
      current_seconds: current[0]!['window_seconds']!, baseline_seconds: baseline[0]!['window_seconds']!,
      service_filter: current[0]!['service_filter'] ?? null,
      anomalies: [...rates, ...distinct(latencies, row => String(row['service']))],
    },
    estimates: busy.length < 2 ? [] : [...(isCut ? ['anomalies.error_rate'] : []), 'anomalies.p95_latency'],
  }
}

/** Each service of both windows, its figures now and before. */
function pairs(current: readonly Doc[], baseline: readonly Doc[], member: string): {service: string; now: number; before: number}[] {
  return current.flatMap(row => {
    const base = baseline.find(each => each['service'] === row['service'])
    return base ? [{service: String(row['service']), now: Number(row[member]), before: Number(base[member])}] : []
  })
}

/** More than 0.05 above the baseline; more than 0.20 is high. */
function errorRates(current: readonly Doc[], baseline: readonly Doc[]): Doc[] {
  return pairs(current, baseline, 'error_rate').filter(({now, before}) => now > before + 0.05).map(({service, now, before}) => ({
    service, kind: 'error_rate', severity: now > before + 0.2 ? 'high' : 'medium', current: now, baseline: before, delta: now - before,
    description: `${service} error rate increased from ${(before * 100).toFixed(1)}% to ${(now * 100).toFixed(1)}%`,
  }))
}

/** More than 1.5 times the baseline and by more than 25 ms; more than twice is high. */
function latencyRises(current: readonly Doc[], baseline: readonly Doc[]): Doc[] {
  const rises = pairs(current, baseline, 'p95_ms').filter(({now, before}) => now > before * 1.5 && now - before > 25)
  return rises.map(({service, now, before}) => ({
    service, kind: 'p95_latency', severity: now > before * 2 ? 'high' : 'medium', current: now, baseline: before, delta: now - before,
    description: `${service} p95 latency increased from ${before.toFixed(1)}ms to ${now.toFixed(1)}ms`,
  }))
}
