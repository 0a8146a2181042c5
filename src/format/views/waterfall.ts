import {duration} from '../units.ts'
import {view} from '../view.ts'
import {waterfallText, type WaterfallLine} from '../waterfall-text.ts'

interface Node {
  span: {spanId: string; status: string; durationMs: number}
  depth: number
  offsetMs: number
  selfMs: number
  critical: boolean
  skew: 'early' | 'late' | null
  orphan: boolean
  children: Node[]
}

interface Row {
  kind: 'span' | 'missing-parent' | 'collapsed' | 'folded'
  node?: Node
  depth: number
  guides: boolean[]
  last: boolean
  label: string
  offsetMs: number
  durationMs: number
}

/** A whole trace and the rows of its picture. */
export interface Waterfall {
  trace: {
    traceId: string; spanCount: number; services: string[]; errors: number; startTime: string; endTime: string
    durationMs: number; roots: Node[]; missingParents: string[]; complete: boolean
  }
  rows: Row[]
  hidden: number
  offsets: boolean
  width?: number
}

/** As data: the trace's figures and its spans in reading order, each with its place in the tree. */
export const waterfallView = view<Waterfall>('trace', each => each.trace.traceId, {
  trace: each => each.trace.traceId,
  start: each => each.trace.startTime,
  duration: {get: each => duration(each.trace.durationMs), value: each => each.trace.durationMs, unit: 'ms'},
  spans: each => each.trace.spanCount,
  errors: each => each.trace.errors,
  services: each => each.trace.services.join(','),
  complete: each => each.trace.complete,
}, {
  data: ({trace: {roots, ...trace}}) => ({...trace, spans: flatten(roots)}),
  text: (waterfall, page) => waterfallText({
    title: title(waterfall.trace),
    totalMs: waterfall.trace.durationMs,
    lines: waterfall.rows.map(line),
    notes: notes(waterfall),
    offsets: waterfall.offsets,
  }, waterfall.width === undefined ? page : {...page, width: waterfall.width}),
})

function flatten(roots: readonly Node[]): unknown[] {
  const out: unknown[] = []
  const stack = [...roots].reverse()
  for (let node = stack.pop(); node; node = stack.pop()) {
    const {span, children, ...place} = node
    out.push({...span, ...place})
    stack.push(...[...children].reverse())
  }
  return out
}

function title(trace: Waterfall['trace']): string {
  const errors = trace.errors > 0 ? `, ${trace.errors} errors` : ''
  return `trace ${trace.traceId}  ${duration(trace.durationMs)}  ${trace.spanCount} spans${errors}  `
    + `${trace.startTime}  ${trace.services.join(', ')}`
}

function line(row: Row): WaterfallLine {
  return {
    label: row.label,
    guides: row.guides,
    depth: row.depth,
    last: row.last,
    offsetMs: row.offsetMs,
    durationMs: row.durationMs,
    selfMs: row.node?.selfMs,
    isError: row.node?.span.status === 'error',
    isCritical: row.node?.critical ?? false,
    skew: row.node?.skew ?? null,
    isRemark: row.kind === 'missing-parent' || row.kind === 'folded',
  }
}

function notes({trace, hidden}: Waterfall): string[] {
  const out: string[] = []
  if (!trace.complete) {
    const missing = trace.missingParents.length
    out.push(missing === 0
      ? 'incomplete: no root span'
      : `incomplete: ${missing} parent span(s) are not in the trace; it may still be arriving, or they were dropped`)
  }
  if (hidden > 0) {
    out.push(`${hidden} of ${trace.spanCount} spans are not shown by these filters or folds; -o json has them all`)
  }
  return out
}
