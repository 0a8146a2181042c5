import {table} from '../table.ts'
import {duration, percent} from '../units.ts'
import {view, type Page, type View} from '../view.ts'

interface Summary {
  windowSeconds: number
  service: string | null
  traces: {
    spans: number; traces: number; errors: number; errorRate: number | null
    avgMs: number | null; maxMs: number | null; p50Ms: number | null; p95Ms: number | null; p99Ms: number | null
  }
  topServices: {service: string; spans: number; errorRate: number; p95Ms: number}[]
  topErrorOperations: {service: string; operation: string; errors: number}[]
  logs: {total: number; error: number; warn: number; info: number; debug: number}
  metrics: {points: number; names: number}
}

/** A window without spans has no rate and no latency: "-", which is not zero. */
const rate = (value: number | null): string => (value === null ? '-' : percent(value))
const length = (ms: number | null): string => (ms === null ? '-' : duration(ms))

const services = view<Summary['topServices'][number]>('services', each => each.service, {
  service: each => each.service,
  spans: each => each.spans,
  errors: {
    get: each => percent(each.errorRate), align: 'right', tone: each => (each.errorRate > 0 ? 'bad' : undefined),
  },
  p95: {get: each => duration(each.p95Ms), align: 'right'},
})

const operations = view<Summary['topErrorOperations'][number]>('operations', each => each.operation, {
  service: each => each.service,
  operation: each => each.operation,
  errors: {get: each => each.errors, tone: () => 'bad'},
})

export const summaryView: View<Summary> = view<Summary>('summary', each => each.service ?? 'all', {
  window: {get: each => duration(each.windowSeconds * 1_000), value: each => each.windowSeconds, unit: 's'},
  service: each => each.service ?? 'all',
  spans: each => each.traces.spans,
  traces: each => each.traces.traces,
  errors: {get: each => `${each.traces.errors} (${rate(each.traces.errorRate)})`, value: each => each.traces.errors,
    tone: each => (each.traces.errors > 0 ? 'bad' : undefined)},
  p50: {get: each => length(each.traces.p50Ms), value: each => each.traces.p50Ms, unit: 'ms'},
  p95: {get: each => length(each.traces.p95Ms), value: each => each.traces.p95Ms, unit: 'ms'},
  p99: {get: each => length(each.traces.p99Ms), value: each => each.traces.p99Ms, unit: 'ms'},
  max: {get: each => length(each.traces.maxMs), value: each => each.traces.maxMs, unit: 'ms'},
  logs: {
    get: each => `${each.logs.total} (${each.logs.error} error, ${each.logs.warn} warn)`,
    value: each => each.logs.total,
  },
  metrics: {
    get: each => `${each.metrics.points} points of ${each.metrics.names} metrics`, value: each => each.metrics.points,
  },
}, {text: summaryText})

function summaryText(summary: Summary, page: Page): string {
  const options = {wide: false, headers: true}
  const parts = [line(summary, page)]
  if (summary.topServices.length > 0) parts.push(table(services, summary.topServices, options, page))
  if (summary.topErrorOperations.length > 0) parts.push(table(operations, summary.topErrorOperations, options, page))
  return parts.join('\n')
}

function line({traces, logs, metrics, windowSeconds, service}: Summary, page: Page): string {
  const scope = `last ${duration(windowSeconds * 1_000)}${service ? `, service ${service}` : ''}`
  const errors = `${traces.errors} errors (${rate(traces.errorRate)})`
  const [p50, p95, p99, max] = [traces.p50Ms, traces.p95Ms, traces.p99Ms, traces.maxMs].map(length)
  return `${page.paint('key', scope)}
spans    ${traces.spans} in ${traces.traces} traces, ${traces.errors > 0 ? page.paint('bad', errors) : errors}
latency  p50 ${p50}, p95 ${p95}, p99 ${p99}, max ${max}
logs     ${logs.total}: ${logs.error} error, ${logs.warn} warn, ${logs.info} info, ${logs.debug} debug
metrics  ${metrics.points} points of ${metrics.names} metrics
`
}
