import {SystemError} from '../net/errors.ts'
import {messages, type Field} from './proto.ts'

type Message = Record<string, unknown>

/** Encodes a message; what is undefined is left out, zero and empty are written. */
export function encode(type: string, message: object): Buffer {
  const chunks = Object.entries(messages[type]!).flatMap(([name, field]) => {
    const value = (message as Message)[name]
    if (value === undefined) return []
    if (!field.repeated) return encodeField(field, value)
    const items = value as unknown[]
    if (field.type !== 'uint') return items.flatMap(item => encodeField(field, item))
    return items.length === 0 ? [] : withLength(field.id, Buffer.concat(items.map(item => varint(item as number))))
  })
  return Buffer.concat(chunks)
}

function encodeField({id, type}: Field, value: unknown): Uint8Array[] {
  if (type === 'bytes') return withLength(id, value as Uint8Array)
  if (type === 'string') return withLength(id, Buffer.from(value as string))
  if (messages[type]) return withLength(id, encode(type, value as object))
  return [varint(id << 3), varint(type === 'bool' ? Number(value) : value as number | bigint)]
}

function withLength(id: number, bytes: Uint8Array): Uint8Array[] {
  return [varint(id << 3 | 2), varint(bytes.length), bytes]
}

/** Decodes a message; unknown fields are skipped, what is no such message is a SystemError. */
export function decode(type: string, bytes: Buffer): Message {
  const fields = new Map(Object.entries(messages[type]!).map(([name, field]) => [field.id, {name, ...field}]))
  const answer: Message = {}
  let at = 0
  while (at < bytes.length) {
    const tag = readVarint(bytes, at)
    const {value, end} = readValue(bytes, tag.end, Number(tag.value & 7n))
    at = end
    const field = fields.get(Number(tag.value >> 3n))
    if (!field) continue
    if (field.repeated) ((answer[field.name] ??= []) as unknown[]).push(...itemsOf(field, value))
    else answer[field.name] = convert(field, value)
  }
  return answer
}

/** Numbers of a repeated field come packed, one after the other in one value. */
function itemsOf(field: Field, value: bigint | Buffer): unknown[] {
  if (field.type !== 'uint' || typeof value === 'bigint') return [convert(field, value)]
  const items: number[] = []
  for (let at = 0; at < value.length;) {
    const item = readVarint(value, at)
    items.push(Number(item.value))
    at = item.end
  }
  return items
}

const numeric = new Set(['uint', 'uint64', 'bool'])

function convert({type}: Field, value: bigint | Buffer): unknown {
  if (numeric.has(type) !== (typeof value === 'bigint')) throw malformed()
  if (typeof value === 'bigint') return type === 'uint64' ? value : type === 'bool' ? value !== 0n : Number(value)
  return type === 'bytes' ? value : type === 'string' ? value.toString('utf8') : decode(type, value)
}

function readValue(bytes: Buffer, at: number, wireType: number): {value: bigint | Buffer; end: number} {
  if (wireType === 0) return readVarint(bytes, at)
  const length = wireType === 2 ? readVarint(bytes, at) : undefined
  const [start, size] = length ? [length.end, Number(length.value)] : [at, {1: 8, 5: 4}[wireType] ?? Infinity]
  if (start + size > bytes.length) throw malformed()
  return {value: bytes.subarray(start, start + size), end: start + size}
}

function readVarint(bytes: Buffer, at: number): {value: bigint; end: number} {
  let value = 0n
  for (let shift = 0; shift < 70; shift += 7) {
    const byte = bytes[at]
    if (byte === undefined) throw malformed()
    at += 1
    value |= BigInt(byte & 0x7f) << BigInt(shift)
    if (byte < 0x80) return {value, end: at}
  }
  throw malformed()
}

function varint(value: number | bigint): Buffer {
  const bytes: number[] = []
  let rest = BigInt(value)
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
  return Buffer.from([...bytes, Number(rest)])
}

function malformed(): SystemError {
  return new SystemError('the answer is no message of d-engine 0.2.4', {
    code: 'RAFT_PROTOCOL', hint: 'Does raft.endpoints name the gRPC port of d-engine 0.2.4 nodes?',
  })
}
