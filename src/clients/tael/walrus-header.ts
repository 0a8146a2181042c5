/** An entry's header takes 64 bytes, the payload follows at once, the next header directly after it. */
export const headerBytes = 64
/** Blocks are whole multiples of 10 MiB and hold one topic each. */
export const blockUnitBytes = 10 * 1024 * 1024
/** Every segment file has this apparent size, mostly as a hole. */
export const segmentBytes = 100 * blockUnitBytes

const rootBytes = 32

/** What stands before a payload in a walrus segment. */
export interface EntryHeader {
  topic: string
  payloadBytes: number
  /** FNV-1a 64 of the payload. */
  checksum: bigint
  /** Where this block ends and the next begins, in bytes from the start of the file. */
  blockEnd: number
}

export type HeaderReading =
  | {state: 'entry'; header: EntryHeader}
  | {state: 'empty'}
  | {state: 'damaged'; reason: string}

/**
 * Reads the 64 bytes before a payload, found at `offset` of the file: u16 length n of the metadata, then n
 * bytes of an rkyv 0.7 archive whose last 32 bytes are u32 payload length, 8 bytes topic name, 4 bytes
 * padding, u64 end of the block, u64 checksum, all little endian; zeroes up to byte 64. Measured on files of
 * walrus-rust 0.2.0 and read in its source (`block.rs`). Everything that can be checked is checked, because
 * the header has no checksum of its own.
 */
export function readHeader(bytes: Uint8Array, offset: number): HeaderReading {
  if (bytes.length < headerBytes) {
    return bytes.some(byte => byte !== 0) ? damaged('the file ends inside a header') : {state: 'empty'}
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, headerBytes)
  const length = view.getUint16(0, true)
  if (length === 0) return isZero(bytes, 2) ? {state: 'empty'} : damaged('the header has no length')
  if (length < rootBytes || length > headerBytes - 2) return damaged(`header length ${length} is impossible`)
  if (!isZero(bytes, 2 + length)) return damaged('there are bytes behind the header')
  const root = 2 + length - rootBytes
  const topic = readTopic(bytes, view, root + 4)
  if (topic === undefined) return damaged('the topic name is unreadable')
  const payloadBytes = view.getUint32(root, true)
  const blockEnd = Number(view.getBigUint64(root + 16, true))
  if (blockEnd % blockUnitBytes !== 0 || blockEnd <= offset || blockEnd > segmentBytes) {
    return damaged(`the block cannot end at ${blockEnd}`)
  }
  if (offset + headerBytes + payloadBytes > blockEnd) return damaged(`${payloadBytes} bytes do not fit in the block`)
  return {state: 'entry', header: {topic, payloadBytes, blockEnd, checksum: view.getBigUint64(root + 24, true)}}
}

/** rkyv's string: up to 7 bytes inline with the length last, else u32 length and i32 distance from this field. */
function readTopic(bytes: Uint8Array, view: DataView, at: number): string | undefined {
  const last = bytes[at + 7]!
  if (last < 0x80) return last <= 7 ? ascii(bytes, at, last) : undefined
  const start = at + view.getInt32(at + 4, true)
  const length = view.getUint32(at, true)
  return start >= 2 && start + length <= at ? ascii(bytes, start, length) : undefined
}

function ascii(bytes: Uint8Array, start: number, length: number): string | undefined {
  let text = ''
  for (let at = start; at < start + length; at += 1) {
    if (bytes[at]! < 0x20 || bytes[at]! > 0x7e) return undefined
    text += String.fromCharCode(bytes[at]!)
  }
  return text === '' ? undefined : text
}

function isZero(bytes: Uint8Array, from: number): boolean {
  for (let at = from; at < headerBytes; at += 1) if (bytes[at] !== 0) return false
  return true
}

function damaged(reason: string): HeaderReading {
  return {state: 'damaged', reason}
}

/** The end of the 10 MiB unit that holds `offset`: where a block ends when its headers do not tell. */
export function unitEnd(offset: number): number {
  return (Math.floor(offset / blockUnitBytes) + 1) * blockUnitBytes
}
