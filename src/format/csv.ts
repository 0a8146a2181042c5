import {escapeControl} from './escape.ts'
import type {Cell, View} from './view.ts'
import {shownColumns} from './table.ts'

/** RFC 4180 lines (LF), all columns unless some are named, with the
 * values behind the shown texts: times with every digit, durations as numbers. Control characters are visible
 * escapes. */
export function csv<T>(view: View<T>, items: readonly T[], options: {headers: boolean; columns?: string[]}): string {
  const columns = shownColumns(view, {wide: true, columns: options.columns})
  const rows = items.map(
    item => columns.map(column => csvCell(column.value ? column.value(item) : column.get(item))).join(','),
  )
  if (options.headers) {
    rows.unshift(columns.map(column => csvCell(column.unit ? `${column.name}_${column.unit}` : column.name)).join(','))
  }
  return rows.length > 0 ? `${rows.join('\n')}\n` : ''
}

function csvCell(cell: Cell): string {
  if (cell === null || cell === undefined) return ''
  const text = typeof cell === 'string' ? escapeControl(cell) : String(cell)
  return /[",]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
