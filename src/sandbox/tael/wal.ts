import {closeSync, ftruncateSync, mkdirSync, openSync, writeSync} from 'node:fs'
import {join} from 'node:path'
import {encodeEntry, firstPlace, placeEntry} from '../../clients/tael/walrus-encode.ts'
import {segmentBytes} from '../../clients/tael/walrus-header.ts'

export type BusTopic = 'spans' | 'logs'

/**
 * The WAL directory of one process of 0.5.15: the frames of everything it took or was sent in
 * `tael-backend/`, and beside it one file each for the live buses, which hold what it took itself.
 * Each start makes three new sparse segments. The consumed position, which walrus keeps for itself, is left out.
 */
export class SandboxWal {
  readonly #frames: TopicWriter
  readonly #buses: Record<BusTopic, TopicWriter>

  /** `nowMs` names the segments. */
  constructor(walDir: string, nowMs: number) {
    this.#frames = new TopicWriter(join(walDir, 'tael-backend'), 'tael_wal', nowMs)
    this.#buses = {spans: new TopicWriter(walDir, 'spans', nowMs), logs: new TopicWriter(walDir, 'logs', nowMs)}
  }

  appendFrame(frame: Uint8Array): void {
    this.#frames.append(frame)
  }

  /** `json` is the array of one batch. */
  appendToBus(topic: BusTopic, json: string): void {
    this.#buses[topic].append(Buffer.from(json))
  }

  close(): void {
    for (const writer of [this.#frames, this.#buses.spans, this.#buses.logs]) writer.close()
  }
}

/** Appends the entries of one topic to segments named by milliseconds. */
class TopicWriter {
  readonly #folder: string
  readonly #topic: string
  #name: number
  #file: number
  #isClosed = false
  #at = {offset: firstPlace.offset, blockEnd: firstPlace.blockEnd}

  constructor(folder: string, topic: string, nowMs: number) {
    this.#folder = folder
    this.#topic = topic
    this.#name = Math.trunc(nowMs) - 1
    mkdirSync(folder, {recursive: true})
    this.#file = this.#openNext()
  }

  append(payload: Uint8Array): void {
    // The number of a closed file may be another file's by now.
    if (this.#isClosed) throw new Error('the process that writes this WAL is gone')
    const place = placeEntry(this.#at, payload.length)
    if (place.newFile) {
      closeSync(this.#file)
      this.#file = this.#openNext()
    }
    const entry = encodeEntry(this.#topic, payload, place.blockEnd)
    writeSync(this.#file, entry, 0, entry.length, place.offset)
    this.#at = {offset: place.offset + entry.length, blockEnd: place.blockEnd}
  }

  close(): void {
    this.#isClosed = true
    closeSync(this.#file)
  }

  /** A name that another segment has is passed over. */
  #openNext(): number {
    for (;;) {
      this.#name += 1
      try {
        const file = openSync(join(this.#folder, String(this.#name)), 'wx')
        ftruncateSync(file, segmentBytes)
        return file
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      }
    }
  }
}
