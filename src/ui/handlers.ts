import {acknowledge, act, publish} from './handlers/change.ts'
import {editList} from './handlers/focus.ts'
import type {Handler} from './handlers/handler.ts'
import {mark, unmark} from './handlers/mark.ts'
import {move, sideways} from './handlers/move.ts'
import {backOrClear, jump, logsOfTrace, open, openHelp, previous} from './handlers/open.ts'
import {copy, describe, equivalent, raw, save, sort} from './handlers/show.ts'
import type {Act} from './keys.ts'
import {loadOwn} from './own-rows.ts'
import {current} from './ui-state.ts'

/** What each act of the key table does. */
export const handlers: Record<Act, Handler> = {
  help: openHelp, open, describe, raw, copy, equivalent, sort, save, acknowledge, act, mark, unmark, publish,
  previous, jump,
  command: controls => controls.ui(ui => ({...ui, prompt: {kind: 'command', text: ''}})),
  filter: controls => controls.ui(ui => {
    const screen = current(ui)
    return {...ui, prompt: {kind: 'filter', text: screen.kind === 'list' ? screen.filter : ''}}
  }),
  back: backOrClear,
  quit: controls => controls.quit(),
  up: move(index => index - 1),
  down: move(index => index + 1),
  pageUp: move((index, page) => index - page),
  pageDown: move((index, page) => index + page),
  first: move(() => 0),
  last: move((_, __, last) => last),
  left: sideways(-8),
  right: sideways(8),
  wide: controls => controls.ui(ui => ({...ui, wide: !ui.wide})),
  reverse: editList(({sort: by}) => ({sort: by && {...by, down: !by.down}})),
  faults: editList(({faults}) => ({faults: !faults})),
  pause: controls => controls.ui(ui => ({...ui, paused: !ui.paused})),
  refresh: controls => {
    controls.refresh()
    const screen = current(controls.store.get().ui)
    if (screen.kind === 'list') loadOwn(controls, screen)
  },
  logs: logsOfTrace,
}
