import {textWidth} from '../format/table.ts'

/** Puts lines onto the terminal: only those that changed, each at its place, in one synchronized write. */
export interface Painter {
  /** `lines` from the top, none wider than `columns`; what is below them is emptied. */
  paint(lines: readonly string[], columns: number): void
  /** Somebody else may have written: the next painting writes every line. */
  forget(): void
}

const begin = '\u001b[?2026h'
const end = '\u001b[?2026l'
const home = '\u001b[H'
const eraseRight = '\u001b[K'
const eraseBelow = '\u001b[J'
const colours = /\u001b\[[0-9;]*m/g

/** `write` gets nothing at all for a screen that is as it was. */
export function createPainter(write: (text: string) => void): Painter {
  let shown: readonly string[] | undefined
  return {
    paint(lines, columns) {
      const before = shown
      const changed = lines.map((line, at) => (before?.[at] === line ? '' : placed(line, at, columns))).join('')
      const below = before && before.length <= lines.length ? '' : `${lineAt(lines.length)}${eraseBelow}`
      shown = lines
      // The cursor rests in a corner where a line feed of anybody else scrolls nothing.
      if (changed + below !== '') write(`${begin}${changed}${below}${home}${end}`)
    },
    forget() {
      shown = undefined
    },
  }
}

const lineAt = (at: number) => `\u001b[${at + 1};1H`

/** Right of a line that fills its row nothing may be erased: the cursor still stands on the last character. */
function placed(line: string, at: number, columns: number): string {
  const isFull = textWidth(line.replace(colours, '')) >= columns
  return isFull ? `${lineAt(at)}${eraseRight}${line}` : `${lineAt(at)}${line}${eraseRight}`
}
