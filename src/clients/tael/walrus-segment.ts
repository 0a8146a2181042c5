import {emptyChecksum, fnv1a64} from './walrus-checksum.ts'
import {headerBytes, readHeader, segmentBytes} from './walrus-header.ts'
import type {EntryHeader, HeaderReading} from './walrus-header.ts'

/** Bytes of a file by position; fewer than asked for only at its end. */
export interface ByteSource {
  read(target: Uint8Array, position: number): Promise<number>
  close(): Promise<void>
}

export type EntryReading =
  /** The checksum holds. `payload` is valid until the next read; undefined when over the size limit. */
  | {state: 'entry'; header: EntryHeader; payload: Buffer | undefined; next: number}
  | {state: 'empty'}
  /** `next` and `header` are known when only the payload is damaged. */
  | {state: 'damaged'; reason: string; next?: number; header?: EntryHeader}

/** A segment file, read entry by entry, by one caller at a time. */
export interface Segment {
  /** `ahead` reads a window, for walking header by header. */
  header(offset: number, ahead?: boolean): Promise<HeaderReading>
  entry(offset: number): Promise<EntryReading>
  /** Up to 1 MiB at `offset`, straight from the file. */
  bytes(offset: number): Promise<Buffer>
  close(): Promise<void>
}

const windowBytes = 1024 * 1024
const firstWindowBytes = 64 * 1024

/**
 * Reads through a window that grows to 1 MiB while there is much to read. The writer may be at work in it, so
 * the window is only believed when it shows an intact entry; anything else is read again from the file.
 */
export function readSegment(source: ByteSource, maxPayloadBytes: number): Segment {
  return new WindowedSegment(source, maxPayloadBytes)
}

class WindowedSegment implements Segment {
  readonly #source: ByteSource
  readonly #maxPayloadBytes: number
  readonly #window: Window
  readonly #small = Buffer.allocUnsafe(headerBytes)
  #large = Buffer.alloc(0)

  constructor(source: ByteSource, maxPayloadBytes: number) {
    this.#source = source
    this.#maxPayloadBytes = maxPayloadBytes
    this.#window = new Window(source)
  }

  async header(offset: number, ahead = false): Promise<HeaderReading> {
    if (offset >= segmentBytes) return {state: 'empty'}
    if (ahead && !this.#window.get(offset, headerBytes)) await this.#window.fill(offset)
    const known = this.#window.get(offset, headerBytes)
    const reading = known && readHeader(known, offset)
    if (reading?.state === 'entry') return reading
    const fresh = readHeader(this.#small.subarray(0, await this.#source.read(this.#small, offset)), offset)
    if (fresh.state === 'empty') this.#window.shrink()
    return fresh
  }

  async entry(offset: number): Promise<EntryReading> {
    const reading = await this.header(offset)
    if (reading.state !== 'entry') return reading
    const {payloadBytes, checksum} = reading.header
    const at = offset + headerBytes
    const known = {header: reading.header, next: at + payloadBytes}
    const broken = {state: 'damaged', reason: 'the checksum does not hold', ...known} as const
    if (payloadBytes > this.#maxPayloadBytes) {
      const sum = await checksumOf(this.#window, at, payloadBytes)
      return sum === checksum ? {state: 'entry', payload: undefined, ...known} : broken
    }
    const ready = this.#window.get(at, payloadBytes)
    if (ready && fnv1a64(ready) === checksum) return {state: 'entry', payload: ready, ...known}
    const payload = await this.#payload(at, payloadBytes)
    if (payload.length < payloadBytes) return {...broken, reason: 'the file ends inside the payload'}
    return fnv1a64(payload) === checksum ? {state: 'entry', payload, ...known} : broken
  }

  async bytes(offset: number): Promise<Buffer> {
    await this.#window.fill(offset, windowBytes)
    return this.#window.all()
  }

  close(): Promise<void> {
    return this.#source.close()
  }

  /** Fresh from the file, whatever the window holds. */
  async #payload(at: number, length: number): Promise<Buffer> {
    if (headerBytes + length <= windowBytes) {
      await this.#window.fill(at - headerBytes, headerBytes + length)
      return this.#window.get(at, length) ?? Buffer.alloc(0)
    }
    if (this.#large.length < length) this.#large = Buffer.allocUnsafe(length)
    return this.#large.subarray(0, await this.#source.read(this.#large.subarray(0, length), at))
  }
}

/** The checksum of a payload that is too large to hold, summed window by window. */
async function checksumOf(window: Window, at: number, length: number): Promise<bigint> {
  let sum = emptyChecksum
  for (let from = at; from < at + length;) {
    await window.fill(from, windowBytes)
    const bytes = window.all()
    if (bytes.length === 0) break
    sum = fnv1a64(bytes, 0, Math.min(bytes.length, at + length - from), sum)
    from += bytes.length
  }
  return sum
}

class Window {
  readonly #source: ByteSource
  readonly #buffer = Buffer.allocUnsafe(windowBytes)
  #start = 0
  #end = 0
  #ahead = firstWindowBytes

  constructor(source: ByteSource) {
    this.#source = source
  }

  /** Loads at least `length` bytes at `offset`, and more the longer the reading goes on. */
  async fill(offset: number, length = 0): Promise<void> {
    const size = Math.min(windowBytes, Math.max(length, this.#ahead))
    this.#ahead = Math.min(windowBytes, this.#ahead * 2)
    this.#start = offset
    this.#end = offset
    this.#end = offset + (await this.#source.read(this.#buffer.subarray(0, size), offset))
  }

  /** The reader has caught up with the writer: little is to be read at a time from now on. */
  shrink(): void {
    this.#ahead = firstWindowBytes
  }

  get(offset: number, length: number): Buffer | undefined {
    if (offset < this.#start || offset + length > this.#end) return undefined
    return this.#buffer.subarray(offset - this.#start, offset - this.#start + length)
  }

  all(): Buffer {
    return this.#buffer.subarray(0, this.#end - this.#start)
  }
}
