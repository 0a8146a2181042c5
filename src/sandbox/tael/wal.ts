import {closeSync, ftruncateSync, mkdirSync, openSync, writeSync} from 'node:fs'
import {join} from 'node:path'
import {Packr} from 'msgpackr'
import {encodeEntry, firstPlace, placeEntry} from '../../clients/tael/walrus-encode.ts'
import {segmentBytes} from '../../clients/tael/walrus-header.ts'
import {walSignals, type WalSignal} from '../../clients/tael/wal-frame.ts'

/** Writes a WAL directory as a server of 0.5.15 does: sparse segments, one frame an ingest batch. */
export class SandboxWal {
  readonly #folder: string
  readonly #packr = new Packr({useRecords: false})
  #name: number
  #file: number
  #at = {offset: firstPlace.offset, blockEnd: firstPlace.blockEnd}

  /** `nowMs` names the first segment; each start writes a new one. */
  constructor(walDir: string, nowMs: number) {
    this.#folder = join(walDir, 'tael-backend')
    mkdirSync(this.#folder, {recursive: true})
    this.#name = nowMs
    this.#file = this.#open()
  }

  /** Appends one batch; records are in the server's own form, times as text. */
  append(signal: WalSignal, records: readonly object[]): void {
    const payload = Buffer.concat([Buffer.of(2, walSignals.indexOf(signal) + 1), this.#packr.pack(records)])
    const place = placeEntry(this.#at, payload.length)
    if (place.newFile) {
      closeSync(this.#file)
      this.#name += 1
      this.#file = this.#open()
    }
    const entry = encodeEntry('tael_wal', payload, place.blockEnd)
    writeSync(this.#file, entry, 0, entry.length, place.offset)
    this.#at = {offset: place.offset + entry.length, blockEnd: place.blockEnd}
  }

  close(): void {
    closeSync(this.#file)
  }

  #open(): number {
    const file = openSync(join(this.#folder, String(this.#name)), 'wx')
    ftruncateSync(file, segmentBytes)
    return file
  }
}
