import {evaluatePromql} from './promql-evaluate.ts'
import {parsePromql} from './promql-parse.ts'
import type {StoredPoint} from './records.ts'
import {summary} from './reports.ts'
import {RouteError} from './route-error.ts'
import type {Backend} from './store.ts'

export type AlertSink = {kind: 'webhook'; url: string} | {kind: 'exec'; command: string}

export interface AlertRule {
  name: string
  query: string
  for_seconds: number
  window_seconds: number
  sinks: AlertSink[]
  description: string | null
  createdAtNs: bigint
}

export type AlertState = 'ok' | 'pending' | 'firing'

/** One change of state; keys in the order of the server's own record. `matched` is empty when it is over. */
export interface AlertEvent {
  rule: string
  state: AlertState
  previous_state: AlertState
  atNs: bigint
  query: string
  matched: {metric: string; labels: Record<string, string>; value: number}[]
  description?: string
}

/** As many events as the server remembers. */
const remembered = 256

/** The alert rules of one server, which outlive its process, and their state, which does not. */
export class AlertBook {
  #rules: AlertRule[] = []
  #states = new Map<string, {state: AlertState; sinceNs: bigint | undefined}>()
  #events: AlertEvent[] = []

  list(): {rule: AlertRule; state: AlertState}[] {
    return this.#rules.map(rule => ({rule, state: this.#states.get(rule.name)?.state ?? 'ok'}))
  }

  add(rule: AlertRule): void {
    try {
      parsePromql(rule.query)
    } catch {
      throw new RouteError(400, `alert \`${rule.name}\` has an invalid query`)
    }
    if (this.#rules.some(({name}) => name === rule.name)) {
      throw new RouteError(400, `an alert named \`${rule.name}\` already exists`)
    }
    this.#rules.push(rule)
  }

  remove(name: string): boolean {
    const before = this.#rules.length
    this.#rules = this.#rules.filter(rule => rule.name !== name)
    this.#states.delete(name)
    return this.#rules.length < before
  }

  sinksOf(name: string): readonly AlertSink[] {
    return this.#rules.find(rule => rule.name === name)?.sinks ?? []
  }

  /** Newest first. */
  recent(limit: number): AlertEvent[] {
    return this.#events.toReversed().slice(0, limit)
  }

  /** The shortest window of all rules, for which series are derived from spans; undefined without rules. */
  get windowSeconds(): number | undefined {
    return this.#rules.length === 0 ? undefined : Math.min(...this.#rules.map(rule => rule.window_seconds))
  }

  /** One pass over all rules: what changed. Pending is a step on the way and no event. */
  evaluate(backend: Backend, nowNs: bigint): AlertEvent[] {
    const events = this.#rules.flatMap(rule => this.#evaluateRule(rule, backend, nowNs))
    this.#events = [...this.#events, ...events].slice(-remembered)
    return events
  }

  #evaluateRule(rule: AlertRule, backend: Backend, nowNs: bigint): AlertEvent[] {
    const matched = evaluatePromql(backend, rule.query, nowNs, rule.window_seconds)
      .filter(series => !Number.isNaN(series.value))
      .map(({metric, labels, value}) => ({metric, labels, value}))
    const before = this.#states.get(rule.name) ?? {state: 'ok' as const, sinceNs: undefined}
    const next = nextState(matched.length > 0, before.sinceNs, rule.for_seconds, nowNs)
    this.#states.set(rule.name, next)
    const isNews = before.state !== next.state && (next.state === 'firing' || before.state === 'firing')
    if (!isNews) return []
    return [{
      rule: rule.name, state: next.state, previous_state: before.state, atNs: nowNs, query: rule.query,
      matched: next.state === 'firing' ? matched : [],
      ...(rule.description === null ? {} : {description: rule.description}),
    }]
  }

  /** What the end of a process takes with it. */
  forget(): void {
    this.#states.clear()
    this.#events = []
  }
}

/** A rule fires when it has held for so long, without a break. */
export function nextState(
  holds: boolean, sinceNs: bigint | undefined, forSeconds: number, nowNs: bigint,
): {state: AlertState; sinceNs: bigint | undefined} {
  if (!holds) return {state: 'ok', sinceNs: undefined}
  const startNs = sinceNs ?? nowNs
  return {state: (nowNs - startNs) / 1_000_000_000n >= BigInt(forSeconds) ? 'firing' : 'pending', sinceNs: startNs}
}

/** The series `tael:span_*` of a window, which the server writes as metrics before each pass. */
export function spanDerivedPoints(backend: Backend, nowNs: bigint, windowSeconds: number): StoredPoint[] {
  const report = summary(backend, nowNs, windowSeconds)
  const traces = report['traces'] as Record<string, number>
  const services = report['top_services'] as {service: string; error_rate: number; p95_ms: number; span_count: number}[]
  const point = (service: string, name: string, value: number): StoredPoint => ({
    atNs: nowNs, service, name: `tael:span_${name}`, type: 'gauge', value, unit: '',
    attributes: {window_seconds: String(windowSeconds)},
  })
  return [
    point('tael', 'error_rate', traces['error_rate']!),
    point('tael', 'p95_ms', traces['p95_ms']!),
    point('tael', 'p99_ms', traces['p99_ms']!),
    point('tael', 'count', traces['span_count']!),
    point('tael', 'error_count', traces['error_count']!),
    ...services.flatMap(each => [
      point(each.service, 'error_rate', each.error_rate),
      point(each.service, 'p95_ms', each.p95_ms),
      point(each.service, 'count', each.span_count),
    ]),
  ]
}
