/** JSON with the place of every value, so that a fault can name the line that a person has to mend. */
export type JsonNode = {offset: number} & (
  | {kind: 'object'; members: JsonMember[]}
  | {kind: 'array'; items: JsonNode[]}
  | {kind: 'string'; value: string}
  | {kind: 'number'; text: string}
  | {kind: 'boolean'; value: boolean}
  | {kind: 'null'}
)

export interface JsonMember {
  key: string
  offset: number
  value: JsonNode
}

/** Both from 1; the column counts UTF-16 units, as editors do. */
export interface Position {
  line: number
  column: number
}

export class JsonSyntaxError extends Error {
  readonly offset: number

  constructor(message: string, offset: number) {
    super(message)
    this.offset = offset
  }
}

/** As deep as the proxy's own parser goes. */
const maxDepth = 127

/** Parses RFC 8259 JSON; throws JsonSyntaxError with the offset of the first fault. Keeps duplicate keys. */
export function parseJsonTree(text: string): JsonNode {
  const scanner = new Scanner(text)
  const node = scanner.value(0)
  scanner.end()
  return node
}

/** The member that counts: of a key given twice the last, as the proxy reads it. */
export function member(node: JsonNode & {kind: 'object'}, key: string): JsonNode | undefined {
  return node.members.findLast(candidate => candidate.key === key)?.value
}

export function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset)
  const lineStart = before.lastIndexOf('\n') + 1
  return {line: before.split('\n').length, column: offset - lineStart + 1}
}

/** Without alternatives inside the repetition: a long string must not exhaust the stack. */
const plainText = /[^"\\\u0000-\u001f]*/y
const escape = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y
const numberToken = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const wordToken = /true|false|null/y
const space = /[ \t\r\n]*/y

class Scanner {
  readonly text: string
  at = 0

  constructor(text: string) {
    this.text = text
  }

  value(depth: number): JsonNode {
    if (depth > maxDepth) throw new JsonSyntaxError('nested too deep', this.at)
    this.skip()
    const offset = this.at
    const first = this.text[offset]
    if (first === '{') return {kind: 'object', offset, members: this.members(depth)}
    if (first === '[') return {kind: 'array', offset, items: this.items(depth)}
    if (first === '"') return {kind: 'string', offset, value: this.string()}
    const number = this.take(numberToken)
    if (number !== undefined) return {kind: 'number', offset, text: number}
    const word = this.take(wordToken)
    if (word === 'null') return {kind: 'null', offset}
    if (word !== undefined) return {kind: 'boolean', offset, value: word === 'true'}
    const found = first === undefined ? 'the text ends here' : `unexpected ${JSON.stringify(first)}`
    throw new JsonSyntaxError(found, offset)
  }

  end(): void {
    this.skip()
    if (this.at < this.text.length) throw new JsonSyntaxError('text after the end of the JSON value', this.at)
  }

  private members(depth: number): JsonMember[] {
    return this.sequence('}', () => {
      this.skip()
      const offset = this.at
      if (this.text[offset] !== '"') throw new JsonSyntaxError('expected a key in double quotes', offset)
      const key = this.string()
      this.expect(':')
      return {key, offset, value: this.value(depth + 1)}
    })
  }

  private items(depth: number): JsonNode[] {
    return this.sequence(']', () => this.value(depth + 1))
  }

  private sequence<T>(close: string, entry: () => T): T[] {
    this.at += 1
    const entries: T[] = []
    if (this.has(close)) return entries
    do entries.push(entry())
    while (this.has(','))
    this.expect(close)
    return entries
  }

  private string(): string {
    const start = this.at
    this.at += 1
    do this.take(plainText)
    while (this.take(escape) !== undefined)
    const ends = this.text[this.at] === '"'
    if (!ends) throw new JsonSyntaxError('a string that does not end or holds a bad escape', this.at)
    this.at += 1
    const value = JSON.parse(this.text.slice(start, this.at)) as string
    if (!value.isWellFormed()) throw new JsonSyntaxError('half of a surrogate pair', start)
    return value
  }

  private has(character: string): boolean {
    this.skip()
    if (this.text[this.at] !== character) return false
    this.at += 1
    return true
  }

  private expect(character: string): void {
    if (!this.has(character)) throw new JsonSyntaxError(`expected "${character}"`, this.at)
  }

  private take(token: RegExp): string | undefined {
    token.lastIndex = this.at
    const found = token.exec(this.text)?.[0]
    if (found !== undefined) this.at += found.length
    return found
  }

  private skip(): void {
    this.take(space)
  }
}
