import {UsageError} from '../net/errors.ts'

/** `field<op>value`, where the value is a number or, as `2x`, a multiple of the field's first value. */
export interface Condition {
  field: string
  op: '>' | '>=' | '<' | '<='
  value: number
  relative: boolean
  source: string
}

export interface Trip {
  condition: string
  field: string
  actual: number
  threshold: number
  op: string
}

/** One look of `watch`: the figures of each signal, in the server's names. */
export interface Tick {
  timestamp: string
  window_seconds: number
  traces: Record<string, number>
  logs: Record<string, number>
  metrics: Record<string, number>
}

const groups = ['traces', 'logs', 'metrics'] as const
const form = 'Write field>number, e.g. error_rate>0.05, or p95_ms>2x against the first look; or alert:NAME.'

/** Reads a condition as the Rust CLI does; a field that no look has is refused here, where it can be mended. */
export function parseCondition(text: string, fields: readonly string[]): Condition {
  const source = text.trim()
  const [, field = '', op, raw = ''] = /^([^<>]*?)\s*(>=|<=|>|<)\s*(.*)$/.exec(source) ?? []
  if (!op) throw new UsageError(`condition "${text}" has no comparison`, {hint: form})
  const relative = /x$/i.test(raw)
  const number = relative ? raw.slice(0, -1).trim() : raw
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(number)) {
    throw new UsageError(`"${raw}" in condition "${text}" is not a number`, {hint: form})
  }
  const name = snake(field)
  if (!fields.includes(name)) {
    throw new UsageError(`no field "${field}" to watch`, {
      hint: `Fields: ${fields.filter(each => !each.includes('.')).join(', ')}`,
    })
  }
  return {field: name, op: op as Condition['op'], value: Number(number), relative, source}
}

function snake(field: string): string {
  return field.replaceAll(/([A-Z])/g, letter => `_${letter.toLowerCase()}`)
}

/** The value of a field: `logs.total` in its group, `error_rate` in the first group that has it. */
export function fieldOf(tick: Tick, field: string): number | undefined {
  const dot = field.indexOf('.')
  if (dot > 0) {
    return (tick[field.slice(0, dot) as 'traces'] as Record<string, number> | undefined)?.[field.slice(dot + 1)]
  }
  if (field === 'window_seconds') return tick.window_seconds
  for (const group of groups) if (tick[group][field] !== undefined) return tick[group][field]
  return undefined
}

/** Every name that a condition may use. */
export function fieldsOf(tick: Tick): string[] {
  const names = groups.flatMap(group => Object.keys(tick[group]).flatMap(name => [name, `${group}.${name}`]))
  return [...new Set([...names, 'window_seconds'])]
}

const ofSpans = /^(traces\.)?(delta_)?(error_rate|(avg|max|p50|p95|p99)_ms)$/

/** Whether the look says anything about a field: of a window without spans, rates and latencies are not known. */
export function isKnown(tick: Tick, field: string): boolean {
  return !ofSpans.test(field) || (tick.traces['span_count'] ?? 0) > 0
}

/** Did the look meet the condition? `first` is the field's value in the first look that knew it. */
export function evaluate(
  {field, op, value, relative, source}: Condition, tick: Tick, first: number | undefined,
): Trip | undefined {
  const actual = isKnown(tick, field) ? fieldOf(tick, field) : undefined
  const threshold = relative ? (first === undefined ? undefined : first * value) : value
  if (actual === undefined || threshold === undefined) return undefined
  const met = {
    '>': actual > threshold, '>=': actual >= threshold, '<': actual < threshold, '<=': actual <= threshold,
  }[op]
  return met ? {condition: source, field, actual, threshold, op} : undefined
}

type Summary = {[group: string]: unknown; window_seconds?: unknown}

const watched = {
  traces: ['span_count', 'trace_count', 'error_count', 'error_rate', 'avg_ms', 'max_ms', 'p50_ms', 'p95_ms', 'p99_ms'],
  logs: ['total', 'error', 'warn'],
  metrics: ['point_count'],
} as const

/** One look out of the server's summary, with the change since the look before; zero in the first. */
export function tickOf(summary: Summary, before: Tick | undefined, timestamp: string): Tick {
  const figures = (group: keyof typeof watched) => {
    const now = Object.fromEntries(
      watched[group].map(name => [name, Number((summary[group] as Record<string, unknown>)[name])]),
    )
    const change = Object.fromEntries(
      watched[group].map(name => [`delta_${name}`, now[name]! - (before?.[group][name] ?? now[name]!)]),
    )
    return {...now, ...change}
  }
  return {
    timestamp, window_seconds: Number(summary.window_seconds), traces: figures('traces'), logs: figures('logs'),
    metrics: figures('metrics'),
  }
}
