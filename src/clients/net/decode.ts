import {SystemError} from './errors.ts'
import type {Json} from './json.ts'

export type JsonObject = {[key: string]: Json}

/** A document that is not what its protocol says; the message names the member. */
class DecodeError extends SystemError {
  constructor(path: string, wanted: string, value: unknown) {
    super(`the answer is not what was expected: ${path} should be ${wanted}, is ${kindOf(value)}`, {
      code: 'DECODE', hint: 'Another program may be listening there, or a version that this one does not know.',
    })
  }
}

function kindOf(value: unknown): string {
  return value === undefined
    ? 'missing'
    : value === null ? 'null' : Array.isArray(value) ? 'a list' : `a ${typeof value}`
}

function asObject(value: Json | undefined, path: string): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new DecodeError(path, 'an object', value)
  }
  return value
}

function asList(value: Json | undefined, path: string): Json[] {
  if (!Array.isArray(value)) throw new DecodeError(path, 'a list', value)
  return value
}

/** Reads the members of one object; unknown members are nobody's business, missing ones are errors. */
export class Reader {
  readonly object: JsonObject
  readonly path: string

  constructor(value: Json | undefined, path: string) {
    this.object = asObject(value, path)
    this.path = path
  }

  string(key: string): string {
    const value = this.object[key]
    if (typeof value !== 'string') throw new DecodeError(`${this.path}.${key}`, 'a text', value)
    return value
  }

  /** Null and absent are both null. */
  stringOrNull(key: string): string | null {
    const value = this.object[key]
    return value === undefined || value === null ? null : this.string(key)
  }

  number(key: string): number {
    const value = this.object[key]
    if (typeof value === 'bigint') return Number(value)
    if (typeof value !== 'number') throw new DecodeError(`${this.path}.${key}`, 'a number', value)
    return value
  }

  numberOrNull(key: string): number | null {
    const value = this.object[key]
    return value === undefined || value === null ? null : this.number(key)
  }

  /** A number that may be beyond 2^53 and then is a bigint. */
  exact(key: string): number | bigint {
    const value = this.object[key]
    return typeof value === 'bigint' ? value : this.number(key)
  }

  boolean(key: string): boolean {
    const value = this.object[key]
    if (typeof value !== 'boolean') throw new DecodeError(`${this.path}.${key}`, 'true or false', value)
    return value
  }

  /** An object of texts; absent is empty. Values of other kinds are kept as their JSON text. */
  texts(key: string): Record<string, string> {
    const value = this.object[key]
    if (value === undefined || value === null) return {}
    const source = asObject(value, `${this.path}.${key}`)
    const texts: Record<string, string> = {}
    for (const [name, text] of Object.entries(source)) texts[name] = typeof text === 'string' ? text : String(text)
    return texts
  }

  list<T>(key: string, decode: (value: Json, path: string) => T): T[] {
    const path = `${this.path}.${key}`
    return asList(this.object[key], path).map((value, at) => decode(value, `${path}[${at}]`))
  }

  has(key: string): boolean {
    return this.object[key] !== undefined && this.object[key] !== null
  }
}
