import {escapeControl} from '../format/escape.ts'
import {toJson} from '../format/json.ts'
import {duration, size} from '../format/units.ts'
import type {Io} from './io.ts'

export interface ProgressState {
  doneBytes: number
  totalBytes: number
  elapsedMs: number
}

const smallBytes = 8 * 1_048_576

/** When a new line is due: on a terminal five times a second, else every 10 s, or every 10 % of what is not small. */
export function isDue(last: ProgressState | undefined, now: ProgressState, isTty: boolean): boolean {
  if (!last) return isTty || now.elapsedMs >= 10_000 || tenths(now) > 0
  const waitedMs = now.elapsedMs - last.elapsedMs
  return isTty ? waitedMs >= 200 : waitedMs >= 10_000 || tenths(now) > tenths(last)
}

const tenths = ({doneBytes, totalBytes}: ProgressState): number =>
  (totalBytes >= smallBytes ? Math.min(10, Math.floor((doneBytes / totalBytes) * 10)) : 0)

/** Bytes per second and what is left in milliseconds, both undefined before they can be told. */
export function pace({doneBytes, totalBytes, elapsedMs}: ProgressState): {bytesPerSecond?: number; leftMs?: number} {
  if (elapsedMs < 200 || doneBytes <= 0) return {}
  const bytesPerSecond = Math.round((doneBytes / elapsedMs) * 1000)
  return {bytesPerSecond, leftMs: Math.max(0, Math.round(((totalBytes - doneBytes) / bytesPerSecond) * 1000))}
}

export function progressLine(what: string, state: ProgressState): string {
  const {bytesPerSecond, leftMs} = pace(state)
  const share = state.totalBytes > 0 ? Math.min(100, Math.floor((state.doneBytes / state.totalBytes) * 100)) : 100
  const rate = bytesPerSecond === undefined ? '' : `, ${size(bytesPerSecond)}/s, ${duration(leftMs ?? 0)} left`
  return `${what}: ${share}% of ${size(state.totalBytes)}${rate}`
}

export interface Progress {
  (doneBytes: number, totalBytes: number): void
  /** Leaves the terminal with a clean line. */
  end(): void
}

/** Shows how far a transfer is: on stderr for people, as `progress` records on stdout with `-o jsonl`. */
export function startProgress(io: Io, what: string, mode: 'text' | 'records' | 'none'): Progress {
  const startedMs = io.clock.monotonicMs()
  const isTty = Boolean(io.stderr.isTTY) && mode === 'text'
  let last: ProgressState | undefined
  const report = (doneBytes: number, totalBytes: number) => {
    const now = {doneBytes, totalBytes, elapsedMs: io.clock.monotonicMs() - startedMs}
    if (mode === 'none' || !isDue(last, now, isTty)) return
    last = now
    if (mode === 'records') {
      io.stdout.write(`${toJson({event: 'progress', what, doneBytes, totalBytes, ...pace(now)})}\n`)
    } else {
      const line = escapeControl(progressLine(what, now))
      io.stderr.write(isTty ? `\r${line}\u001b[K` : `${line}\n`)
    }
  }
  return Object.assign(report, {
    end: () => {
      if (isTty && last) io.stderr.write('\r\u001b[K')
    },
  })
}
