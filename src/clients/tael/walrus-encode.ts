import {fnv1a64} from './walrus-checksum.ts'
import {blockUnitBytes, headerBytes, segmentBytes} from './walrus-header.ts'

/** An entry as walrus-rust 0.2.0 writes it: see `readHeader` for the layout. */
export function encodeEntry(topic: string, payload: Uint8Array, blockEnd: number): Buffer {
  const entry = Buffer.alloc(headerBytes + payload.length)
  const inline = topic.length <= 7
  const metadata = inline ? 32 : Math.ceil(topic.length / 4) * 4 + 32
  const root = 2 + metadata - 32
  entry.writeUInt16LE(metadata, 0)
  entry.writeUInt32LE(payload.length, root)
  if (inline) {
    entry.write(topic, root + 4, 'latin1')
    entry[root + 11] = topic.length
  } else {
    entry.write(topic, 2, 'latin1')
    entry.writeUInt32LE(topic.length, root + 4)
    entry.writeInt32LE(2 - (root + 4), root + 8)
  }
  entry.writeBigUInt64LE(BigInt(blockEnd), root + 16)
  entry.writeBigUInt64LE(fnv1a64(payload), root + 24)
  entry.set(payload, headerBytes)
  return entry
}

/** Where a writer puts its next entry: `newFile` when the current file cannot take the block. */
export interface WritePlace {
  offset: number
  blockEnd: number
  newFile: boolean
}

/** The first place of a file. */
export const firstPlace: WritePlace = {offset: 0, blockEnd: blockUnitBytes, newFile: true}

/**
 * Where an entry of `payloadBytes` goes when the last one ended at `at`: into its block if it fits, else into
 * a new block of as many 10 MiB units as it needs, in a new file when this one has no room for them.
 */
export function placeEntry(at: {offset: number; blockEnd: number}, payloadBytes: number): WritePlace {
  const need = headerBytes + payloadBytes
  if (at.offset + need <= at.blockEnd) return {...at, newFile: false}
  const size = Math.ceil(need / blockUnitBytes) * blockUnitBytes
  if (at.blockEnd + size > segmentBytes) return {offset: 0, blockEnd: size, newFile: true}
  return {offset: at.blockEnd, blockEnd: at.blockEnd + size, newFile: false}
}
