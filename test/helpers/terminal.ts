import {execFileSync, spawnSync} from 'node:child_process'
import {setTimeout as sleep} from 'node:timers/promises'
import {cleanEnv} from './cli.ts'

/** A real terminal (tmux on a socket of its own) that runs one command line. */
export interface Terminal {
  /** What stands on the screen; `colours` with the escape sequences. */
  screen(options?: {colours?: boolean}): string
  type(...keys: string[]): void
  /** Waits until the screen fits, and returns it; rejects with the last screen. */
  until(pattern: RegExp, limitMs?: number): Promise<string>
  close(): void
}

let count = 0

export function openTerminal(
  line: string, {width = 110, height = 40, env = {}}: {width?: number; height?: number; env?: Record<string, string>} = {},
): Terminal {
  const socket = `opsdeck-${process.pid}-${(count += 1)}`
  const tmux = (...words: string[]) => execFileSync('tmux', ['-L', socket, '-f', '/dev/null', ...words], {encoding: 'utf8', env: cleanEnv({...env, TERM: 'xterm-256color'})})
  // The shell stays after the command, so that its last words and its exit code can be read.
  tmux('new-session', '-d', '-x', String(width), '-y', String(height), `${line}; echo "exit $?"; sleep 600`)
  const screen = ({colours = false} = {}) => tmux('capture-pane', '-p', '-J', ...(colours ? ['-e'] : []), '-t', '0')
  return {
    screen,
    type: (...keys) => void tmux('send-keys', '-t', '0', ...keys),
    async until(pattern, limitMs = 30_000) {
      for (const end = Date.now() + limitMs; Date.now() < end; await sleep(50)) {
        const text = screen()
        if (pattern.test(text)) return text
      }
      throw new Error(`${String(pattern)} never showed:\n${screen()}`)
    },
    close: () => void spawnSync('tmux', ['-L', socket, 'kill-server']),
  }
}
