import {execFileSync} from 'node:child_process'
import {mkdtempSync, readFileSync, rmSync, statSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {binPath, cleanEnv} from '../../helpers/cli.ts'

/** A real terminal: tmux of this machine, with a server of its own. */
export interface Terminal {
  /** What is on the screen, a text a line. */
  screen(): string[]
  /** The same with its colours, as escapes of tmux's own. */
  painted(): string[]
  /** Waits until the screen is so; fails with what is there instead. Resolves with the milliseconds that took. */
  until(is: (lines: string[]) => boolean, what: string, limitMs?: number): Promise<number>
  /** Keys as tmux names them: `C-s`, `Enter`, or characters. */
  keys(...names: string[]): Promise<void>
  resize(columns: number, rows: number): void
  /** The process of the dashboard. */
  pid(): number
  /** Bytes that were written to the terminal so far. */
  bytes(): number
  /** What the terminal says of itself: other screen, cursor, wrapping. */
  flags(): {otherScreen: boolean; cursor: boolean; wrap: boolean}
  /** Takes the terminal away from whoever runs in it. */
  close(): void
}

let opened = 0
const sleep = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

export interface TerminalOptions {
  env?: Record<string, string>
  columns?: number
  rows?: number
  /** Before the words, instead of `node ctl.js`. */
  program?: readonly string[]
}

/** Runs `ctl WORDS` in a shell of a terminal, so that the terminal stays when it ends. */
export async function openTerminal(
  words: readonly string[], {env = {}, columns = 120, rows = 40, program = [process.execPath, binPath('ctl')]}: TerminalOptions = {},
): Promise<Terminal> {
  const socket = `opsdeck-${process.pid}-${(opened += 1)}`
  const dir = mkdtempSync(join(tmpdir(), 'opsdeck-terminal-'))
  const log = join(dir, 'bytes')
  const tmux = (...args: string[]) => execFileSync('tmux', ['-L', socket, '-f', '/dev/null', ...args], {encoding: 'utf8', env: cleanEnv({TERM: 'xterm-256color', ...env})})
  const line = [...program, ...words].map(word => `'${word}'`).join(' ')
  // The shell begins when all is recorded; its prompt comes only after the end.
  const script = `read begin; ${line}; echo "ended with $?"; exec sh`
  tmux('new-session', '-d', '-x', String(columns), '-y', String(rows), '-s', 'dash', 'sh', '-c', script)
  tmux('set', '-g', 'status', 'off')
  tmux('pipe-pane', '-t', 'dash', '-o', `cat > ${log}`)
  tmux('send-keys', '-t', 'dash', 'Enter')
  const screen = (...more: string[]) => tmux('capture-pane', '-t', 'dash', '-p', ...more).replace(/\n$/, '').split('\n')
  return {
    screen: () => screen(),
    painted: () => screen('-e'),
    async until(is, what, limitMs = 30_000) {
      const startedMs = performance.now()
      for (;;) {
        const lines = screen()
        if (is(lines)) return performance.now() - startedMs
        if (performance.now() - startedMs > limitMs) throw new Error(`not so within ${limitMs} ms: ${what}\n${lines.join('\n')}`)
        await sleep(50)
      }
    },
    async keys(...names) {
      for (const name of names) {
        tmux('send-keys', '-t', 'dash', name)
        await sleep(100)
      }
    },
    resize: (width, height) => void tmux('resize-window', '-t', 'dash', '-x', String(width), '-y', String(height)),
    pid() {
      const shell = tmux('display', '-p', '-t', 'dash', '#{pane_pid}').trim()
      return Number(readFileSync(`/proc/${shell}/task/${shell}/children`, 'utf8').trim().split(' ').at(-1))
    },
    bytes: () => statSync(log).size,
    flags() {
      const [other, cursor, wrap] = tmux('display', '-p', '-t', 'dash', '#{alternate_on} #{cursor_flag} #{wrap_flag}').trim().split(' ')
      return {otherScreen: other === '1', cursor: cursor === '1', wrap: wrap === '1'}
    },
    close() {
      try {
        tmux('kill-server')
      } catch {
        // it ended by itself
      }
      rmSync(dir, {recursive: true, force: true})
    },
  }
}
