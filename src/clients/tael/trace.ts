import {parseInstantNs} from './instant.ts'
import type {Span} from './model.ts'

/** A span in its place. Offsets and self time come from nanosecond times, as fractions of milliseconds. */
export interface TraceNode {
  span: Span
  depth: number
  /** From the start of the trace's earliest span. */
  offsetMs: number
  /** Its own time: duration without the parts that children cover. */
  selfMs: number
  /** On the path that decides how long its root takes. */
  critical: boolean
  /** The clocks disagree: it starts before its parent (`early`), or ends after it (`late`). */
  skew: 'early' | 'late' | null
  /** Names a parent that is not in the trace. */
  orphan: boolean
  children: TraceNode[]
}

export interface Trace {
  traceId: string
  spanCount: number
  services: string[]
  errors: number
  startTime: string
  endTime: string
  durationMs: number
  /** Roots first, then orphans, each group by start. */
  roots: TraceNode[]
  /** Ids that spans name as parents and that are not in the trace. */
  missingParents: string[]
  /** False when it has no root or spans without their parent: it may still be arriving, or is cut off. */
  complete: boolean
}

interface Timed {
  node: TraceNode
  startNs: bigint
  endNs: bigint
}

/** Builds the tree of one trace. Spans sent twice count once; a loop of parents is cut at its earliest span. */
export function buildTrace(spans: readonly Span[]): Trace | undefined {
  const timed = new Map<string, Timed>()
  for (const span of spans) timed.set(span.spanId, timedNode(span))
  const all = [...timed.values()].sort(byStart)
  const first = all[0]
  if (!first) return undefined
  const endNs = all.reduce((latest, each) => (each.endNs > latest ? each.endNs : latest), first.endNs)
  const roots = link(all, timed)
  for (const each of all) each.node.offsetMs = ms(each.startNs - first.startNs)
  for (const root of roots) settle(root, timed)
  const missing = [...new Set(roots.filter(node => node.orphan).map(node => node.span.parentSpanId!))]
  return {
    traceId: first.node.span.traceId,
    spanCount: all.length,
    services: [...new Set(all.map(each => each.node.span.service))].sort(),
    errors: all.filter(each => each.node.span.status === 'error').length,
    startTime: first.node.span.startTime,
    endTime: all.find(each => each.endNs === endNs)!.node.span.endTime,
    durationMs: ms(endNs - first.startNs),
    roots,
    missingParents: missing,
    complete: missing.length === 0 && roots.some(node => !node.orphan),
  }
}

/** All nodes in reading order: each before its children, siblings by start. */
export function* preorder(roots: readonly TraceNode[]): Generator<TraceNode> {
  const stack = [...roots].reverse()
  for (let node = stack.pop(); node; node = stack.pop()) {
    yield node
    for (let at = node.children.length - 1; at >= 0; at -= 1) stack.push(node.children[at]!)
  }
}

const ms = (ns: bigint): number => Number(ns) / 1e6

function timedNode(span: Span): Timed {
  const startNs = parseInstantNs(span.startTime) ?? 0n
  const endNs = parseInstantNs(span.endTime) ?? startNs
  const node: TraceNode = {
    span, depth: 0, offsetMs: 0, selfMs: 0, critical: false, skew: null, orphan: false, children: [],
  }
  return {node, startNs, endNs}
}

function byStart(a: Timed, b: Timed): number {
  if (a.startNs !== b.startNs) return a.startNs < b.startNs ? -1 : 1
  if (a.endNs !== b.endNs) return a.endNs > b.endNs ? -1 : 1
  return a.node.span.spanId < b.node.span.spanId ? -1 : 1
}

/** Hangs every node under its parent and returns the roots; `all` is in order of start. */
function link(all: readonly Timed[], timed: ReadonlyMap<string, Timed>): TraceNode[] {
  const roots: TraceNode[] = []
  const orphans: TraceNode[] = []
  for (const {node} of all) {
    const parentId = node.span.parentSpanId
    const parent = parentId && parentId !== node.span.spanId ? timed.get(parentId) : undefined
    if (parent) parent.node.children.push(node)
    else if (parentId) orphans.push(Object.assign(node, {orphan: true}))
    else roots.push(node)
  }
  return [...roots, ...orphans, ...cutLoops(all, [...roots, ...orphans])]
}

/** Spans that only reach each other: the earliest becomes an orphan and leaves its parent. */
function cutLoops(all: readonly Timed[], roots: readonly TraceNode[]): TraceNode[] {
  const reached = new Set(preorder(roots))
  const cut: TraceNode[] = []
  for (const {node} of all) {
    if (reached.has(node)) continue
    const parent = all.find(each => each.node.span.spanId === node.span.parentSpanId)!.node
    parent.children = parent.children.filter(child => child !== node)
    node.orphan = true
    cut.push(node)
    for (const each of preorder([node])) reached.add(each)
  }
  return cut
}

/** Depth, self time, skew and critical path below one root. */
function settle(root: TraceNode, timed: ReadonlyMap<string, Timed>): void {
  const times = (node: TraceNode) => timed.get(node.span.spanId)!
  for (const node of preorder([root])) {
    const own = times(node)
    for (const child of node.children) {
      child.depth = node.depth + 1
      const its = times(child)
      child.skew = its.startNs < own.startNs ? 'early' : its.endNs > own.endNs ? 'late' : null
    }
    node.selfMs = ms(own.endNs - own.startNs - covered(own, node.children.map(times)))
  }
  markCritical(root, times)
}

/** How much of a span its children cover, overlaps once, parts outside it not at all. */
function covered(own: Timed, children: readonly Timed[]): bigint {
  let total = 0n
  let reach = own.startNs
  for (const {startNs, endNs} of children) {
    const from = startNs > reach ? startNs : reach
    const to = endNs < own.endNs ? endNs : own.endNs
    if (to > from) {
      total += to - from
      reach = to
    }
  }
  return total
}

/**
 * From the end of the root backwards: what ran last decides, then what ran last before that began. A child
 * that outlives its parent counts up to the parent's end; work that overlaps what was chosen does not decide.
 */
function markCritical(root: TraceNode, times: (node: TraceNode) => Timed): void {
  const open = [root]
  for (let node = open.pop(); node; node = open.pop()) {
    node.critical = true
    const own = times(node)
    const candidates = node.children
      .map(child => ({child, startNs: times(child).startNs, endNs: min(times(child).endNs, own.endNs)}))
      .sort((a, b) => (a.endNs === b.endNs ? 0 : a.endNs > b.endNs ? -1 : 1))
    let until = own.endNs
    for (const {child, startNs, endNs} of candidates) {
      if (endNs > until || endNs <= own.startNs) continue
      open.push(child)
      until = startNs
    }
  }
}

const min = (a: bigint, b: bigint): bigint => (a < b ? a : b)
