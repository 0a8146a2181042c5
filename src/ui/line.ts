import {escapeControl} from '../format/escape.ts'
import {isNarrow, textWidth} from '../format/table.ts'
import type {Tone} from '../format/view.ts'

/** What a part of a line means; a theme makes it visible, and the text alone says the same. */
export type Meaning = Tone | 'title' | 'select' | 'danger' | 'news'

export interface Run {
  text: string
  tone?: Meaning
}

/** One line of the screen: safe runs of text, at most as wide as the screen. */
export type Line = readonly Run[]

/** No line is longer, and no more of a value is ever looked at. */
const longestRun = 1_000

/** A run of any text: what could move the cursor, recolour or pile up is made visible here, once for all. */
export function run(raw: string, tone?: Meaning): Run {
  return {text: raw.length <= longestRun && isNarrow(raw) ? raw : safe(raw.slice(0, longestRun)), tone}
}

const plain = /^[\x20-\x7e]*$/

function safe(raw: string): string {
  const text = escapeControl(raw)
  return marks.test(text)
    ? Array.from(graphemes(text), ({segment}) => (segment.length > longestCluster ? '\ufffd' : segment)).join('')
    : text
}

/** Only texts with combining marks need a closer look. */
const marks = /\p{M}{4}|\u200d/u

/** The same in ASCII, cell by cell. */
export function ascii(text: string): string {
  if (plain.test(text)) return text
  return Array.from(
    graphemes(text), ({segment}) => (/^[\x20-\x7e]$/.test(segment) ? segment : '?'.repeat(textWidth(segment))),
  ).join('')
}

let segmenter: Intl.Segmenter | undefined
/** Made when first needed: that takes 5 ms of a start, and most servers speak ASCII. */
function graphemes(text: string): Iterable<Intl.SegmentData> {
  segmenter ??= new Intl.Segmenter(undefined, {granularity: 'grapheme'})
  return segmenter.segment(text)
}

/** Longer clusters are marks piled upon marks: shown as one replacement character. */
const longestCluster = 16

/**
 * Server text as it may stand on a screen: no control characters, no piled-up marks, at most `width` cells, the cut
 * marked. Looks at no more of a long text than could be shown.
 */
export function fit(raw: string, width: number, unicode = true): string {
  if (width <= 0) return ''
  const text = escapeControl(raw.length > width * 8 + 64 ? raw.slice(0, width * 8 + 64) : raw)
  if (unicode ? isNarrow(text) : plain.test(text)) return text.length <= width ? text : cutNarrow(text, width, unicode)
  const mark = unicode ? '…' : '~'
  let [out, used, whole] = ['', 0, true]
  const kept: [text: string, width: number][] = []
  for (const {segment} of graphemes(text)) {
    const shown = shownAs(segment, unicode)
    const cells = textWidth(shown)
    if (used + cells > width) {
      whole = false
      break
    }
    kept.push([shown, cells])
    used += cells
  }
  if (!whole) {
    while (kept.length > 0 && used + 1 > width) used -= kept.pop()![1]
  }
  for (const [shown] of kept) out += shown
  return whole ? out : out + mark
}

function shownAs(segment: string, unicode: boolean): string {
  if (segment.length > longestCluster) return unicode ? '\ufffd' : '?'
  return unicode ? segment : ascii(segment)
}

function cutNarrow(text: string, width: number, unicode: boolean): string {
  return text.slice(0, width - 1) + (unicode ? '…' : '~')
}

/** A run of exactly `width` cells. */
export function cell(
  raw: string, width: number,
  {right = false, unicode = true, tone}: {right?: boolean; unicode?: boolean; tone?: Meaning} = {},
): Run {
  const text = fit(raw, width, unicode)
  const fill = ' '.repeat(Math.max(0, width - textWidth(text)))
  return run(right ? fill + text : text + fill, tone)
}

export const lineWidth = (line: Line): number => line.reduce((sum, {text}) => sum + textWidth(text), 0)

/** The line cut to `width` cells. */
export function clip(line: Line, width: number, unicode = true): Line {
  if (lineWidth(line) <= width) return line
  const out: Run[] = []
  let left = width
  for (const each of line) {
    if (left <= 0) break
    const cells = textWidth(each.text)
    out.push(cells <= left ? each : {...each, text: fit(each.text, left, unicode)})
    left -= cells
  }
  return out
}

/** Left and right parts on one line of `width` cells; the right one stays, the left one gives way. */
export function spread(left: Line, right: Line, width: number, unicode = true): Line {
  const keptRight = clip(right, Math.floor(width * 0.7), unicode)
  const keptLeft = clip(left, Math.max(0, width - lineWidth(keptRight) - 1), unicode)
  return [...keptLeft, run(' '.repeat(Math.max(1, width - lineWidth(keptLeft) - lineWidth(keptRight)))), ...keptRight]
}

/** A line filled with spaces to `width` cells. */
export function padded(line: Line, width: number, unicode = true): Line {
  const kept = clip(line, width, unicode)
  const gap = width - lineWidth(kept)
  return gap > 0 ? [...kept, run(' '.repeat(gap))] : kept
}
