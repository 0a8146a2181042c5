import {spawn, type ChildProcess, type SpawnOptions} from 'node:child_process'
import {existsSync} from 'node:fs'

const setpriv = '/usr/bin/setpriv'

/**
 * Starts a server of a test. Where the system can do that (Linux), it is ended when the process that started it is
 * gone, be it killed: no server outlives a test run that was stopped.
 */
export function spawnPeer(program: string, words: string[], options: SpawnOptions): ChildProcess {
  if (!existsSync(setpriv)) return spawn(program, words, options)
  return spawn(setpriv, ['--pdeathsig', 'TERM', '--', program, ...words], options)
}
