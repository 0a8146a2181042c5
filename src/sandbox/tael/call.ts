import type {ServerResponse} from 'node:http'
import {isBeyondCalendar, parseLast} from './last.ts'
import {RouteError} from './route-error.ts'
import type {Services} from './services.ts'
import type {Backend} from './store.ts'

/** One request as a route sees it. */
export interface Call {
  method: string
  /** Decoded parts of the path. */
  path: string[]
  query: URLSearchParams
  headers: Record<string, string | string[] | undefined>
  body: Buffer
  contentType: string
  nowNs: bigint
  backend: Backend
  services: Services
}

/** A JSON document, plain text, or an answer that goes on. */
export type Reply =
  | {status: number; json: unknown}
  | {status: number; text: string}
  | {stream: (response: ServerResponse) => void}

/** The connection is closed without an answer, as the real server's panic on a huge window does. */
export class DropConnection extends Error {}

/* What is wrong is said in the words of the server's framework, as plain text. */
const refusal = (status: number, words: string) => new RouteError(status, words, {plain: true})
const badQuery = (words: string) => refusal(400, `Failed to deserialize query string: ${words}`)

export function text(call: Call, key: string): string | undefined {
  if (call.query.getAll(key).length > 1) throw badQuery(`duplicate field \`${key}\``)
  return call.query.get(key) ?? undefined
}

export function required(call: Call, key: string): string {
  const value = text(call, key)
  if (value === undefined) throw badQuery(`missing field \`${key}\``)
  return value
}

export function number(call: Call, key: string, isFloat = false): number | undefined {
  const value = text(call, key)
  if (value === undefined) return undefined
  const pattern = isFloat ? /^-?\d+(\.\d+)?$/ : /^\d{1,10}$/
  if (!pattern.test(value) || Number(value) > 4_294_967_295) {
    throw badQuery(`${key}: invalid ${isFloat ? 'float literal' : 'digit found in string'}`)
  }
  return Number(value)
}

export function seconds(call: Call, key: string): number | undefined {
  const value = text(call, key)
  if (isBeyondCalendar(value)) throw new DropConnection()
  return parseLast(value)
}

export function since(call: Call): bigint | undefined {
  const window = seconds(call, 'last')
  return window === undefined ? undefined : call.nowNs - BigInt(window) * 1_000_000_000n
}

/** The JSON object of the body; `fields` must be there as text. */
export function jsonBody<K extends string>(call: Call, ...fields: K[]): Record<string, unknown> & Record<K, string> {
  const isJson = call.contentType === 'application/json'
  if (!isJson) throw refusal(415, 'Expected request with `Content-Type: application/json`')
  let input: Record<string, unknown>
  try {
    input = JSON.parse(call.body.toString()) as typeof input
  } catch (error) {
    throw refusal(400, `Failed to parse the request body as JSON: ${(error as Error).message}`)
  }
  const missing = fields.find(field => typeof input[field] !== 'string')
  if (missing === undefined) return input as Record<string, unknown> & Record<K, string>
  throw refusal(422, `Failed to deserialize the JSON body into the target type: missing field \`${missing}\``)
}
