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
 * Keeps the heap small, for a process that stays for hours: the young generation stays at its first size, and the old
 * one grows by half before it is collected. Under the load of the dashboard's bench, with 128 nodes asked, it holds
 * 150 MB instead of 340 and takes 11 % of a core instead of 10; `--optimize-for-size` takes 24 (measured). To be called
 * before the work begins: a young generation that has grown does not shrink.
 */
export function smallMemory(): void {
  boundMemory()
  setFlagsFromString('--heap-growing-percent=50')
}
