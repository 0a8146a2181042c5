import {rowsOf} from '../rows.ts'
import {current, edit, type ListScreen, type State, type Ui} from '../ui-state.ts'
import type {Handler} from './handler.ts'

/** The new place from the old one, the lines of a page and the last place. */
type Step = (index: number, page: number, last: number) => number

const within = (place: number, last: number) => Math.max(0, Math.min(last, place))

export const move = (step: Step): Handler => controls => controls.ui((ui, state) => {
  const screen = current(ui)
  const page = controls.pageRows()
  if (screen.kind === 'list') return moveList(state, screen, step, page, controls.now().ms)
  if (screen.kind === 'trace') {
    const last = (screen.data?.rows.length ?? 1) - 1
    return edit(ui, screen, {index: within(step(screen.index, page, last), last)})
  }
  if (screen.kind !== 'text') return ui
  const last = Math.max(0, screen.lines.length - page)
  return edit(ui, screen, {top: within(step(screen.top, page, last), last)})
})

function moveList({world, ui}: State, screen: ListScreen, step: Step, page: number, nowMs: number): Ui {
  const {items, resource, index} = rowsOf(screen, world, nowMs)
  const last = items.length - 1
  if (last < 0) return ui
  const to = within(step(Math.max(0, index), page, last), last)
  const top = to < screen.top ? to : to >= screen.top + page ? to - page + 1 : screen.top
  return edit(ui, screen, {cursor: resource.key(items[to]), index: to, top})
}

/** So many cells to the right in a text. */
export const sideways = (by: number): Handler => controls => controls.ui(ui => {
  const screen = current(ui)
  return screen.kind === 'text' ? edit(ui, screen, {left: Math.max(0, screen.left + by)}) : ui
})
