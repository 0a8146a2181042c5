import {buildTrace, preorder} from './trace.ts'
import type {Span} from './model.ts'

/** One line of `tael traces`. */
export interface TraceSummary {
  traceId: string
  /** The earliest root's service and operation; of the earliest span when no root is there. */
  service: string
  operation: string
  services: string[]
  spans: number
  errors: number
  durationMs: number
  startTime: string
  /** No root, or spans whose parent is missing: it may still be arriving, or its start is out of reach. */
  complete: boolean
}

/** Summarises whole traces, newest first. */
export function summariseTraces(traces: Iterable<readonly Span[]>): TraceSummary[] {
  const summaries: TraceSummary[] = []
  for (const spans of traces) {
    const trace = buildTrace(spans)
    if (!trace) continue
    const head = [...preorder(trace.roots)][0]!
    summaries.push({
      traceId: trace.traceId,
      service: head.span.service,
      operation: head.span.operation,
      services: trace.services,
      spans: trace.spanCount,
      errors: trace.errors,
      durationMs: trace.durationMs,
      startTime: trace.startTime,
      complete: trace.complete,
    })
  }
  return summaries.sort(
    (a, b) => (a.startTime < b.startTime ? 1 : a.startTime > b.startTime ? -1 : a.traceId < b.traceId ? -1 : 1),
  )
}

/** The trace ids among spans, in order of first appearance. */
export function traceIds(spans: readonly Span[]): string[] {
  return [...new Set(spans.map(span => span.traceId))]
}
