import {hostname} from 'node:os'
import {rename, rm, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {makeFolder} from '../../clients/net/make-folder.ts'
import type {Io} from '../io.ts'
import {recordName, transfersFolder, type TransferRecord} from './record.ts'

/** One small write a second, none for what takes less. */
const everyMs = 1_000
/** The rate is that of the last ten. */
const samples = 10

export interface Recorder {
  report(doneBytes: number, totalBytes: number): void
  /** Takes the record away again. */
  end(): Promise<void>
}

type Facts = Pick<TransferRecord, 'action' | 'subject'>
type Place = Pick<TransferRecord, 'store' | 'context'>

/**
 * Lets others of the account see how far a transfer is. It is a courtesy: where nothing can be written nothing is
 * said, and the transfer goes on all the same.
 */
export function recordTransfer(io: Io, facts: Facts, place: () => Promise<Place>): Recorder {
  const folder = transfersFolder(io)
  if (folder === undefined) return {report: () => undefined, end: async () => undefined}
  return new FileRecorder(io, folder, facts, place)
}

class FileRecorder implements Recorder {
  readonly #io: Io
  readonly #folder: string
  readonly #facts: Facts
  readonly #place: () => Promise<Place>
  readonly #startedMs: number
  readonly #ended = new AbortController()
  #progress: {doneBytes: number; totalBytes: number} | undefined
  #past: {atMs: number; doneBytes: number}[] = []
  #writing: Promise<void> | undefined

  constructor(io: Io, folder: string, facts: Facts, place: () => Promise<Place>) {
    this.#io = io
    this.#folder = folder
    this.#facts = facts
    this.#place = place
    this.#startedMs = io.clock.nowMs()
  }

  report(doneBytes: number, totalBytes: number): void {
    this.#progress = {doneBytes, totalBytes}
    this.#writing ??= this.#write().catch(() => undefined)
  }

  async end(): Promise<void> {
    this.#ended.abort()
    await this.#writing
  }

  async #write(): Promise<void> {
    const path = join(this.#folder, recordName(this.#io.pid, this.#startedMs))
    const {signal} = this.#ended
    await this.#wait()
    if (signal.aborted) return
    try {
      const place = await this.#place()
      await makeFolder(this.#folder)
      while (!signal.aborted) {
        // Whole or not at all: somebody may be reading.
        await writeFile(`${path}.part`, JSON.stringify(this.#record(place)), {mode: 0o600})
        await rename(`${path}.part`, path)
        await this.#wait()
      }
    } finally {
      await Promise.all([path, `${path}.part`].map(each => rm(each, {force: true})))
    }
  }

  #wait(): Promise<void> {
    return this.#io.clock.sleep(everyMs, this.#ended.signal).catch(() => undefined)
  }

  #record(place: Place): TransferRecord {
    const {clock, pid} = this.#io
    const {doneBytes, totalBytes} = this.#progress!
    this.#past = [...this.#past, {atMs: clock.monotonicMs(), doneBytes}].slice(-samples)
    const [first, last] = [this.#past[0]!, this.#past.at(-1)!]
    const elapsedMs = last.atMs - first.atMs
    const bytesPerSecond = elapsedMs > 0 ? Math.round((doneBytes - first.doneBytes) / elapsedMs * 1_000) : null
    return {
      ...this.#facts, ...place, pid, host: hostname(), doneBytes, totalBytes, bytesPerSecond,
      startedAt: new Date(this.#startedMs).toISOString(), updatedAt: new Date(clock.nowMs()).toISOString(),
    }
  }
}
