import type {Controls} from '../controller.ts'
import {helpLines} from '../keys.ts'
import {loadOwn} from '../own-rows.ts'
import {resources} from '../resources.ts'
import {
  back, current, edit, enter, goto, listScreen, overview, textScreen, type ListScreen, type TraceScreen, type Ui,
} from '../ui-state.ts'
import {selected} from './focus.ts'
import type {Handler} from './handler.ts'
import {describe} from './show.ts'

export function openHelp(controls: Controls): void {
  controls.ui(ui => enter(ui, textScreen('KEYS', helpLines(current(ui)))))
}

/** What is under the cursor, one step deeper. */
export const open: Handler = controls => {
  const screen = current(controls.store.get().ui)
  if (screen.kind === 'trace') return describe(controls, 'enter')
  const found = selected(controls)
  if (!found || found.item === undefined) return
  const opening = found.rows.resource.open(found.item)
  if (opening.kind === 'trace') openTrace(controls, opening.traceId)
  else if (opening.kind === 'rows') openRows(controls, listScreen(opening.resource, {own: opening.own}), enter)
  else describe(controls, 'enter')
}

function openTrace(controls: Controls, traceId: string): void {
  const shown: TraceScreen = {kind: 'trace', traceId, index: 0, top: 0}
  controls.ui(ui => enter(ui, shown))
  const put = (change: Partial<TraceScreen>) => controls.ui(ui => {
    const screen = ui.stack.find(each => each.kind === 'trace' && each.traceId === traceId && !each.data)
    return screen?.kind === 'trace' ? edit(ui, screen, change) : ui
  })
  controls.sources.trace(traceId, controls.signal)
    .then(data => put({data}), (error: Error) => put({error: error.message}))
}

/** A list, and what it reads for itself. */
export function openRows(controls: Controls, screen: ListScreen, how: (ui: Ui, screen: ListScreen) => Ui): void {
  controls.ui(ui => how(ui, screen))
  loadOwn(controls, screen)
}

/** Clears the filter first, then one step back. */
export const backOrClear: Handler = controls => controls.ui(ui => {
  const screen = current(ui)
  return screen.kind === 'list' && screen.filter !== '' ? edit(ui, screen, {filter: ''}) : back(ui)
})

export const previous: Handler = controls => controls.ui(ui =>
  (ui.previous ? {...ui, stack: ui.previous, previous: ui.stack} : ui))

/** The screen of a digit. */
export const jump: Handler = (controls, pressed) => controls.ui(ui =>
  goto(ui, pressed === '0' ? overview : listScreen(resources[Number(pressed) - 1]!.name)))

/** Logs of the trace that is shown, or of the one under the cursor. */
export const logsOfTrace: Handler = controls => {
  const screen = current(controls.store.get().ui)
  const found = selected(controls)?.item as {traceId?: string} | undefined
  const traceId = screen.kind === 'trace' ? screen.traceId : found?.traceId
  if (traceId !== undefined) openRows(controls, listScreen('logs', {own: {kind: 'trace logs', traceId}}), enter)
}
