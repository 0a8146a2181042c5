import {SystemError} from '../net/errors.ts'
import {messages, type Field} from './proto.ts'

type Message = Record<string, unknown>

/** Encodes a flat message of numbers; that is all that the requests we send hold. */
export function encode(type: string, message: Record<string, number>): Buffer {
  const bytes = Object.entries(messages[type]!).flatMap(([name, {id}]) =>
    (message[name] === undefined ? [] : [...varint(id << 3), ...varint(message[name])]))
  return Buffer.from(bytes)
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
    const item = convert(field, value)
    answer[field.name] = field.repeated ? [...((answer[field.name] as unknown[]) ?? []), item] : item
  }
  return answer
}

function convert({type}: Field, value: bigint | Buffer): unknown {
  const isNumber = type === 'uint' || type === 'uint64'
  if (isNumber !== (typeof value === 'bigint')) throw malformed()
  if (typeof value === 'bigint') return type === 'uint64' ? value : Number(value)
  return type === 'string' ? value.toString('utf8') : decode(type, value)
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

function varint(value: number): number[] {
  const low = value % 128
  return value < 128 ? [low] : [low + 128, ...varint(Math.floor(value / 128))]
}

function malformed(): SystemError {
  return new SystemError('the answer is no message of d-engine 0.2.4', {
    code: 'RAFT_PROTOCOL', hint: 'Does raft.endpoints name the gRPC port of d-engine 0.2.4 nodes?',
  })
}
