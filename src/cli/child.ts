import {spawn, type ChildProcess, type StdioOptions} from 'node:child_process'
import {constants} from 'node:os'
import type {Readable} from 'node:stream'
import {OpsError} from '../clients/net/errors.ts'

/** The wrapper's own failures, as timeout, env and docker number them. */
export const wrapperExit = {wrapper: 125, notExecutable: 126, notFound: 127} as const

/** Signals that are handed on to the child's process group. */
const forwardedSignals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const

/** Where signals to us come from; `process` outside of tests. */
export interface SignalSource {
  on(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown
  off(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown
}

export interface ChildOptions {
  env: Record<string, string | undefined>
  signals: SignalSource
  /** From TERM to KILL when the child is stopped by us. */
  killAfterMs: number
  stdin: 'inherit' | 'none'
  /** Where the child's stdout goes when ours is for data; ours by default. */
  stdout?: 'inherit' | 'stderr'
  /** A descriptor, from 3 on, that the child may write a short text to. */
  readFd?: number
}

export interface RunningChild {
  /** Process id, which is also the id of its process group; undefined when it could not be started. */
  readonly pid: number | undefined
  /** The child's own code, 128 + n when signal n ended it, 125, 126 or 127 when it could not be started. */
  readonly exitCode: Promise<number>
  /** Why it could not be started, for stderr. */
  readonly failure: Promise<OpsError | undefined>
  /** What it wrote to `readFd` until everybody had closed it; '' without one. */
  readonly written: Promise<string>
  /** TERM to the whole group at once, KILL after `killAfterMs`; resolves when nobody of the group is left. */
  stop(reason: string): Promise<void>
  /** The reason given to the first `stop`. */
  readonly stopReason: string | undefined
}

/**
 * Runs a program in a process group of its own, without a shell, its arguments untouched. Signals to us go to
 * the group; the wrapper outlives the child, so that it can give back what it holds.
 */
export function runChild(argv: readonly string[], options: ChildOptions): RunningChild {
  const [program = '', ...words] = argv
  const child = spawn(program, words, {
    // A new session and group: the terminal's Ctrl-C reaches only us, and is handed on once.
    detached: true,
    env: options.env as NodeJS.ProcessEnv,
    stdio: stdioOf(options),
  })
  const failure = failureOf(child, program)
  const ended = endOf(child)
  const stopForwarding = forward(child, options.signals)
  void ended.then(stopForwarding)
  let stopping: Promise<void> | undefined
  let stopReason: string | undefined
  return {
    pid: child.pid,
    failure,
    exitCode: ended,
    written: textOf(fdOf(child, options.readFd), ended),
    stop(reason) {
      stopReason ??= reason
      stopping ??= stopGroup(child, ended, options.killAfterMs)
      return stopping
    },
    get stopReason() {
      return stopReason
    },
  }
}

function stdioOf({stdin, stdout, readFd}: ChildOptions): StdioOptions {
  const between = Array.from({length: Math.max(0, (readFd ?? 2) - 3)}, () => 'ignore' as const)
  const first = [stdin === 'none' ? 'ignore' : 'inherit', stdout === 'stderr' ? 2 : 'inherit', 'inherit'] as const
  return [...first, ...between, ...(readFd === undefined ? [] : ['pipe' as const])]
}

function fdOf(child: ChildProcess, fd: number | undefined): Readable | undefined {
  return fd === undefined ? undefined : child.stdio[fd] as Readable | null ?? undefined
}

const longestText = 64 * 1024

/** A grandchild may keep the pipe open for ever: what is there when the child has ended counts. */
async function textOf(pipe: Readable | undefined, ended: Promise<number>): Promise<string> {
  if (!pipe) return ''
  const parts: Buffer[] = []
  pipe.on('data', (part: Buffer) => {
    if (Buffer.concat(parts).length < longestText) parts.push(part)
  })
  const closed = new Promise<void>(resolve => pipe.once('close', resolve).once('error', () => resolve()))
  await Promise.race([closed, ended.then(() => new Promise(resolve => setTimeout(resolve, pollMs * 5)))])
  pipe.destroy()
  return Buffer.concat(parts).toString()
}

function failureOf(child: ChildProcess, program: string): Promise<OpsError | undefined> {
  return new Promise(resolve => {
    child.once('error', error => resolve(startFailure(program, error)))
    child.once('exit', () => resolve(undefined))
  })
}

function endOf(child: ChildProcess): Promise<number> {
  return new Promise(resolve => {
    child.once('error', (error: NodeJS.ErrnoException) => resolve(startFailureCode(error)))
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)))
  })
}

function startFailureCode(error: NodeJS.ErrnoException): number {
  if (error.code === 'ENOENT') return wrapperExit.notFound
  return error.code === 'EACCES' ? wrapperExit.notExecutable : wrapperExit.wrapper
}

function startFailure(program: string, error: NodeJS.ErrnoException): OpsError {
  const words: Record<string, string> = {ENOENT: 'not found', EACCES: 'not executable'}
  return new OpsError('EXEC', 1, `${program}: ${words[error.code ?? ''] ?? error.message}`, {cause: error})
}

function forward(child: ChildProcess, signals: SignalSource): () => void {
  const listener = (signal: NodeJS.Signals) => signalGroup(child.pid, signal)
  for (const signal of forwardedSignals) signals.on(signal, listener)
  return () => {
    for (const signal of forwardedSignals) signals.off(signal, listener)
  }
}

/** False when nobody of the group is left. */
function signalGroup(pid: number | undefined, signal: NodeJS.Signals | 0): boolean {
  if (pid === undefined) return false
  try {
    return process.kill(-pid, signal)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

const pollMs = 20

/** The leader may be gone while others of its group go on: KILL is for them too. */
async function stopGroup(child: ChildProcess, ended: Promise<number>, killAfterMs: number): Promise<void> {
  const killAt = performance.now() + killAfterMs
  signalGroup(child.pid, 'SIGTERM')
  while (signalGroup(child.pid, 0)) {
    if (performance.now() >= killAt) {
      signalGroup(child.pid, 'SIGKILL')
      break
    }
    await new Promise(resolve => setTimeout(resolve, pollMs))
  }
  await ended
}
