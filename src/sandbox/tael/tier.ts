import {RouteError} from './route-error.ts'
import type {Backend, LogQuery, PointQuery, Shard, SpanQuery} from './store.ts'
import type {StoredComment, StoredLog, StoredPoint, StoredSpan} from './records.ts'

const newestFirst = (a: {atNs: bigint}, b: {atNs: bigint}): number => (a.atNs > b.atNs ? -1 : 1)

/**
 * A query tier: asks each shard and joins what comes. A shard that is down is left out without a word, which
 * is what the real tier does and why our own fan-out exists.
 */
export class Tier implements Backend {
  readonly isTier = true
  readonly #shards: readonly Shard[]
  readonly #isDown: (shard: Shard) => boolean

  constructor(shards: readonly Shard[], isDown: (shard: Shard) => boolean) {
    this.#shards = shards
    this.#isDown = isDown
  }

  #up(operation: string): Shard[] {
    const up = this.#shards.filter(shard => !this.#isDown(shard))
    if (up.length === 0) throw new RouteError(500, `all ${this.#shards.length} shards failed for ${operation}`)
    return up
  }

  spans(query: SpanQuery): StoredSpan[] {
    return this.#up('query_traces').flatMap(shard => shard.spans(query))
      .sort((a, b) => (a.startNs > b.startNs ? -1 : 1)).slice(0, query.limit)
  }

  trace(traceId: string): StoredSpan[] {
    for (const shard of this.#up('get_trace')) {
      const found = shard.trace(traceId)
      if (found.length > 0) return found
    }
    return []
  }

  logs(query: LogQuery): StoredLog[] {
    return this.#up('query_logs').flatMap(shard => shard.logs(query)).sort(newestFirst).slice(0, query.limit)
  }

  points(query: PointQuery): StoredPoint[] {
    return this.#up('query_metrics').flatMap(shard => shard.points(query)).sort(newestFirst).slice(0, query.limit)
  }

  metricNames(): number {
    return 0
  }

  comments(traceId: string): StoredComment[] {
    return this.#up('get_comments').flatMap(shard => shard.comments(traceId))
  }

  addComment(comment: StoredComment): void {
    const shards = this.#up('add_comment')
    ;(shards.find(shard => shard.trace(comment.trace_id).length > 0) ?? shards[0]!).addComment(comment)
  }
}
