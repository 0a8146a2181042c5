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
  return new Parser(decodeUtf8(bytes)).document()
}

const literals = [['null', null], ['true', true], ['false', false]] as const

class Parser {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  document(): StrictJson {
    const result = this.#value(0)
    if (this.#next() !== '') this.#fail('trailing characters')
    return result
  }

  #value(depth: number): StrictJson {
    if (depth > maxDepth) this.#fail('nested too deep')
    const first = this.#next()
    if (first === '{') return this.#object(depth)
    if (first === '[') return this.#list(depth)
    if (first === '"') return this.#string()
    const literal = literals.find(([word]) => this.#text.startsWith(word, this.#at))
    if (!literal) return this.#number()
    this.#at += literal[0].length
    return literal[1]
  }

  #object(depth: number): Map<string, StrictJson> {
    const map = new Map<string, StrictJson>()
    this.#members('}', () => {
      if (this.#next() !== '"') this.#fail('expected a key')
      const key = this.#string()
      if (map.has(key)) this.#fail(`duplicate field "${key}"`)
      this.#expect(':')
      map.set(key, this.#value(depth + 1))
    })
    return map
  }

  #list(depth: number): StrictJson[] {
    const list: StrictJson[] = []
    this.#members(']', () => void list.push(this.#value(depth + 1)))
    return list
  }

  /** What stands between a bracket and `close`, with commas between. */
  #members(close: string, read: () => void): void {
    this.#at += 1
    if (this.#next() === close) return void (this.#at += 1)
    for (;;) {
      read()
      if (this.#next() === close) return void (this.#at += 1)
      this.#expect(',')
    }
  }

  #string(): string {
    const match = this.#take(stringPattern) ?? this.#fail('malformed string')
    const value = JSON.parse(match[0]) as string
    return value.isWellFormed() ? value : this.#fail('lone surrogate')
  }

  #number(): number | bigint {
    const match = this.#take(numberPattern) ?? this.#fail('expected a value')
    const isInteger = match[1] === undefined && match[2] === undefined && match[0] !== '-0'
    return isInteger ? BigInt(match[0]) : Number(match[0])
  }

  #expect(token: string): void {
    if (this.#next() !== token) this.#fail(`expected "${token}"`)
    this.#at += 1
  }

  /** The next character that is no space; '' at the end. */
  #next(): string {
    this.#take(spacePattern)
    return this.#text[this.#at] ?? ''
  }

  #take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at
    const match = pattern.exec(this.#text)
    if (match) this.#at += match[0].length
    return match
  }

  #fail(what: string): never {
    throw new SyntaxError(`${what} at byte ${Buffer.byteLength(this.#text.slice(0, this.#at))}`)
  }
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', {fatal: true, ignoreBOM: true}).decode(bytes)
  } catch {
    throw new SyntaxError('not valid UTF-8')
  }
}
