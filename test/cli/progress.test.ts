import {expect, test} from 'vitest'
import {isDue, pace, progressLine, type ProgressState} from '../../src/cli/progress.ts'

const mib = 1_048_576
const at = (doneMiB: number, elapsedMs: number, totalMiB = 100): ProgressState =>
  ({doneBytes: doneMiB * mib, totalBytes: totalMiB * mib, elapsedMs})

test.each([
  ['first, on a terminal', undefined, at(0, 0), true, true],
  ['199 ms later, on a terminal', at(0, 0), at(50, 199), true, false],
  ['200 ms later, on a terminal', at(0, 0), at(1, 200), true, true],
  ['first, in a pipe', undefined, at(1, 10), false, false],
  ['at 10 %, in a pipe', undefined, at(10, 10), false, true],
  ['still in the same tenth', at(10, 10), at(19, 9_000), false, false],
  ['10 s later', at(10, 10), at(11, 10_010), false, true],
  ['beyond the total', at(100, 10), at(900, 20), false, false],
  ['something small', undefined, at(1, 10, 1), false, false],
])('%s', (_name, last, now, isTty, due) => {
  expect(isDue(last, now, isTty)).toBe(due)
})

test('rate and time left', () => {
  expect(pace(at(0, 500))).toEqual({})
  expect(pace(at(25, 1000))).toEqual({bytesPerSecond: 25 * mib, leftMs: 3000})
  expect(progressLine('push k', at(25, 1000))).toBe('push k: 25% of 100MiB, 25MiB/s, 3s left')
})
