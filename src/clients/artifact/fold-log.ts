import {crc32} from 'node:zlib'

const maxKeyBytes = 65_535
const maxValueBytes = 67_108_864
const magicBytes = 6

/** What the end of an append log proved. */
export interface FoldLogEnd {
  /** The last cursor record; empty when there is none. */
  cursorHex: string
  keys: number
  problem: string | undefined
}

/**
 * Checks a `fold.snap` while it streams by: magic, version 2, the CRC of each record, and the last cursor.
 * Values are not kept; at most one record (64 MiB) that lies across two pieces is. A torn tail is reported; the
 * crate's loader drops one without a word.
 */
export class FoldLog {
  #isStarted = false
  #problem: string | undefined
  #cursorHex = ''
  #keys = 0
  /** The start of a record whose rest is in the next piece, in a buffer of the size that is known to be needed. */
  #pending = Buffer.alloc(0)
  #filled = 0

  update(bytes: Uint8Array): void {
    const piece = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    let at = this.#filled > 0 ? this.#stitch(piece) : 0
    while (this.#problem === undefined && at < piece.length) {
      const needed = this.#needed(piece, at, piece.length)
      if (at + needed > piece.length) return this.#keep(piece, at, needed)
      this.#take(piece, at, at + needed)
      at += needed
    }
  }

  end(): FoldLogEnd {
    const isTorn = !this.#isStarted || this.#filled > 0
    return {
      cursorHex: this.#cursorHex,
      keys: this.#keys,
      problem: this.#problem ?? (isTorn ? 'its end is cut off' : undefined),
    }
  }

  /** Completes the pending record from the start of `piece`; returns how much of it that took. */
  #stitch(piece: Buffer): number {
    let at = 0
    while (this.#problem === undefined && this.#filled > 0 && at < piece.length) {
      const copied = piece.copy(this.#pending, this.#filled, at, at + this.#pending.length - this.#filled)
      at += copied
      this.#filled += copied
      if (this.#filled < this.#pending.length) break
      const needed = this.#needed(this.#pending, 0, this.#filled)
      if (needed > this.#filled) this.#keep(this.#pending, 0, needed)
      else {
        this.#filled = 0
        this.#take(this.#pending, 0, needed)
      }
    }
    return at
  }

  #keep(from: Buffer, at: number, needed: number): void {
    const pending = Buffer.allocUnsafe(needed)
    this.#filled = from.copy(pending, 0, at)
    this.#pending = pending
  }

  /** How many bytes the record at `at` has, or at least has as far as can be told from what ends at `end`. */
  #needed(buffer: Buffer, at: number, end: number): number {
    if (!this.#isStarted) return magicBytes
    const known = recordBytes(buffer, at, end)
    if (typeof known === 'number') return known
    this.#problem = known
    return 0
  }

  #take(buffer: Buffer, start: number, end: number): void {
    if (this.#problem !== undefined) return
    if (!this.#isStarted) {
      this.#isStarted = true
      const isGood = buffer.toString('latin1', start, start + 4) === 'PGSS' && buffer.readUInt16LE(start + 4) === 2
      if (!isGood) this.#problem = 'it is no append log of version 2'
      return
    }
    if (crc32(buffer.subarray(start + 4, end)) !== buffer.readUInt32LE(start))
      this.#problem = 'a record has a wrong checksum'
    const type = buffer[start + 4]
    if (type === 1) this.#keys += 1
    if (type === 3) this.#cursorHex = buffer.toString('hex', start + 6, end)
  }
}

/**
 * Length of the record at `at`, or more than there is before `end` when its length is not yet known; a text when
 * it is malformed.
 */
function recordBytes(buffer: Buffer, at: number, end: number): number | string {
  const there = end - at
  if (there < 6) return 6
  const type = buffer[at + 4]
  if (type === 3) return 6 + buffer[at + 5]!
  if (type !== 1 && type !== 2) return `a record has the unknown type ${type}`
  if (there < 7) return 7
  const afterKey = 7 + Math.min(buffer.readUInt16LE(at + 5), maxKeyBytes)
  let token = afterKey
  if (type === 1) {
    if (there < afterKey + 4) return afterKey + 4
    const valueBytes = buffer.readUInt32LE(at + afterKey)
    if (valueBytes > maxValueBytes) return 'a value is larger than 64 MiB'
    token = afterKey + 4 + valueBytes
  }
  return there > token ? token + 1 + buffer[at + token]! : token + 1
}
