import {cellText, textWidth} from '../format/table.ts'
import type {Column, View} from '../format/view.ts'
import {cell, fit, padded, run, type Line, type Meaning} from './line.ts'

interface Laid {
  column: Column<unknown>
  width: number
  right: boolean
  texts: string[]
}

export interface GridOptions {
  width: number
  /** Instants of this day are shown without it. */
  nowMs: number
  unicode: boolean
  wide: boolean
  /** Which of the rows is under the cursor. */
  selected: number
  sort: {column: string; down: boolean} | undefined
  isMarked(item: unknown): boolean
}

/** No cell is looked at beyond this, whatever a server sent. */
const widest = 120
const least = 6

/**
 * Headings and rows in `width` cells: columns of low priority are shortened first, then left out; the first one
 * stays.
 */
export function grid(view: View<unknown>, rows: readonly unknown[], options: GridOptions): Line[] {
  const {width, nowMs, unicode, wide, sort} = options
  const columns = view.columns.filter(column => wide || !column.wide)
  const laid = shrink(columns.map(column => lay(column, rows, nowMs, unicode)), width - 2)
  const arrow = sort === undefined ? '' : sort.down ? (unicode ? '▼' : 'v') : unicode ? '▲' : '^'
  const heading = ({column: {name}, width: cells, right}: Laid) =>
    cell(`${name.toUpperCase()}${sort?.column === name ? arrow : ''} `, cells + 1, {right, unicode, tone: 'dim'})
  return [[run('  '), ...laid.map(heading)], ...rows.map((item, at) => rowLine(item, at, laid, options))]
}

function rowLine(item: unknown, at: number, laid: Laid[], {width, unicode, selected, isMarked}: GridOptions): Line {
  const isSelected = at === selected
  const cells = laid.flatMap(({column, texts, width: cellsWide, right}) => {
    const tone: Meaning | undefined = isSelected ? 'select' : column.tone?.(item)
    return [cell(texts[at]!, cellsWide, {right, unicode, tone}), run(' ', isSelected ? 'select' : undefined)]
  })
  const marks = `${isSelected ? '>' : ' '}${isMarked(item) ? '*' : ' '}`
  const line = [run(marks, isSelected ? 'select' : undefined), ...cells]
  return isSelected ? padded(line, width, unicode).map(part => ({...part, tone: 'select' as const})) : line
}

function lay(column: Column<unknown>, rows: readonly unknown[], nowMs: number, unicode: boolean): Laid {
  const today = new Date(nowMs).toISOString().slice(0, 10)
  let isNumeric = rows.length > 0
  const texts = rows.map(item => {
    const value = column.get(item)
    if (typeof value !== 'number' && typeof value !== 'bigint') isNumeric = false
    const isLong = typeof value === 'string' && value.length > widest
    return isLong ? fit(value, widest, unicode) : shortInstant(cellText(value), today)
  })
  const width = Math.min(widest, Math.max(column.name.length + 1, ...texts.map(textWidth)))
  return {column, width, right: column.align ? column.align === 'right' : isNumeric, texts}
}

/** To the second, and without the day when that is today: the exact one is in the description. */
function shortInstant(text: string, today: string): string {
  const match = /^(\d{4}-(\d\d-\d\d)) (\d\d:\d\d:\d\d)\.\d{3}$/.exec(text)
  if (!match) return text
  return match[1] === today ? match[3]! : `${match[2]} ${match[3]}`
}

function shrink(laid: Laid[], width: number): Laid[] {
  const rank = (each: Laid) => each.column.priority ?? 0
  const total = (list: readonly Laid[], size: (each: Laid) => number) =>
    list.reduce((sum, each) => sum + size(each) + 1, 0)
  const smallest = (each: Laid) => (each === laid[0] ? Math.min(each.width, Math.max(least, Math.floor(width / 3)))
    : rank(each) >= 2 ? each.width : Math.min(each.width, Math.max(least, each.column.name.length)))
  let kept = laid
  while (kept.length > 1 && total(kept, smallest) > width) {
    const leaving = kept.slice(1).reduce((lowest, each) => (rank(each) <= rank(lowest) ? each : lowest))
    kept = kept.filter(each => each !== leaving)
  }
  let excess = total(kept, each => each.width) - width
  const [key, ...others] = kept
  for (const each of [...others.sort((a, b) => rank(a) - rank(b) || b.width - a.width), key!]) {
    if (excess <= 0) break
    const cut = Math.min(excess, Math.max(0, each.width - smallest(each)))
    each.width -= cut
    excess -= cut
  }
  return kept
}
