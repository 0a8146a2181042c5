import {UsageError} from '../clients/net/errors.ts'
import {passesFilter, type WalFilter} from '../clients/tael/wal-filter.ts'
import type {WalRecord, WalSignal} from '../clients/tael/wal-frame.ts'
import {frameFacts, hexOf, walRecord} from '../clients/tael/wal-item.ts'
import type {WalFrame, WalItem} from '../clients/tael/wal-tail.ts'
import {toJson} from '../format/json.ts'
import type {Page} from '../format/view.ts'
import {walFrameLine, walRecordLine} from '../format/views/wal.ts'

export interface WalPrinterOptions {
  frames: boolean
  signal?: WalSignal[]
  service?: string
  grep?: string
  jsonl: boolean
  /** Lines begin with the position of their frame. */
  positions: boolean
  page: Page
  write: (text: string) => Promise<void>
  note: (text: string) => void
}

/** Prints what a WAL gives: records or frames as lines, what was lost on stderr, or all of it as jsonl. */
export class WalPrinter {
  readonly #options: WalPrinterOptions
  readonly #filter: WalFilter
  #resume: string | null = null
  /** Records or frames printed. */
  records = 0

  constructor(options: WalPrinterOptions) {
    this.#options = options
    this.#filter = {signals: options.signal, service: options.service, grep: regex(options.grep)}
  }

  async print(item: WalItem): Promise<void> {
    if (item.kind === 'frame') {
      await (this.#options.frames ? this.#frame(item) : this.#records(item))
      this.#resume = item.next
    } else if (item.kind === 'tip') {
      this.#resume = item.position ?? this.#resume
    } else {
      await this.#lost(item)
      this.#resume = item.next ?? item.position
    }
  }

  /** Where to go on. */
  async end(): Promise<void> {
    if (this.#resume === null) return
    if (this.#options.jsonl) await this.#options.write(`${toJson({event: 'end', next: this.#resume})}\n`)
    else this.#options.note(`go on with: --from ${this.#resume}`)
  }

  async #frame(frame: WalFrame): Promise<void> {
    const {signal, jsonl, page} = this.#options
    if (signal && (frame.signal === null || !signal.includes(frame.signal))) return
    const facts = frameFacts(frame)
    this.records += 1
    await this.#options.write(jsonl ? `${toJson({event: 'frame', ...facts})}\n` : walFrameLine(facts, page))
  }

  async #records(frame: WalFrame): Promise<void> {
    if (!frame.slices || frame.signal === null) {
      return this.#undecoded(frame, frame.version === null ? 'not decoded' : `unknown version ${frame.version}`)
    }
    try {
      for (const slice of frame.slices) {
        const passing = slice.filter(record => passesFilter(record, frame.signal, this.#filter))
        this.records += passing.length
        await this.#options.write(passing.map(record => this.#line(frame, record)).join(''))
      }
    } catch (error) {
      const isOfBytes = [TypeError, RangeError, SyntaxError].some(kind => error instanceof kind)
      if (!isOfBytes && !isDecoderError(error)) throw error
      await this.#undecoded(frame, `not decodable: ${(error as Error).message}`)
    }
  }

  #line(frame: WalFrame, record: WalRecord): string {
    const {jsonl, positions, page} = this.#options
    const item = walRecord(frame.signal!, record)
    if (jsonl) return `${toJson({event: 'record', position: frame.position, signal: frame.signal, item})}\n`
    const line = walRecordLine(frame.signal!, item as Record<string, unknown>, page)
    return positions ? `${frame.position} ${line}` : line
  }

  async #undecoded(frame: WalFrame, reason: string): Promise<void> {
    const {position, sizeBytes, version} = frame
    const fact = {event: 'undecoded', position, version, sizeBytes, reason, hex: hexOf(frame.payload)}
    if (this.#options.jsonl) await this.#options.write(`${toJson(fact)}\n`)
    else this.#options.note(`${position}: ${reason}, ${sizeBytes} bytes: ${fact.hex}`)
  }

  async #lost(item: Exclude<WalItem, {kind: 'frame' | 'tip'}>): Promise<void> {
    const {kind, ...facts} = item
    if (this.#options.jsonl) await this.#options.write(`${toJson({event: kind, ...facts})}\n`)
    else this.#options.note(
      `${kind} at ${item.position}: ${item.reason}${item.next ? `; going on at ${item.next}` : ''}`,
    )
  }
}

/** msgpackr throws plain errors. */
function isDecoderError(error: unknown): boolean {
  return error instanceof Error && error.constructor === Error
}

function regex(text: string | undefined): RegExp | undefined {
  if (text === undefined) return undefined
  try {
    return new RegExp(text)
  } catch (cause) {
    throw new UsageError(`"${text}" is not a regular expression: ${(cause as Error).message}`, {cause})
  }
}
