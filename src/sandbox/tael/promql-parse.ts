import {RouteError} from './route-error.ts'

export interface Selector {
  metric: string
  matchers: {label: string; operator: '=' | '!=' | '=~' | '!~'; value: string}[]
}

export type Expression =
  | {kind: 'selector'; selector: Selector}
  | {kind: 'rate'; selector: Selector; rangeSeconds: number}
  | {kind: 'aggregate'; operator: 'sum' | 'avg' | 'min' | 'max' | 'count'; by: string[]; of: Expression}
  | {kind: 'quantile'; phi: number; selector: Selector; by: string[]}

export interface Query {
  expression: Expression
  comparison?: {operator: string; value: number}
}

const aggregates = ['sum', 'avg', 'min', 'max', 'count'] as const
const tokenKinds = [
  /([A-Za-z_:][\w:.]*)/, /("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')/, /(\d+(?:\.\d+)?[smhd]?)/,
  /(=~|!~|!=|>=|<=|==|[=<>(){}[\],])/, /(\S)/,
]
const tokenPattern = new RegExp(`\\s*(?:${tokenKinds.map(({source}) => source).join('|')})`, 'gy')

const matcherOperators = ['=', '!=', '=~', '!~'] as const
const comparisons = ['>', '<', '>=', '<=', '==', '!=']

/** The server's PromQL subset: selectors, rate, aggregations with `by`, histogram_quantile, one comparison. */
export function parsePromql(text: string): Query {
  return new Parser([...text.matchAll(tokenPattern)].map(match => match[0].trim()).filter(Boolean)).query()
}

class Parser {
  readonly #tokens: readonly string[]
  #at = 0

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens
  }

  query(): Query {
    const query: Query = {expression: this.#expression()}
    if (comparisons.includes(this.#peek() ?? '')) {
      const operator = this.#take()
      const value = Number(this.#take())
      if (Number.isNaN(value)) fail('expected a number')
      query.comparison = {operator, value}
    }
    const rest = this.#tokens.slice(this.#at)
    if (rest.length > 0) fail(`unexpected trailing input: ${rest.join(' ')}`)
    return query
  }

  #expression(): Expression {
    const name = this.#take()
    if (!/^[A-Za-z_:]/.test(name)) fail(`unexpected ${name}`)
    if (name === 'rate') return this.#rate()
    if (name === 'histogram_quantile') return this.#quantile()
    const operator = aggregates.find(each => each === name)
    if (operator && (this.#peek() === '(' || this.#peek() === 'by')) return this.#aggregate(operator)
    return {kind: 'selector', selector: this.#selector(name)}
  }

  #rate(): Expression {
    this.#take('(')
    const selector = this.#selector(this.#take())
    this.#take('[')
    const rangeSeconds = secondsOf(this.#take())
    this.#take(']')
    this.#take(')')
    return {kind: 'rate', selector, rangeSeconds}
  }

  #quantile(): Expression {
    this.#take('(')
    const phi = Number(this.#take())
    this.#take(',')
    const selector = this.#selector(this.#take())
    this.#take(')')
    return {kind: 'quantile', phi, selector, by: this.#by()}
  }

  #aggregate(operator: (typeof aggregates)[number]): Expression {
    const before = this.#by()
    this.#take('(')
    const of = this.#expression()
    this.#take(')')
    const after = this.#by()
    return {kind: 'aggregate', operator, by: before.length > 0 ? before : after, of}
  }

  #selector(metric: string): Selector {
    const matchers: Selector['matchers'] = []
    if (this.#peek() !== '{') return {metric, matchers}
    this.#list('{', '}', () => {
      const label = this.#take()
      const token = this.#take()
      const operator = matcherOperators.find(each => each === token) ?? fail(`expected a matcher, found ${token}`)
      matchers.push({label, operator, value: this.#take().slice(1, -1)})
    })
    return {metric, matchers}
  }

  #by(): string[] {
    const names: string[] = []
    if (this.#peek() !== 'by') return names
    this.#take('by')
    this.#list('(', ')', () => void names.push(this.#take()))
    return names
  }

  #list(open: string, close: string, item: () => void): void {
    this.#take(open)
    while (this.#peek() !== close) {
      item()
      if (this.#peek() === ',') this.#take(',')
    }
    this.#take(close)
  }

  #peek(): string | undefined {
    return this.#tokens[this.#at]
  }

  #take(wanted?: string): string {
    const token = this.#peek()
    if (token === undefined || (wanted !== undefined && token !== wanted)) {
      return fail(`expected ${wanted ?? 'more'}, found ${token ?? 'the end'}`)
    }
    this.#at += 1
    return token
  }
}

function secondsOf(range: string): number {
  const match = /^(\d+)([smhd])$/.exec(range)
  if (!match) return fail(`bad range ${range}`)
  return Number(match[1]) * {s: 1, m: 60, h: 3_600, d: 86_400}[match[2] as 's']
}

function fail(message: string): never {
  throw new RouteError(400, `parse error: ${message}`)
}
