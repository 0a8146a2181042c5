import type {Unpackr} from 'msgpackr'
import {checksumText, fnv1a64} from '../clients/tael/walrus-checksum.ts'
import {loadUnpackr, readFrame} from '../clients/tael/wal-frame.ts'
import {countRecords, hexOf, walRecord} from '../clients/tael/wal-item.ts'
import type {TapFrame, TapItem} from '../clients/tael/wal-tap.ts'
import {toJson} from '../format/json.ts'
import type {Page} from '../format/view.ts'
import {walRecordLine} from '../format/views/wal.ts'

export interface TapPrinterOptions {
  frames: boolean
  jsonl: boolean
  page: Page
  write: (text: string) => Promise<void>
  note: (text: string) => void
}

/** Prints what a tap received. */
export class TapPrinter {
  readonly #options: TapPrinterOptions
  readonly #unpackr: Unpackr

  static async create(options: TapPrinterOptions): Promise<TapPrinter> {
    return new TapPrinter(options, await loadUnpackr())
  }

  constructor(options: TapPrinterOptions, unpackr: Unpackr) {
    this.#options = options
    this.#unpackr = unpackr
  }

  async print(item: TapItem): Promise<void> {
    const receivedAt = new Date(item.receivedMs).toISOString()
    if (item.kind === 'frame') return this.#frame(item, receivedAt)
    const {kind, ...facts} = item
    const text = item.kind === 'epoch'
      ? `epoch ${item.before ?? 'none'} -> ${item.now ?? 'none'}`
      : `${item.frames} frames (${item.bytes} bytes) were answered but not decoded: too many at once`
    if (!this.#options.jsonl) return this.#options.note(`${receivedAt} ${text}`)
    await this.#options.write(`${toJson({event: kind, ...facts, receivedMs: undefined, receivedAt})}\n`)
  }

  async #frame({payload, epoch}: TapFrame, receivedAt: string): Promise<void> {
    const reading = readFrame(payload, this.#unpackr)
    const signal = reading.state === 'records' ? reading.signal : null
    const version = reading.state === 'short' ? null : reading.version
    const facts = {
      receivedAt, epoch, version, signal, sizeBytes: payload.length, checksum: checksumText(fnv1a64(payload)),
    }
    if (reading.state === 'records' && !this.#options.frames) {
      return this.#records(reading.signal, reading.slices, facts)
    }
    const records = reading.state === 'records' ? countRecords(reading.slices) : null
    const hex = records === null ? hexOf(payload) : undefined
    const head = `${receivedAt} epoch ${epoch ?? '-'} ${signal ?? 'unknown'} v${version ?? '?'} ${payload.length} B`
    await this.#options.write(this.#options.jsonl
      ? `${toJson({event: 'frame', ...facts, records, hex})}\n`
      : `${head} ${hex ?? `${records} records`}\n`)
  }

  async #records(
    signal: 'spans' | 'logs' | 'metrics', slices: Iterable<Parameters<typeof walRecord>[1][]>, facts: object,
  ): Promise<void> {
    try {
      for (const slice of slices) {
        const lines = slice.map(each => walRecord(signal, each)).map(item => this.#options.jsonl
          ? `${toJson({event: 'record', ...facts, item})}\n`
          : walRecordLine(signal, item as Record<string, unknown>, this.#options.page))
        await this.#options.write(lines.join(''))
      }
    } catch (error) {
      this.#options.note(`not decodable: ${(error as Error).message}`)
    }
  }
}
