import {enumNumbers, messages, type Field} from './etcd-proto.ts'

type Values = Record<string, unknown>

/**
 * Protobuf for the few messages of `etcd-proto.ts`: a general library costs a third of a whole command's time
 * to load. 64-bit numbers are decimal strings on our side. Unknown fields are passed over.
 */
export function encodeMessage(name: string, value: Values): Buffer {
  const fields = Object.entries(messages[name]!)
  return Buffer.concat(fields.flatMap(([key, field]) => {
    const given = value[key]
    if (given === undefined) return []
    return (Array.isArray(given) ? given : [given]).flatMap(one => encodeField(field, one))
  }))
}

const varintWire = 0
const bytesWire = 2

function encodeField({id, type}: Field, value: unknown): Buffer[] {
  const number = varintOf(type, value)
  if (number !== undefined) return [varint(BigInt(id << 3 | varintWire)), varint(number)]
  const body = bodyOf(type, value)
  return [varint(BigInt(id << 3 | bytesWire)), varint(BigInt(body.length)), body]
}

function varintOf(type: string, value: unknown): bigint | undefined {
  if (type === 'int64' || type === 'uint64') return BigInt.asUintN(64, BigInt(value as string))
  if (type === 'bool') return value ? 1n : 0n
  return type === 'enum' ? BigInt(enumNumbers[value as string]!) : undefined
}

function bodyOf(type: string, value: unknown): Buffer {
  if (type === 'bytes') return value as Buffer
  return type === 'string' ? Buffer.from(value as string) : encodeMessage(type, value as Values)
}

function varint(value: bigint): Buffer {
  const bytes: number[] = []
  for (; value > 127n; value >>= 7n) bytes.push(Number(value & 127n) | 128)
  return Buffer.from([...bytes, Number(value)])
}

/** What is not sent has its default: '0', false, '', no bytes, no entries; a missing message is undefined. */
export function decodeMessage(name: string, bytes: Buffer): Values {
  const fields = Object.entries(messages[name]!)
  const value = Object.fromEntries(fields.map(([key, field]) => [key, defaultOf(field)]))
  const reader = new Reader(bytes)
  while (!reader.atEnd) {
    const tag = Number(reader.varint())
    const [key, field] = fields.find(([, {id}]) => id === tag >> 3) ?? []
    const raw = reader.field(tag & 7)
    if (key === undefined || !field) continue
    const decoded = decodeValue(field.type, raw)
    if (field.repeated) (value[key] as unknown[]).push(decoded)
    else value[key] = decoded
  }
  return value
}

const defaults: Record<string, unknown> = {int64: '0', uint64: '0', bool: false, string: '', bytes: Buffer.alloc(0)}

function defaultOf({type, repeated}: Field): unknown {
  return repeated ? [] : defaults[type]
}

function decodeValue(type: string, raw: bigint | Buffer): unknown {
  if (typeof raw === 'bigint') {
    if (type === 'bool') return raw !== 0n
    return String(type === 'int64' ? BigInt.asIntN(64, raw) : raw)
  }
  if (type === 'bytes') return raw
  return type === 'string' ? raw.toString() : decodeMessage(type, raw)
}

class Reader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length
  }

  varint(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at]
      if (byte === undefined) break
      this.#at += 1
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return value
    }
    throw new RangeError('a protobuf number that does not end')
  }

  /** The value of a field by its wire type; fixed ones are skipped as bytes, since no field of ours has one. */
  field(wire: number): bigint | Buffer {
    if (wire === varintWire) return this.varint()
    const fixed: Record<number, number> = {1: 8, 5: 4}
    const length = wire === bytesWire ? Number(this.varint()) : fixed[wire]
    const start = this.#at
    const isWhole = length !== undefined && start + length <= this.#bytes.length
    if (!isWhole) throw new RangeError('a protobuf field that is cut')
    this.#at += length
    return this.#bytes.subarray(start, start + length)
  }
}
