import {toJson} from '../../format/json.ts'
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

export const copy: Handler = controls => {
  const found = focus(controls)
  if (!found) return
  controls.copy(found.id)
  controls.say(`copied ${found.id}`)
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

/** The rows of a list, or the event log. */
export const save: Handler = controls => {
  const {world} = controls.store.get()
  const {view, items, resource} = selected(controls)?.rows ?? rowsOf(listScreen('events'), world, controls.now().ms)
  controls.sources.save(resource.name, documentOf(view, items)).then(
    path => controls.say(`saved ${path}`), (error: Error) => controls.say(error.message, 'bad'))
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
