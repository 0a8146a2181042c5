import {cellText} from '../../format/table.ts'
import type {Controls} from '../controller.ts'
import {fieldLines} from '../field-lines.ts'
import {rowsOf, type Rows} from '../rows.ts'
import {current, edit, type ListScreen, type TraceScreen} from '../ui-state.ts'
import type {Handler} from './handler.ts'

/** A list and the row under its cursor. */
export interface Selected {
  screen: ListScreen
  rows: Rows
  item: unknown
}

export function selected(controls: Controls): Selected | undefined {
  const {ui, world} = controls.store.get()
  const screen = current(ui)
  if (screen.kind !== 'list') return undefined
  const rows = rowsOf(screen, world, controls.now().ms)
  return {screen, rows, item: rows.items[rows.index]}
}

/** A handler that changes a list screen. */
export const editList = (change: (screen: ListScreen, rows: Rows) => Partial<ListScreen>): Handler => controls => {
  const found = selected(controls)
  if (found) controls.ui(ui => edit(ui, found.screen, change(found.screen, found.rows)))
}

/** What is under the cursor, ready to be described, shown raw and copied. */
export interface Focus {
  title: string
  /** Its description. */
  lines(): string[]
  data: unknown
  id: string
}

/** The span under the cursor of a waterfall, or the row of a list. */
export function focus(controls: Controls): Focus | undefined {
  const screen = current(controls.store.get().ui)
  if (screen.kind === 'trace') return spanFocus(screen)
  const found = selected(controls)
  return found && found.item !== undefined ? rowFocus(found.rows, found.item) : undefined
}

function spanFocus({data, index}: TraceScreen): Focus | undefined {
  const row = data?.rows[index]
  if (!row?.node) return undefined
  const {span} = row.node
  return {title: row.label, lines: () => fieldLines(span), data: span, id: span.spanId}
}

function rowFocus({view, resource}: Rows, item: unknown): Focus {
  const id = view.name(item)
  const columns = () => Object.fromEntries(view.columns.map(column => [column.name, cellText(column.get(item))]))
  const lines = () => resource.describe?.(item) ?? fieldLines(columns())
  return {title: `${resource.name} ${id}`, lines, data: view.data ? view.data(item) : item, id}
}
