import {toJson} from '../json.ts'
import {view, type Cell, type View} from '../view.ts'

type Row = Record<string, unknown>

/** A view of rows whose columns are known only from the rows themselves. */
export function rowsView(rows: readonly Row[]): View<Row> {
  const names = [...new Set(rows.flatMap(row => Object.keys(row)))]
  const columns = Object.fromEntries(names.map(name => [name, (row: Row) => cell(row[name])]))
  return view<Row>('rows', row => String(cell(row[names[0] ?? '']) ?? ''), columns, {empty: 'no rows'})
}

function cell(value: unknown): Cell {
  return typeof value === 'object' && value !== null ? toJson(value) : (value as Cell)
}
