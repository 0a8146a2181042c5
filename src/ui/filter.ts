import {cellText} from '../format/table.ts'
import type {View} from '../format/view.ts'

export type Match = (text: string) => boolean

/** `x` a pattern, `!x` without it, `-f x` letters in this order; what is no pattern is taken as plain text. */
export function parseFilter(text: string): Match | undefined {
  if (text === '') return undefined
  if (text.startsWith('!')) {
    const inner = parseFilter(text.slice(1))
    return inner && (line => !inner(line))
  }
  if (text.startsWith('-f ')) return fuzzy(text.slice(3).trim().toLowerCase())
  try {
    const pattern = new RegExp(text, 'i')
    return line => pattern.test(line)
  } catch {
    const plain = text.toLowerCase()
    return line => line.toLowerCase().includes(plain)
  }
}

function fuzzy(letters: string): Match {
  return line => {
    const lower = line.toLowerCase()
    let at = 0
    for (const letter of letters) {
      at = lower.indexOf(letter, at) + 1
      if (at === 0) return false
    }
    return true
  }
}

/** Long values are searched in their beginning only, so that a pattern cannot hold up the screen. */
const searched = 2_000

/** An item as the filter sees it: all its columns. */
export function searchText<T>(view: View<T>, item: T): string {
  return view.columns.map(column => cellText(column.get(item)).slice(0, searched)).join(' ')
}
