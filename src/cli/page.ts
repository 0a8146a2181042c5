import type {Page, Tone} from '../format/view.ts'
import type {Io} from './io.ts'

export type ColorMode = 'auto' | 'always' | 'never'

const codes: Record<Tone, [number, number]> = {
  good: [32, 39], warn: [33, 39], bad: [31, 39], dim: [2, 22], key: [1, 22],
}

/** What is known about the place where text output goes. A pipe is endlessly wide and has no colour. */
export function pageFor(io: Pick<Io, 'env' | 'stdout' | 'clock'>, color: ColorMode, width?: number): Page {
  const coloured = hasColour(io.env, color, Boolean(io.stdout.isTTY))
  return {
    width: width ?? (io.stdout.isTTY ? io.stdout.columns || 80 : Number.POSITIVE_INFINITY),
    unicode: hasUnicode(io.env),
    nowMs: io.clock.nowMs(),
    paint: (tone, text) => (coloured ? `\u001b[${codes[tone][0]}m${text}\u001b[${codes[tone][1]}m` : text),
  }
}

/** Flag over environment over terminal; NO_COLOR and TERM=dumb as their conventions say. */
export function hasColour(env: Io['env'], mode: ColorMode, isTty: boolean): boolean {
  if (mode !== 'auto') return mode === 'always'
  if (env['NO_COLOR'] || env['FORCE_COLOR'] === '0' || env['TERM'] === 'dumb') return false
  if (env['CLICOLOR_FORCE'] && env['CLICOLOR_FORCE'] !== '0') return true
  if (env['FORCE_COLOR']) return true
  return isTty && env['CLICOLOR'] !== '0'
}

/** Whether the locale can show more than ASCII; unset means yes, as terminals are today. */
export function hasUnicode(env: Io['env']): boolean {
  if (env['OPSDECK_ASCII'] && env['OPSDECK_ASCII'] !== '0') return false
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG']
  return locale === undefined || /utf-?8/i.test(locale)
}
