import {RouteError} from './route-error.ts'

/** A test of one attribute filter: `~=` contains, `=~` matches, `=` equals; one without operator tests nothing. */
export function attributeTest(spec: string): (attributes: Record<string, string>) => boolean {
  for (const operator of ['~=', '=~', '='] as const) {
    const at = spec.indexOf(operator)
    if (at < 0) continue
    const key = spec.slice(0, at).trim()
    const value = spec.slice(at + operator.length)
    if (operator === '=') return attributes => attributes[key] === value
    if (operator === '~=') return attributes => attributes[key]?.includes(value) ?? false
    const pattern = regex(value, `invalid regex for attribute \`${key}\``)
    return attributes => attributes[key] !== undefined && pattern.test(attributes[key])
  }
  return () => true
}

export function regex(source: string, complaint: string): RegExp {
  try {
    return new RegExp(source)
  } catch (error) {
    throw new RouteError(400, `${complaint}: regex parse error: ${(error as Error).message}`)
  }
}

/** Words as the full-text index sees them. */
export const words = (text: string): string[] => text.toLowerCase().split(/[^\p{L}\p{N}]+/u).filter(Boolean)

interface Clause {
  words: string[]
  must: boolean
  not: boolean
}

/** A full-text query: several words are OR, with AND, NOT, +, - and "phrases"; bad syntax is the server's 500. */
export function textTest(query: string): (document: string[]) => boolean {
  const clauses = parseText(query)
  const holds = (clause: Clause, document: string[]) =>
    document.some((_, at) => clause.words.every((word, offset) => document[at + offset] === word))
  return document => {
    const must = clauses.filter(each => each.must && !each.not)
    const may = clauses.filter(each => !each.must && !each.not)
    if (clauses.some(each => each.not && holds(each, document))) return false
    if (!must.every(each => holds(each, document))) return false
    return must.length > 0 || may.some(each => holds(each, document))
  }
}

function parseText(query: string): Clause[] {
  const isOpen = (query.match(/"/g)?.length ?? 0) % 2 === 1
  if (isOpen || /[()]|\w:|^\s*(AND|OR)\b|\b(AND|OR|NOT)\s*$/.test(query)) {
    throw new RouteError(500, `Syntax Error: ${query}`)
  }
  const tokens = query.match(/[+-]?"[^"]*"|\S+/g) ?? []
  const clauses: Clause[] = []
  let negate = false
  tokens.forEach((token, at) => {
    if (token === 'NOT') negate = true
    if (['AND', 'OR', 'NOT'].includes(token)) return
    const both = tokens[at - 1] === 'AND' || tokens[at + 1] === 'AND'
    clauses.push({words: words(token), must: both || token.startsWith('+'), not: negate || token.startsWith('-')})
    negate = false
  })
  return clauses.filter(each => each.words.length > 0)
}
