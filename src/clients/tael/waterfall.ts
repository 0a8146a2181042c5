import {preorder, type Trace, type TraceNode} from './trace.ts'

export interface WaterfallOptions {
  /** Spans shorter than this are left out, with their children when those are shorter too. */
  minDurationMs?: number
  /** Deepest level shown; roots are 0. */
  depth?: number
  /** Only spans of these services, and what leads to them. */
  services?: string[]
  /** Only failed spans, and what leads to them. */
  errorsOnly?: boolean
  /** So many or more siblings of the same service and operation become one row; 0 never. */
  collapse: number
  /** At most so many rows; the rest is folded into rows that say how much they hide. */
  maxRows: number
}

/** One row of the picture. Rows that stand for several spans say so; nothing is left out silently. */
export interface WaterfallRow {
  kind: 'span' | 'missing-parent' | 'collapsed' | 'folded'
  node?: TraceNode
  depth: number
  /** For each ancestor level whether another sibling follows below: the gutter lines. */
  guides: boolean[]
  last: boolean
  label: string
  /** How many spans the row stands for. */
  count: number
  offsetMs: number
  durationMs: number
}

/** The rows of a trace under the given filters, and how many spans they do not show. */
export function waterfallRows(trace: Trace, options: WaterfallOptions): {rows: WaterfallRow[]; hidden: number} {
  const shown = select(trace, options)
  const rows: WaterfallRow[] = []
  for (const root of trace.roots.filter(node => !node.orphan && shown.has(node))) emit(
    rows, root, [], true, shown, options, 0,
  )
  for (const parentId of trace.missingParents) {
    const group = trace.roots.filter(node => node.orphan && node.span.parentSpanId === parentId && shown.has(node))
    if (group.length === 0) continue
    rows.push({
      kind: 'missing-parent', depth: 0, guides: [], last: true, label: `(missing parent ${parentId})`, count: 0,
      offsetMs: Math.min(...group.map(node => node.offsetMs)), durationMs: 0,
    })
    emitSiblings(rows, group, [], shown, options, 1)
  }
  const folded = fold(rows, options.maxRows)
  const visible = folded.reduce((sum, row) => sum + row.count, 0)
  return {rows: folded, hidden: trace.spanCount - visible}
}

/** The nodes that pass the filters, and all their ancestors. */
function select(trace: Trace, options: WaterfallOptions): Set<TraceNode> {
  const shown = new Set<TraceNode>()
  const path: TraceNode[] = []
  for (const node of preorder(trace.roots)) {
    path.length = node.depth
    path[node.depth] = node
    if (passes(node, options)) for (const each of path) shown.add(each)
  }
  return shown
}

function passes(node: TraceNode, options: WaterfallOptions): boolean {
  if (options.depth !== undefined && node.depth > options.depth) return false
  if (options.minDurationMs !== undefined && node.span.durationMs < options.minDurationMs) return false
  if (options.services?.length && !options.services.includes(node.span.service)) return false
  return !options.errorsOnly || node.span.status === 'error'
}

interface Pending {
  node: TraceNode
  guides: boolean[]
  last: boolean
  depth: number
}

/** Writes one node and what is below it; a stack of its own, since a trace may be 10,000 levels deep. */
function emit(
  rows: WaterfallRow[], root: TraceNode, guides: boolean[], last: boolean, shown: Set<TraceNode>,
  options: WaterfallOptions, depth: number,
): void {
  const stack: (Pending | WaterfallRow)[] = [{node: root, guides, last, depth}]
  for (let item = stack.pop(); item; item = stack.pop()) {
    if ('kind' in item) {
      rows.push(item)
      continue
    }
    rows.push(spanRow(item))
    const below = item.depth === 0 ? [] : [...item.guides, !item.last]
    stack.push(
      ...siblings(item.node.children.filter(child => shown.has(child)), below, options, item.depth + 1).reverse(),
    )
  }
}

function emitSiblings(
  rows: WaterfallRow[], nodes: TraceNode[], guides: boolean[], shown: Set<TraceNode>, options: WaterfallOptions,
  depth: number,
): void {
  for (const item of siblings(nodes, guides, options, depth)) {
    if ('kind' in item) rows.push(item)
    else emit(rows, item.node, item.guides, item.last, shown, options, item.depth)
  }
}

/** Siblings as rows to come, with runs of the same operation as one row. */
function siblings(
  nodes: TraceNode[], guides: boolean[], options: WaterfallOptions, depth: number,
): (Pending | WaterfallRow)[] {
  const groups = new Map<string, TraceNode[]>()
  for (const node of nodes) {
    const alike = options.collapse > 0 && node.children.length === 0 && node.span.status !== 'error' && !node.critical
    const key = alike ? `${node.span.service}\u0000${node.span.operation}` : node.span.spanId
    groups.set(key, [...(groups.get(key) ?? []), node])
  }
  const items = [...groups.values()].flatMap(group =>
    group.length >= Math.max(2, options.collapse) ? [group] : group.map(node => [node]))
  return items.map((group, at) => {
    const last = at === items.length - 1
    return group.length === 1 ? {node: group[0]!, guides, last, depth} : collapsedRow(group, guides, last, depth)
  })
}

function spanRow({node, guides, last, depth}: Pending): WaterfallRow {
  return {
    kind: 'span', node, depth, guides, last, label: `${node.span.service} ${node.span.operation}`, count: 1,
    offsetMs: node.offsetMs, durationMs: node.span.durationMs,
  }
}

function collapsedRow(group: TraceNode[], guides: boolean[], last: boolean, depth: number): WaterfallRow {
  const offsetMs = Math.min(...group.map(node => node.offsetMs))
  const endMs = Math.max(...group.map(node => node.offsetMs + node.span.durationMs))
  const {service, operation} = group[0]!.span
  return {
    kind: 'collapsed', depth, guides, last, label: `${service} ${operation} ×${group.length}`, count: group.length,
    offsetMs, durationMs: endMs - offsetMs,
  }
}

/**
 * Keeps `maxRows`: what is on the critical path, failed or near the root stays, the rest becomes one row
 * for each run of neighbours that it hides.
 */
function fold(rows: WaterfallRow[], maxRows: number): WaterfallRow[] {
  if (rows.length <= maxRows) return rows
  const ranked = rows.map((row, at) => ({at, rank: rank(row)})).sort((a, b) => a.rank - b.rank || a.at - b.at)
  const kept = new Set(ranked.slice(0, maxRows).map(({at}) => at))
  const out: WaterfallRow[] = []
  rows.forEach((row, at) => {
    const before = out.at(-1)
    if (kept.has(at)) out.push(row)
    else if (before?.kind === 'folded') {
      before.count += row.count
      before.label = foldedLabel(before.count)
    } else out.push({
      ...row, kind: 'folded', node: undefined, count: row.count, label: foldedLabel(row.count), durationMs: 0,
    })
  })
  // What a fold row hides is counted as not shown.
  return out.map(row => (row.kind === 'folded' ? {...row, label: foldedLabel(row.count), count: 0} : row))
}

const foldedLabel = (count: number): string => `… ${count} more span${count === 1 ? '' : 's'}`

function rank(row: WaterfallRow): number {
  if (row.kind === 'missing-parent') return 0
  if (row.node?.span.status === 'error') return 0
  if (row.node?.critical) return 1
  return 2 + row.depth
}
