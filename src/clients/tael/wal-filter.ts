import type {WalRecord, WalSignal} from './wal-frame.ts'

export interface WalFilter {
  signals?: readonly WalSignal[]
  service?: string
  /** Tried on the record as one line of JSON, as the server wrote it. */
  grep?: RegExp
}

/** Does the record pass? All given conditions must hold. */
export function passesFilter(record: WalRecord, signal: WalSignal | null, filter: WalFilter): boolean {
  if (filter.signals && (signal === null || !filter.signals.includes(signal))) return false
  if (filter.service !== undefined && record['service'] !== filter.service) return false
  return !filter.grep || filter.grep.test(JSON.stringify(record, exactBigints))
}

function exactBigints(_key: string, value: unknown): unknown {
  return typeof value === 'bigint'
    ? (JSON as unknown as {rawJSON(text: string): unknown}).rawJSON(String(value))
    : value
}
