import {encodeEntry, placeEntry} from '../../../src/clients/tael/walrus-encode.ts'
import type {SegmentFolder} from '../../../src/clients/tael/walrus-folder.ts'
import {blockUnitBytes, segmentBytes} from '../../../src/clients/tael/walrus-header.ts'
import {readSegment} from '../../../src/clients/tael/walrus-segment.ts'
import type {ByteSource} from '../../../src/clients/tael/walrus-segment.ts'
import {TopicReader} from '../../../src/clients/tael/walrus-topic.ts'
import type {WalStart} from '../../../src/clients/tael/wal-position.ts'

const pageBytes = 64 * 1024

/** A sparse file in memory. */
export class SparseFile implements ByteSource {
  readonly pages = new Map<number, Buffer>()
  sizeBytes = segmentBytes
  reads = 0

  write(bytes: Uint8Array, position: number): void {
    for (let at = 0; at < bytes.length;) {
      const page = Math.floor((position + at) / pageBytes)
      const inPage = (position + at) % pageBytes
      const buffer = this.pages.get(page) ?? Buffer.alloc(pageBytes)
      this.pages.set(page, buffer)
      const length = Math.min(bytes.length - at, pageBytes - inPage)
      buffer.set(bytes.subarray(at, at + length), inPage)
      at += length
    }
  }

  async read(target: Uint8Array, position: number): Promise<number> {
    this.reads += 1
    const length = Math.max(0, Math.min(target.length, this.sizeBytes - position))
    target.fill(0, 0, length)
    for (let at = 0; at < length;) {
      const inPage = (position + at) % pageBytes
      const page = this.pages.get(Math.floor((position + at) / pageBytes))
      const part = Math.min(length - at, pageBytes - inPage)
      if (page) target.set(page.subarray(inPage, inPage + part), at)
      at += part
    }
    return length
  }

  async close(): Promise<void> {}
}

/** A WAL folder in memory with a writer that does what walrus does. */
export class MemoryWal implements SegmentFolder {
  readonly path = 'memory'
  readonly files = new Map<string, SparseFile>()
  readonly topic: string
  #name = 1_000
  #at = {offset: 0, blockEnd: 0}

  constructor(topic = 'tael_wal') {
    this.topic = topic
    this.restart()
  }

  get current(): SparseFile {
    return this.files.get(String(this.#name))!
  }

  get place(): {file: string; offset: number} {
    return {file: String(this.#name), offset: this.#at.offset}
  }

  restart(): void {
    this.#name += 1
    this.files.set(String(this.#name), new SparseFile())
    this.#at = {offset: 0, blockEnd: blockUnitBytes}
  }

  /** Appends and returns where; `hold` gives the bytes to the caller instead of writing them. */
  append(payload: Uint8Array | string, hold?: (entry: Buffer) => Buffer): {file: string; offset: number} {
    const bytes = Buffer.from(payload)
    const place = placeEntry(this.#at, bytes.length)
    if (place.newFile) this.restart()
    const entry = encodeEntry(this.topic, bytes, place.blockEnd)
    this.current.write(hold ? hold(entry) : entry, place.offset)
    this.#at = {offset: place.offset + entry.length, blockEnd: place.blockEnd}
    return {file: String(this.#name), offset: place.offset}
  }

  /** Another topic takes the current file up to `blockEnd`. */
  occupy(blockEnd: number): void {
    this.current.write(encodeEntry('other', Buffer.from('x'), blockEnd), this.#at.blockEnd)
    this.#at = {offset: blockEnd, blockEnd}
  }

  async list(): Promise<string[]> {
    return [...this.files.keys()].sort()
  }

  async open(name: string) {
    const file = this.files.get(name)
    return file && readSegment(file, 64 * 1024 * 1024)
  }

  reader(start: WalStart = 'start'): TopicReader {
    return new TopicReader(this, this.topic, start)
  }
}

/** All that a reader gives until it has no more: payload texts, and damage and gaps as `!reason`. */
export async function drain(reader: TopicReader, deep = true): Promise<string[]> {
  const found: string[] = []
  for (let item = await reader.next(deep); item; item = await reader.next(deep)) {
    found.push(item.kind === 'entry' ? item.payload!.toString() : `!${item.reason}`)
  }
  return found
}
