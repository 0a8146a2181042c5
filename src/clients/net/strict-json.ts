/** JSON as serde reads it: integers are bigint, other numbers are number, objects keep their keys in order. */
export type StrictJson = null | boolean | number | bigint | string | StrictJson[] | Map<string, StrictJson>

const maxDepth = 127
const numberPattern = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y
const stringPattern = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const spacePattern = /[ \t\n\r]*/y

/**
 * Parses one JSON text. Stricter than JSON.parse where serde is: duplicate keys, a byte order mark, invalid
 * UTF-8 and lone surrogates are errors; and `1` and `1.0` are told apart (`-0` is no integer). Throws SyntaxError.
 */
export function parseStrictJson(bytes: Uint8Array): StrictJson {
  const text = decodeUtf8(bytes)
  let at = 0

  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at
    const match = pattern.exec(text)
    if (match) at += match[0].length
    return match
  }
  const fail = (what: string): never => {
    throw new SyntaxError(`${what} at byte ${Buffer.byteLength(text.slice(0, at))}`)
  }
  const next = (): string => {
    take(spacePattern)
    return text[at] ?? ''
  }
  const expect = (token: string): void => {
    if (next() !== token) fail(`expected "${token}"`)
    at += 1
  }
  const string = (): string => {
    const match = take(stringPattern) ?? fail('malformed string')
    const value = JSON.parse(match[0]) as string
    return value.isWellFormed() ? value : fail('lone surrogate')
  }
  const number = (): number | bigint => {
    const match = take(numberPattern) ?? fail('expected a value')
    const isInteger = match[1] === undefined && match[2] === undefined && match[0] !== '-0'
    return isInteger ? BigInt(match[0]) : Number(match[0])
  }
  const members = (close: string, read: () => void): void => {
    at += 1
    if (next() === close) return void (at += 1)
    for (;;) {
      read()
      if (next() === close) return void (at += 1)
      expect(',')
    }
  }
  const object = (depth: number): Map<string, StrictJson> => {
    const map = new Map<string, StrictJson>()
    members('}', () => {
      if (next() !== '"') fail('expected a key')
      const key = string()
      if (map.has(key)) fail(`duplicate field "${key}"`)
      expect(':')
      map.set(key, value(depth + 1))
    })
    return map
  }
  const value = (depth: number): StrictJson => {
    if (depth > maxDepth) fail('nested too deep')
    const first = next()
    if (first === '{') return object(depth)
    if (first === '[') {
      const list: StrictJson[] = []
      members(']', () => void list.push(value(depth + 1)))
      return list
    }
    if (first === '"') return string()
    for (const [word, meaning] of [['null', null], ['true', true], ['false', false]] as const) {
      if (text.startsWith(word, at)) {
        at += word.length
        return meaning
      }
    }
    return number()
  }

  const result = value(0)
  if (next() !== '') fail('trailing characters')
  return result
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', {fatal: true, ignoreBOM: true}).decode(bytes)
  } catch {
    throw new SyntaxError('not valid UTF-8')
  }
}
