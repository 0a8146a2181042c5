import {setFlagsFromString} from 'node:v8'

/**
 * Keeps the young generation at its first size. A command that streams millions of short-lived records
 * otherwise grows it until the process holds about 200 MB; like this it stays near 115 MB and takes a tenth
 * longer (measured with 1.2 million spans). To be called before the work begins.
 */
export function boundMemory(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
}
