import type {Json} from '../net/json.ts'

/**
 * An answer of the server: its document as it came (for `--format json`, which promises exactly that) and
 * our reading of it, made only when asked for, since decoding 50,000 spans costs.
 */
export class Answer<T> {
  readonly document: Json
  readonly #decode: (document: Json) => T
  #value: {decoded: T} | undefined

  constructor(document: Json, decode: (document: Json) => T) {
    this.document = document
    this.#decode = decode
  }

  get value(): T {
    this.#value ??= {decoded: this.#decode(this.document)}
    return this.#value.decoded
  }

  /** The raw records of a list member of the document. */
  listed(member: string): Json[] {
    const list = (this.document as {[key: string]: Json} | null)?.[member]
    return Array.isArray(list) ? list : []
  }

  /** How many there are, without decoding them. */
  count(member: string): number {
    return this.listed(member).length
  }

  /** The same answer with another list, and a `count` that fits where the document has one. */
  withList(member: string, list: Json[]): Answer<T> {
    const document = {...(this.document as {[key: string]: Json}), [member]: list}
    if ('count' in document) document['count'] = list.length
    return new Answer(document, this.#decode)
  }
}
