import {setFlagsFromString} from 'node:v8'

/**
 * Keeps the young generation at its first size. A command that streams millions of short-lived records
 * otherwise grows it until the process holds about 200 MB; like this it stays near 115 MB and takes a tenth
 * longer (measured with 1.2 million spans). To be called before the work begins.
 */
export function boundMemory(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
}

/**
 * Collects garbage early and keeps the heap small, for a process that stays for hours: under the load of the
 * dashboard's bench it holds 110 MB instead of 220 and takes 15 % of a core instead of 9 (measured).
 */
export function smallMemory(): void {
  setFlagsFromString('--optimize-for-size')
}
