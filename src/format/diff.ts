import {escapeControl} from './escape.ts'
import {toJson} from './json.ts'
import type {Page} from './view.ts'

/** Before and after as lines with `-`, `+` and blank; unchanged lines stay for their place. */
export function diffText(before: unknown, after: unknown, page: Pick<Page, 'paint'>): string {
  const old = lines(before)
  const fresh = lines(after)
  return commonLines(old, fresh)
    .map(([mark, text]) => {
      const shown = `${mark} ${escapeControl(text)}`
      return mark === '-' ? page.paint('bad', shown) : mark === '+' ? page.paint('good', shown) : shown
    })
    .join('\n')
}

function lines(value: unknown): string[] {
  return value === undefined ? [] : toJson(value, 2).split('\n')
}

/** Longest common subsequence over two short texts. */
function commonLines(a: string[], b: string[]): ['-' | '+' | ' ', string][] {
  const best = Array.from({length: a.length + 1}, () => new Uint32Array(b.length + 1))
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      best[i]![j] = a[i] === b[j] ? best[i + 1]![j + 1]! + 1 : Math.max(best[i + 1]![j]!, best[i]![j + 1]!)
    }
  }
  const out: ['-' | '+' | ' ', string][] = []
  let i = 0
  let j = 0
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      out.push([' ', a[i]!])
      i += 1
      j += 1
    } else if (i < a.length && (j >= b.length || best[i + 1]![j]! >= best[i]![j + 1]!)) {
      out.push(['-', a[i]!])
      i += 1
    } else {
      out.push(['+', b[j]!])
      j += 1
    }
  }
  return out
}
