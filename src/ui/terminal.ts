import {writeSync} from 'node:fs'

/** What the dashboard changes on a terminal beyond what Ink itself changes and takes back. */
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
const wrap = '\u001b[?7h'
/** Wrapping on, cursor shown, the other screen left, colours off; without effect where they are so already. */
const everything = `${wrap}\u001b[?25h\u001b[?1049l\u001b[0m`
/** Terminals take no more. */
const longestCopy = 74_994

export function guardTerminal(stdout: NodeJS.WriteStream): TerminalGuard {
  let isRestored = false
  // At the very end of a process only synchronous writes arrive.
  const last = () => {
    if (isRestored) return
    isRestored = true
    try {
      const {fd} = stdout as {fd?: number}
      if (stdout.isTTY && fd !== undefined) writeSync(fd, everything)
    } catch {
      // the terminal is gone: there is nothing to restore
    }
  }
  process.once('exit', last)
  stdout.write(noWrap)
  return {
    copy: text => void stdout.write(`\u001b]52;c;${Buffer.from(text).toString('base64').slice(0, longestCopy)}\u0007`),
    restore() {
      if (isRestored) return
      isRestored = true
      process.removeListener('exit', last)
      stdout.write(wrap)
    },
  }
}
