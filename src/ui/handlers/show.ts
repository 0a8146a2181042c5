import {toJson} from '../../format/json.ts'
import {marked} from '../marks.ts'
import {rowsOf, type Rows} from '../rows.ts'
import {current, enter, listScreen, textScreen} from '../ui-state.ts'
import {editList, focus, selected} from './focus.ts'
import type {Handler} from './handler.ts'

/** All that is known of what is under the cursor. */
export const describe: Handler = controls => {
  const found = focus(controls)
  if (!found) return
  controls.ui(ui => enter(ui, textScreen(found.title, found.lines())))
}

export const raw: Handler = controls => {
  const found = focus(controls)
  if (found) controls.ui(ui => enter(ui, textScreen(found.title, toJson(found.data, 2).split('\n'))))
}

/** The id under the cursor, or those of the marked rows in a line each. */
export const copy: Handler = controls => {
  const list = selected(controls)
  const rows = list ? marked(list.screen, list.rows) : []
  const text = rows.length > 0 ? rows.map(list!.rows.view.name).join('\n') : focus(controls)?.id
  if (text === undefined) return
  controls.copy(text)
  controls.say(rows.length > 1 ? `copied ${rows.length} ids` : `copied ${text}`)
}

/** The command line that shows the same as the screen. */
export const equivalent: Handler = controls => {
  const {ui, world: {facts}} = controls.store.get()
  const screen = current(ui)
  const found = selected(controls)
  const listed = found ? found.rows.resource.command(found.item) : 'ctl dash --once'
  const line = screen.kind === 'trace' ? `tael trace ${screen.traceId}` : listed
  controls.say(facts.context === undefined ? line : `${line} -c ${facts.context}`)
}

/** The marked rows of a list, all of them when none is marked, or the event log. */
export const save: Handler = controls => {
  const {world} = controls.store.get()
  const list = selected(controls)
  const {view, items, resource} = list?.rows ?? rowsOf(listScreen('events'), world, controls.now().ms)
  const rows = list ? marked(list.screen, list.rows) : []
  const saved = rows.length > 0 ? rows : items
  controls.sources.save(resource.name, documentOf(view, saved)).then(
    path => controls.say(`saved ${path} (${saved.length} of ${items.length})`),
    (error: Error) => controls.say(error.message, 'bad'))
}

function documentOf(view: Rows['view'], items: readonly unknown[]): string {
  return `${toJson({items: items.map(item => (view.data ? view.data(item) : item))}, 2)}\n`
}

/** By the next column; after the last one as the source has it. */
export const sort = editList((screen, {view}) => {
  const names = view.columns.map(column => column.name)
  const next = names[names.indexOf(screen.sort?.column ?? '') + 1]
  return {sort: next === undefined ? undefined : {column: next, down: false}}
})
