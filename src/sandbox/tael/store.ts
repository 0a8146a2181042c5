import {attributeTest, textTest, words} from './filters.ts'
import {
  durationMs, type Batch, type StoredComment, type StoredLog, type StoredPoint, type StoredSpan,
} from './records.ts'

export interface SpanQuery {
  service?: string
  operation?: string
  minDurationMs?: number
  maxDurationMs?: number
  status?: string
  sinceNs?: bigint
  limit: number
  attributes: string[]
  text?: string
}

export interface LogQuery {
  service?: string
  severity?: string
  bodyContains?: string
  traceId?: string
  attributes: string[]
  sinceNs?: bigint
  limit: number
}

export interface PointQuery {
  service?: string
  name?: string
  type?: string
  sinceNs?: bigint
  limit: number
}

/** What a server answers from: one shard's records, or a query tier over several. */
export interface Backend {
  spans(query: SpanQuery): StoredSpan[]
  trace(traceId: string): StoredSpan[]
  logs(query: LogQuery): StoredLog[]
  points(query: PointQuery): StoredPoint[]
  comments(traceId: string): StoredComment[]
  addComment(comment: StoredComment): void
  /** How many metrics it knows by name. */
  metricNames(): number
  /** Whether it is a query tier, which refuses some routes. */
  isTier: boolean
}

const newest = (a: bigint, b: bigint): number => (a > b ? -1 : a < b ? 1 : 0)
const byName = (a: StoredPoint, b: StoredPoint): number => (a.name > b.name ? -1 : a.name < b.name ? 1 : 0)
const bySpan = (a: StoredSpan, b: StoredSpan): number => newest(a.startNs, b.startNs) || (a.spanId < b.spanId ? -1 : 1)

/** Of each signal: with the trickle of a live sandbox about an hour. */
const mostRecords = 10_000

/** One shard: records in memory, found by looking at all of them. */
export class Shard implements Backend {
  readonly isTier = false
  #spans = new Map<string, StoredSpan>()
  #logs: StoredLog[] = []
  #points: StoredPoint[] = []
  #comments: StoredComment[] = []

  add(records: Batch): void {
    for (const span of records.spans ?? []) this.#spans.set(`${span.traceId}/${span.spanId}`, span)
    this.#logs.push(...(records.logs ?? []))
    this.#points.push(...(records.points ?? []))
    this.#forget()
  }

  /** Keeps its memory bounded: what came first goes first. */
  #forget(): void {
    for (const key of this.#spans.keys()) {
      if (this.#spans.size <= mostRecords) break
      this.#spans.delete(key)
    }
    for (const list of [this.#logs, this.#points]) {
      if (list.length > mostRecords * 1.1) list.splice(0, list.length - mostRecords)
    }
  }

  spans(query: SpanQuery): StoredSpan[] {
    const tests = query.attributes.map(attributeTest)
    const matching = query.text === undefined ? undefined : this.#tracesWithText(query.text)
    return [...this.#spans.values()].filter(span =>
      (query.service === undefined || span.service === query.service)
      && (query.operation === undefined || span.operation.includes(query.operation))
      && (query.status === undefined || span.status === query.status)
      && (query.minDurationMs === undefined || durationMs(span) >= query.minDurationMs)
      && (query.maxDurationMs === undefined || durationMs(span) <= query.maxDurationMs)
      && (query.sinceNs === undefined || span.startNs >= query.sinceNs)
      && tests.every(test => test(span.attributes))
      && (matching === undefined || matching.has(span.traceId)))
      .sort(bySpan).slice(0, query.limit)
  }

  #tracesWithText(query: string): Set<string> {
    const test = textTest(query)
    const found = new Set<string>()
    for (const span of this.#spans.values()) {
      const text = Object.entries(span.attributes).map(([key, value]) => `${key}=${value}`).join(' ')
      if (test(words(text))) found.add(span.traceId)
    }
    for (const log of this.#logs) if (log.traceId && test(words(log.body))) found.add(log.traceId)
    return found
  }

  trace(traceId: string): StoredSpan[] {
    return [...this.#spans.values()].filter(span => span.traceId === traceId).sort((a, b) => -bySpan(a, b))
  }

  logs(query: LogQuery): StoredLog[] {
    const tests = query.attributes.map(attributeTest)
    return this.#logs.filter(log =>
      (query.service === undefined || log.service === query.service)
      && (query.severity === undefined || log.severity === query.severity)
      && (query.bodyContains === undefined || log.body.includes(query.bodyContains))
      && (query.traceId === undefined || log.traceId === query.traceId)
      && (query.sinceNs === undefined || log.atNs >= query.sinceNs)
      && tests.every(test => test(log.attributes)))
      .sort((a, b) => newest(a.atNs, b.atNs)).slice(0, query.limit)
  }

  /** By time with a name, else by name first: the server cuts to the limit in that order. */
  points(query: PointQuery): StoredPoint[] {
    return this.#points.filter(point =>
      (query.service === undefined || point.service === query.service)
      && (query.name === undefined || point.name === query.name)
      && (query.type === undefined || point.type === query.type)
      && (query.sinceNs === undefined || point.atNs >= query.sinceNs))
      .sort((a, b) => (query.name === undefined ? byName(a, b) : 0) || newest(a.atNs, b.atNs))
      .slice(0, query.limit)
  }

  metricNames(): number {
    return new Set(this.#points.map(point => point.name)).size
  }

  comments(traceId: string): StoredComment[] {
    return this.#comments.filter(comment => comment.trace_id === traceId)
  }

  addComment(comment: StoredComment): void {
    this.#comments.push(comment)
  }
}
