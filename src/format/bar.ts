/** Bars in eighths of a cell, or in ASCII. */
export interface BarPart {
  fromMs: number
  toMs: number
}

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉', '█']

/**
 * Draws one interval on a scale of `totalMs` over `cells` cells. Something always shows, however short:
 * at least one tick. The bar begins on a whole cell and has its true length, to an eighth.
 */
export function bar(part: BarPart, totalMs: number, cells: number, unicode: boolean): string {
  const scale = totalMs > 0 ? cells / totalMs : 0
  const clamp = (ms: number) => Math.min(cells, Math.max(0, ms * scale))
  const from = Math.min(cells - 1, Math.floor(clamp(part.fromMs)))
  const wide = clamp(part.toMs) - clamp(part.fromMs)
  if (!unicode) return ' '.repeat(from) + '='.repeat(Math.max(1, Math.round(wide)))
  const whole = Math.floor(wide)
  const rest = Math.round((wide - whole) * 8)
  const text = '█'.repeat(whole) + eighths[rest]!
  return ' '.repeat(from) + (text || '▏')
}

/** Round times for a ruler: 0 and steps of 1, 2, 2.5 or 5 times a power of ten, four or five of them. */
export function ticks(totalMs: number): number[] {
  if (!(totalMs > 0)) return [0]
  const rough = totalMs / 4
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 2.5, 5, 10].map(factor => factor * power).find(size => size >= rough * 0.8) ?? 10 * power
  const out: number[] = []
  for (let at = 0; at <= totalMs * 1.0001; at += step) out.push(Number(at.toPrecision(12)))
  return out
}
