import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {expect} from 'vitest'
import {binPath, cleanEnv} from '../../helpers/cli.ts'

export interface Running {
  readonly stdout: string
  readonly stderr: string
  /** The lines of stdout as JSON. */
  readonly documents: Record<string, unknown>[]
  /** Waits until stderr or stdout holds the text. */
  says(text: string | RegExp): Promise<void>
  kill(signal: NodeJS.Signals): void
  ended: Promise<number | null>
}

/** Starts `ctl lease …` and goes on. */
export function start(env: Record<string, string>, ...words: string[]): Running {
  const child = spawn(process.execPath, [binPath('ctl'), 'lease', ...words], {
    env: cleanEnv(env), stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => { stdout += chunk.toString() })
  child.stderr.on('data', (chunk: Buffer) => { stderr += chunk.toString() })
  return {
    get stdout() { return stdout },
    get stderr() { return stderr },
    get documents() { return stdout.split('\n').slice(0, -1).map(line => JSON.parse(line) as Record<string, unknown>) },
    says: text => expect.poll(() => stdout + stderr, {timeout: 30_000, interval: 50}).toMatch(text),
    kill: signal => void child.kill(signal),
    ended: once(child, 'close').then(([code]) => code as number | null),
  }
}
