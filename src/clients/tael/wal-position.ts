import {UsageError} from '../net/errors.ts'

/** Where an entry begins: the segment file (its name, the milliseconds of its making) and the byte in it. */
export interface WalPosition {
  file: string
  offset: number
}

export type WalStart = 'start' | 'now' | WalPosition

/** `1795219200000:618` */
export function formatPosition({file, offset}: WalPosition): string {
  return `${file}:${offset}`
}

/** Reads `start`, `now` or a position that `formatPosition` gave. */
export function parseStart(text: string): WalStart {
  if (text === 'start' || text === 'now') return text
  const [, file, offset] = /^(\d{1,20}):(\d{1,15})$/.exec(text) ?? []
  if (!file || !offset) {
    throw new UsageError(`"${text}" is not a place in the WAL`, {
      hint: 'Use start, now, or a position such as 1795219200000:618.',
    })
  }
  return {file, offset: Number(offset)}
}

/** Segment files are named by number; the greater is the newer. */
export function isSegmentName(name: string): boolean {
  return /^\d{1,20}$/.test(name)
}

export function compareSegments(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0)
}
