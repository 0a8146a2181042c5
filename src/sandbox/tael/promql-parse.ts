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

/** The server's PromQL subset: selectors, rate, aggregations with `by`, histogram_quantile, one comparison. */
export function parsePromql(text: string): Query {
  const tokens = [...text.matchAll(tokenPattern)].map(match => match[0].trim()).filter(Boolean)
  let at = 0
  const fail = (message: string): never => {
    throw new RouteError(400, `parse error: ${message}`)
  }
  const peek = () => tokens[at]
  const take = (wanted?: string): string => {
    const token = tokens[at]
    if (token === undefined || (wanted !== undefined && token !== wanted)) {
      return fail(`expected ${wanted ?? 'more'}, found ${token ?? 'the end'}`)
    }
    at += 1
    return token
  }
  const list = (): string[] => {
    const names: string[] = []
    take('(')
    while (peek() !== ')') {
      names.push(take())
      if (peek() === ',') take(',')
    }
    take(')')
    return names
  }
  const by = (): string[] => (peek() === 'by' ? (take('by'), list()) : [])

  function selector(metric: string): Selector {
    const matchers: Selector['matchers'] = []
    if (peek() === '{') {
      take('{')
      while (peek() !== '}') {
        const label = take()
        const operator = take() as '='
        if (!['=', '!=', '=~', '!~'].includes(operator)) fail(`expected a matcher, found ${operator}`)
        matchers.push({label, operator, value: take().slice(1, -1)})
        if (peek() === ',') take(',')
      }
      take('}')
    }
    return {metric, matchers}
  }

  function expression(): Expression {
    const name = take()
    if (!/^[A-Za-z_:]/.test(name)) fail(`unexpected ${name}`)
    if (name === 'rate') {
      take('(')
      const of = selector(take())
      take('[')
      const rangeSeconds = range(take())
      take(']')
      take(')')
      return {kind: 'rate', selector: of, rangeSeconds}
    }
    if (name === 'histogram_quantile') {
      take('(')
      const phi = Number(take())
      take(',')
      const of = selector(take())
      take(')')
      return {kind: 'quantile', phi, selector: of, by: by()}
    }
    const operator = aggregates.find(each => each === name)
    if (operator && (peek() === '(' || peek() === 'by')) {
      const before = by()
      take('(')
      const of = expression()
      take(')')
      const after = by()
      return {kind: 'aggregate', operator, by: before.length > 0 ? before : after, of}
    }
    return {kind: 'selector', selector: selector(name)}
  }

  function range(token: string): number {
    const match = /^(\d+)([smhd])$/.exec(token)
    if (!match) return fail(`bad range ${token}`)
    return Number(match[1]) * {s: 1, m: 60, h: 3_600, d: 86_400}[match[2] as 's']
  }

  const query: Query = {expression: expression()}
  if (['>', '<', '>=', '<=', '==', '!='].includes(peek() ?? '')) {
    const operator = take()
    const value = Number(take())
    if (Number.isNaN(value)) fail('expected a number')
    query.comparison = {operator, value}
  }
  if (at < tokens.length) fail(`unexpected trailing input: ${tokens.slice(at).join(' ')}`)
  return query
}
