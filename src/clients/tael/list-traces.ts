import type {TaelClient} from './client.ts'
import {parseInstantNs} from './instant.ts'
import type {Span} from './model.ts'
import type {SpanFilter} from './query.ts'
import {summariseTraces, traceIds, type TraceSummary} from './trace-summary.ts'

export interface TraceQuery {
  filter: Omit<SpanFilter, 'limit' | 'lastSeconds'>
  /** Traces, not spans. */
  limit: number
  lastSeconds?: number
  sinceMs?: number
  untilMs?: number
}

const spansAtOnce = 1_000
const spansAtMost = 64_000
const lookupsAtOnce = 8

/**
 * Traces that hold a matching span, newest first. The server's limit counts spans, so it is asked for more
 * until enough different traces are found; each is then looked up whole, since filters pick single spans.
 */
export async function listTraces(
  tael: Pick<TaelClient, 'spans' | 'trace'>, query: TraceQuery, signal?: AbortSignal,
): Promise<{traces: TraceSummary[]; more: boolean}> {
  const {ids, more} = await findIds(tael, query, signal)
  const whole = await lookUp(tael, ids, signal)
  return {traces: summariseTraces(whole), more}
}

async function findIds(
  tael: Pick<TaelClient, 'spans'>, query: TraceQuery, signal?: AbortSignal,
): Promise<{ids: string[]; more: boolean}> {
  for (let limit = Math.max(spansAtOnce, query.limit * 4); ; limit *= 4) {
    const asked = Math.min(limit, Math.max(spansAtMost, query.limit * 4))
    const answer = await tael.spans({...query.filter, lastSeconds: query.lastSeconds, limit: asked}, signal)
    const ids = traceIds(answer.value.filter(span => isWithin(span, query)))
    const isAll = answer.value.length < asked
    if (isAll || ids.length >= query.limit || asked < limit) {
      return {ids: ids.slice(0, query.limit), more: ids.length > query.limit || !isAll}
    }
  }
}

function isWithin(span: Span, {sinceMs, untilMs}: TraceQuery): boolean {
  if (sinceMs === undefined && untilMs === undefined) return true
  const startNs = parseInstantNs(span.startTime) ?? 0n
  return (sinceMs === undefined || startNs >= BigInt(Math.round(sinceMs)) * 1_000_000n)
    && (untilMs === undefined || startNs < BigInt(Math.round(untilMs)) * 1_000_000n)
}

/** Whole traces, a few at a time; one that is gone by now is left out. */
async function lookUp(
  tael: Pick<TaelClient, 'trace'>, ids: readonly string[], signal?: AbortSignal,
): Promise<Span[][]> {
  const found: Span[][] = []
  let next = 0
  const worker = async () => {
    for (let id = ids[next++]; id !== undefined; id = ids[next++]) {
      const spans = await tael.trace(id, signal).then(answer => answer.value, error => {
        if ((error as {code?: string}).code === 'NOT_FOUND') return []
        throw error
      })
      found.push(spans)
    }
  }
  await Promise.all(Array.from({length: Math.min(lookupsAtOnce, ids.length)}, worker))
  return found
}
