import type {WalRecord, WalSignal} from '../../clients/tael/wal-frame.ts'
import {hexOf, walRecord} from '../../clients/tael/wal-item.ts'
import type {WalFrame, WalItem} from '../../clients/tael/wal-tail.ts'

/** What a WAL gave, as the dashboard lists it: a record, or what is there instead of records. */
export interface WalRow {
  /** Counts up; the newest has the highest. */
  id: number
  kind: 'record' | 'undecoded' | 'damage' | 'gap' | 'passed over' | 'not followed'
  /** Of the frame. */
  position: string
  signal: WalSignal | null
  /** The record, in the shape that `spans`, `logs` and `metrics` print. */
  item?: Record<string, unknown>
  /** In words, where there is no record. */
  text?: string
}

export type NewRow = Omit<WalRow, 'id'>

export const recordRow = ({position, signal}: WalFrame, record: WalRecord): NewRow =>
  ({kind: 'record', position, signal, item: walRecord(signal!, record) as Record<string, unknown>})

/** A frame that is shown as it is, never guessed. */
export function undecodedRow({position, sizeBytes, signal, version, payload}: WalFrame, reason?: string): NewRow {
  const why = reason ?? (version === null ? 'not decoded' : `unknown version ${version}`)
  return {kind: 'undecoded', position, signal, text: `${why}, ${sizeBytes} bytes: ${hexOf(payload)}`}
}

/** Bytes that are no entries, and entries that are gone. */
export function lostRow({kind, position, reason, next}: Exclude<WalItem, {kind: 'frame' | 'tip'}>): NewRow {
  return {kind, position, signal: null, text: `${reason}${next ? `; going on at ${next}` : ''}`}
}

export const passedRow = (frames: number, position: string): NewRow => ({
  kind: 'passed over', position, signal: null,
  text: `${frames} frames came faster than they are shown: tael wal tail --from ${position}`,
})

export const notFollowedRow = (position: string): NewRow => ({
  kind: 'not followed', position, signal: null,
  text: `what came while nobody looked is not here: tael wal tail --from ${position}`,
})

const mostRows = 1_000
/** Of payload. */
const mostBytes = 8 * 1_048_576

/** The newest rows of a WAL, bounded in number and in bytes. */
export class RowRing {
  #rows: {row: WalRow; sizeBytes: number}[] = []
  #sizeBytes = 0
  #nextId = 1
  #newestFirst: readonly WalRow[] | undefined

  /** `sizeBytes` of all of them together. */
  add(rows: readonly NewRow[], sizeBytes = 0): void {
    const each = Math.ceil(sizeBytes / Math.max(1, rows.length))
    for (const row of rows) this.#rows.push({row: {id: this.#nextId++, ...row}, sizeBytes: each})
    this.#sizeBytes += each * rows.length
    const excess = this.#rows.length - mostRows
    let gone = 0
    while (gone < this.#rows.length && (gone < excess || this.#sizeBytes > mostBytes)) {
      this.#sizeBytes -= this.#rows[gone]!.sizeBytes
      gone += 1
    }
    if (gone > 0) this.#rows = this.#rows.slice(gone)
    this.#newestFirst = undefined
  }

  /** The same list as before while nothing came. */
  newestFirst(): readonly WalRow[] {
    this.#newestFirst ??= this.#rows.map(({row}) => row).reverse()
    return this.#newestFirst
  }
}
