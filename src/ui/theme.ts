import type {Tone} from '../format/view.ts'
import {ascii, type Line, type Meaning} from './line.ts'

/** How meanings look: only the terminal's own 16 colours, so that its palette decides. */
export interface Theme {
  colour: boolean
  unicode: boolean
  paint(line: Line): string
  /** For the text pictures of `format`. */
  tone(tone: Tone, text: string): string
}

const codes: Record<Meaning, string> = {
  good: '32', warn: '33', bad: '31', dim: '2', key: '1', title: '1;36', select: '7', danger: '1;97;41', news: '1',
}

export function theme(colour: boolean, unicode: boolean): Theme {
  const wrap = (tone: Meaning | undefined, text: string) =>
    (colour && tone !== undefined && text !== '' ? `\u001b[${codes[tone]}m${text}\u001b[0m` : text)
  return {
    colour, unicode, paint: line => line.map(({text, tone}) => wrap(tone, unicode ? text : ascii(text))).join(''),
    tone: wrap,
  }
}

const levels = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']
const plainLevels = ['_', '.', ',', '-', '~', '=', '+', '#']

/** Latencies as a small line, newest right; `x` where there was no answer. */
export function sparkline(values: readonly (number | null)[], width: number, unicode: boolean): string {
  const shown = values.slice(-width)
  const most = Math.max(...shown.map(value => value ?? 0), 1)
  const marks = unicode ? levels : plainLevels
  return shown.map(
    value => (value === null ? (unicode ? '×' : 'x') : marks[Math.min(7, Math.floor((value / most) * 7.99))]!),
  ).join('')
}
