import {crc32} from 'node:zlib'

const maxKeyBytes = 65_535
const maxValueBytes = 67_108_864

/**
 * Checks a `fold.snap` while it streams by: magic, version 2, the CRC of each record, and the last cursor.
 * Values are not kept. A torn tail is reported; the crate's loader drops one without a word.
 */
export interface FoldLog {
  update(bytes: Uint8Array): void
  finish(): {cursorHex: string; keys: number; problem: string | undefined}
}

export function createFoldLog(): FoldLog {
  let pending = Buffer.alloc(0)
  let needed = 6
  let isStarted = false
  let problem: string | undefined
  let cursorHex = ''
  let keys = 0

  const consume = (buffer: Buffer): number => {
    if (!isStarted) {
      isStarted = true
      if (buffer.toString('latin1', 0, 4) !== 'PGSS' || buffer.readUInt16LE(4) !== 2) problem = 'it is no append log of version 2'
      return 6
    }
    const length = recordLength(buffer)
    if (typeof length === 'string') problem = length
    if (typeof length !== 'number') return 0
    if (buffer.length < length) {
      needed = length
      return 0
    }
    if (crc32(buffer.subarray(4, length)) !== buffer.readUInt32LE(0)) problem = 'a record has a wrong checksum'
    if (buffer[4] === 1) keys += 1
    if (buffer[4] === 3) cursorHex = buffer.toString('hex', 6, length)
    return length
  }

  return {
    update(bytes) {
      if (problem !== undefined) return
      const fresh = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
      if (pending.length + fresh.length < needed) return void (pending = Buffer.concat([pending, fresh]))
      let buffer = pending.length > 0 ? Buffer.concat([pending, fresh]) : fresh
      while (problem === undefined && buffer.length >= needed) {
        needed = 6
        const taken = consume(buffer)
        if (taken === 0) {
          needed = Math.max(needed, buffer.length + 1)
          break
        }
        buffer = buffer.subarray(taken)
      }
      pending = Buffer.from(buffer)
    },
    finish: () => ({cursorHex, keys, problem: problem ?? (!isStarted || pending.length > 0 ? 'its end is cut off' : undefined)}),
  }
}

/** Length of the record at the start of `buffer`; undefined when too little of it is there, a text when it is malformed. */
function recordLength(buffer: Buffer): number | string | undefined {
  if (buffer.length < 6) return undefined
  const type = buffer[4]
  if (type === 3) return 6 + buffer[5]!
  if (type !== 1 && type !== 2) return `a record has the unknown type ${type}`
  if (buffer.length < 7) return undefined
  const keyBytes = Math.min(buffer.readUInt16LE(5), maxKeyBytes)
  const afterKey = 7 + keyBytes
  let at = afterKey
  if (type === 1) {
    if (buffer.length < afterKey + 4) return undefined
    const valueBytes = buffer.readUInt32LE(afterKey)
    if (valueBytes > maxValueBytes) return 'a value is larger than 64 MiB'
    at = afterKey + 4 + valueBytes
  }
  return buffer.length > at ? at + 1 + buffer[at]! : undefined
}
