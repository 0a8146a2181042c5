import {spawn} from 'node:child_process'
import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'

export interface Ran {
  /** 128 + n when a signal ended it, as a shell says. */
  code: number
  stdout: string
  stderr: string
}

export interface RunOptions {
  env?: Record<string, string | undefined>
  input?: string
  cwd?: string
  /** Kills it after so long; the default guards against a hang. */
  limitMs?: number
  /** Wraps the command, e.g. ['sh', '-c', …]; `$0` is the command line. */
  signal?: AbortSignal
}

const signals: Record<string, number> = {SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGPIPE: 13, SIGTERM: 15}
const home = mkdtempSync(join(tmpdir(), 'opsdeck-home-'))
process.on('exit', () => rmSync(home, {recursive: true, force: true}))

/** An environment with nothing of the developer's in it: an empty home, UTF-8, no colour wishes. */
export function cleanEnv(extra: Record<string, string | undefined> = {}): Record<string, string> {
  const env = {
    PATH: process.env['PATH'], HOME: home, XDG_CONFIG_HOME: join(home, 'config'), XDG_STATE_HOME: join(home, 'state'),
    XDG_CACHE_HOME: join(home, 'cache'), LANG: 'C.UTF-8', TZ: 'UTC', ...extra,
  }
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined))
}

/** The path of a built bin. */
export const binPath = (bin: 'tael' | 'ctl' | 'snap'): string => join(import.meta.dirname, '../../bin', `${bin}.js`)

/** Runs one of the built bins to its end. */
export function runBin(bin: 'tael' | 'ctl' | 'snap', args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return run(process.execPath, [binPath(bin), ...args], options)
}

/** Runs any program to its end, under the same clean environment. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {env: cleanEnv(options.env), cwd: options.cwd, stdio: ['pipe', 'pipe', 'pipe']})
    const out: Buffer[] = []
    const err: Buffer[] = []
    const timer = setTimeout(() => child.kill('SIGKILL'), options.limitMs ?? 60_000)
    child.stdout.on('data', chunk => out.push(chunk))
    child.stderr.on('data', chunk => err.push(chunk))
    child.stdin.on('error', () => undefined)
    child.stdin.end(options.input ?? '')
    child.once('error', reject)
    child.once('close', (code, signal) => {
      clearTimeout(timer)
      resolve({
        code: code ?? 128 + (signals[signal ?? ''] ?? 0),
        stdout: Buffer.concat(out).toString(),
        stderr: Buffer.concat(err).toString(),
      })
    })
  })
}
