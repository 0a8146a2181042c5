import {homedir} from 'node:os'
import {systemClock, type Clock} from '../clients/net/deadline.ts'

/** Everything of the process that a command may touch, so that tests can hand in their own. */
export interface Io {
  env: Record<string, string | undefined>
  stdout: NodeJS.WriteStream
  stderr: NodeJS.WriteStream
  stdin: NodeJS.ReadStream
  clock: Clock
  random: () => number
  /** '' when the machine does not know one. */
  homeDir: string
  pid: number
}

export function processIo(): Io {
  return {
    env: process.env,
    stdout: process.stdout,
    stderr: process.stderr,
    get stdin() {
      return process.stdin
    },
    clock: systemClock,
    random: Math.random,
    homeDir: homeOrNothing(),
    pid: process.pid,
  }
}

function homeOrNothing(): string {
  try {
    return homedir()
  } catch {
    return ''
  }
}
