import {writeSync} from 'node:fs'

/** What the dashboard changes on a terminal. */
export interface TerminalGuard {
  /** OSC 52: the terminal puts it into the clipboard, also over ssh. */
  copy(text: string): void
  /** Twice is no error. */
  restore(): void
}

/**
 * A text that the terminal takes for wider than we do must not run into the next line, so automatic wrapping is off.
 */
const noWrap = '\u001b[?7l'
/** The other screen, empty, without a cursor. */
const enter = `\u001b[?1049h\u001b[2J\u001b[H\u001b[?25l${noWrap}`
/** Wrapping on, cursor shown, the other screen left, colours off; without effect where they are so already. */
const leave = '\u001b[?7h\u001b[?25h\u001b[?1049l\u001b[0m'
/** Terminals take no more. */
const longestCopy = 74_994

/**
 * Raw from the beginning: before Ink asks for it, what is typed would be echoed into the screen, and control keys be
 * taken by the terminal's line editor.
 */
export function guardTerminal(stdout: NodeJS.WriteStream, stdin: NodeJS.ReadStream): TerminalGuard {
  let isRestored = false
  // At the very end of a process only synchronous writes arrive.
  const last = () => {
    if (isRestored) return
    isRestored = true
    try {
      const {fd} = stdout as {fd?: number}
      if (stdout.isTTY && fd !== undefined) writeSync(fd, leave)
    } catch {
      // the terminal is gone: there is nothing to restore
    }
  }
  process.once('exit', last)
  stdin.setRawMode(true)
  stdout.write(enter)
  return {
    copy: text => void stdout.write(`\u001b]52;c;${Buffer.from(text).toString('base64').slice(0, longestCopy)}\u0007`),
    restore() {
      if (isRestored) return
      isRestored = true
      process.removeListener('exit', last)
      stdin.setRawMode(false)
      stdout.write(leave)
    },
  }
}
