/*
 * The server's PromQL taken apart where shards must not finish it alone: aggregations and the comparison are
 * made here, over the series of all shards; the innermost expression is what each shard is asked.
 * Grammar: tael-server 0.5.15, promql.rs.
 */

export type AggregateOp = 'sum' | 'avg' | 'min' | 'max' | 'count'

export interface PromqlSplit {
  /** What each shard evaluates: a selector, `rate(…)` or `histogram_quantile(…)`. */
  leaf: string
  kind: 'selector' | 'rate' | 'histogram_quantile'
  /** Innermost first. */
  aggregations: {op: AggregateOp; by: string[]}[]
  compare: {op: string; threshold: number} | undefined
}

const patterns = {
  name: /[\p{Alphabetic}\p{N}_:.]+/uy,
  matchers: /\{(?:[^"}]|"[^"]*")*\}/y,
  comparison: />=|<=|==|!=|>|</y,
  number: /[0-9.]+/y,
  /** Up to the closing parenthesis: the arguments of a function hold none outside of texts. */
  arguments: /\((?:[^"()]|"[^"]*")*\)/y,
  aggregate: /(?:sum|avg|min|max|count)(?![\p{Alphabetic}\p{N}_:.])/uy,
} as const

/** The parts of a query; undefined when it is not of this grammar, and the server must judge it whole. */
export function splitPromql(query: string): PromqlSplit | undefined {
  const reader = new Reader(query)
  const inner = expression(reader)
  if (!inner) return undefined
  const op = reader.take(patterns.comparison)
  const threshold = op === undefined ? undefined : reader.take(patterns.number)
  const isNumber = threshold !== undefined && !Number.isNaN(Number(threshold))
  if (!reader.isAtEnd || (op !== undefined && !isNumber)) return undefined
  return {...inner, compare: op === undefined ? undefined : {op, threshold: Number(threshold)}}
}

class Reader {
  readonly text: string
  at = 0

  constructor(text: string) {
    this.text = text
  }

  take(pattern: RegExp): string | undefined {
    while (/\s/.test(this.text[this.at] ?? '')) this.at += 1
    pattern.lastIndex = this.at
    const found = pattern.exec(this.text)?.[0]
    if (found !== undefined) this.at += found.length
    return found
  }

  get isAtEnd(): boolean {
    return this.text.slice(this.at).trim() === ''
  }
}

type Inner = Omit<PromqlSplit, 'compare'>

function expression(reader: Reader): Inner | undefined {
  const op = reader.take(patterns.aggregate) as AggregateOp | undefined
  return op === undefined ? leaf(reader) : aggregation(reader, op)
}

/** `sum by (a) (x)` or `sum(x) by (a)`. */
function aggregation(reader: Reader, op: AggregateOp): Inner | undefined {
  const before = labels(reader)
  if (reader.take(/\(/y) === undefined) return undefined
  const inner = expression(reader)
  if (!inner || reader.take(/\)/y) === undefined) return undefined
  const by = before ?? labels(reader) ?? []
  return {...inner, aggregations: [...inner.aggregations, {op, by}]}
}

function labels(reader: Reader): string[] | undefined {
  if (reader.take(/by(?=\s*\()/y) === undefined) return undefined
  return reader.take(patterns.arguments)?.slice(1, -1).split(',').map(each => each.trim()).filter(Boolean)
}

function leaf(reader: Reader): Inner | undefined {
  reader.take(/(?=\S)/y)
  const from = reader.at
  const name = reader.take(patterns.name)
  if (name === undefined) return undefined
  const isCall = name === 'rate' || name === 'histogram_quantile'
  if (isCall && reader.take(patterns.arguments) === undefined) return undefined
  if (name === 'histogram_quantile') labels(reader)
  if (!isCall) reader.take(patterns.matchers)
  return {leaf: reader.text.slice(from, reader.at).trim(), kind: isCall ? name : 'selector', aggregations: []}
}
