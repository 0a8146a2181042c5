import {toJson} from '../format/json.ts'
import {cellText} from '../format/table.ts'
import type {Controls} from './controller.ts'
import {helpLines, type Act} from './keys.ts'
import {resources, type Resource} from './resources.ts'
import {rowsOf, type Rows} from './rows.ts'
import type {ActionRequest} from './sources.ts'
import {back, current, edit, enter, goto, listScreen, overview, textScreen, type ListScreen, type State, type TraceScreen} from './ui-state.ts'
import {acknowledged} from './world.ts'

type Handler = (controls: Controls, pressed: string) => void

/** The list under the cursor and its row. */
function selected(controls: Controls): {screen: ListScreen; rows: Rows; item: unknown} | undefined {
  const {ui, world} = controls.store.get()
  const screen = current(ui)
  if (screen.kind !== 'list') return undefined
  const rows = rowsOf(screen, world, controls.now().ms)
  return {screen, rows, item: rows.items[rows.index]}
}

export function openHelp(controls: Controls): void {
  controls.ui(ui => enter(ui, textScreen('KEYS', helpLines(current(ui)))))
}

/** Plans, then asks; nothing is written here. */
export function planAction(controls: Controls, request: ActionRequest): void {
  controls.say(`${request.kind}: looking`, 'warn')
  controls.sources.plan(request, controls.signal).then(
    planned => controls.ui(ui => ({...ui, message: undefined, prompt: {kind: 'confirm', step: planned.typed ? 'reason' : 'yes', planned, reason: '', text: ''}})),
    (error: Error) => controls.say(error.message, 'bad'))
}

type Move = (index: number, page: number, last: number) => number

const move = (step: Move): Handler => controls => controls.ui((ui, state) => {
  const screen = current(ui)
  const page = controls.pageRows()
  if (screen.kind === 'list') return moveList(ui, screen, state, step, page, controls.now().ms)
  if (screen.kind === 'trace') {
    const last = (screen.data?.rows.length ?? 1) - 1
    return edit(ui, screen, {index: Math.max(0, Math.min(last, step(screen.index, page, last)))})
  }
  if (screen.kind !== 'text') return ui
  const last = Math.max(0, screen.lines.length - page)
  return edit(ui, screen, {top: Math.max(0, Math.min(last, step(screen.top, page, last)))})
})

function moveList(ui: State['ui'], screen: ListScreen, {world}: State, step: Move, page: number, nowMs: number): State['ui'] {
  const {items, resource, index} = rowsOf(screen, world, nowMs)
  const last = items.length - 1
  if (last < 0) return ui
  const to = Math.max(0, Math.min(last, step(Math.max(0, index), page, last)))
  const top = to < screen.top ? to : to >= screen.top + page ? to - page + 1 : screen.top
  return edit(ui, screen, {cursor: resource.key(items[to]), index: to, top})
}

const editList = (change: (screen: ListScreen, rows: Rows) => Partial<ListScreen>): Handler => controls => {
  const found = selected(controls)
  if (found) controls.ui(ui => edit(ui, found.screen, change(found.screen, found.rows)))
}

const open: Handler = controls => {
  const screen = current(controls.store.get().ui)
  if (screen.kind === 'trace') return describe(controls, 'enter')
  const found = selected(controls)
  if (!found || found.item === undefined) return
  const opening = found.rows.resource.open(found.item)
  if (opening.kind === 'trace') openTrace(controls, opening.traceId)
  else if (opening.kind === 'history') openHistory(controls, opening.task)
  else describe(controls, 'enter')
}

function openTrace(controls: Controls, traceId: string): void {
  const shown: TraceScreen = {kind: 'trace', traceId, index: 0, top: 0}
  controls.ui(ui => enter(ui, shown))
  const put = (change: Partial<TraceScreen>) => controls.ui(ui => {
    const screen = ui.stack.find(each => each.kind === 'trace' && each.traceId === traceId && !each.data)
    return screen?.kind === 'trace' ? edit(ui, screen, change) : ui
  })
  controls.sources.trace(traceId, controls.signal).then(data => put({data}), (error: Error) => put({error: error.message}))
}

function openHistory(controls: Controls, task: string): void {
  controls.ui(ui => enter(ui, listScreen('history', {items: [], subject: `${task}: reading`})))
  const put = (change: Partial<ListScreen>) => controls.ui(ui => {
    const screen = ui.stack.find(each => each.kind === 'list' && each.subject === `${task}: reading`)
    return screen?.kind === 'list' ? edit(ui, screen, change) : ui
  })
  controls.sources.taskHistory(task, controls.signal).then(
    events => put({items: [...events].reverse(), subject: task}), (error: Error) => put({subject: `${task}: ${error.message}`}))
}

/** The span under the cursor of a waterfall, or the row of a list. */
function focus(controls: Controls): {title: string; fields: [string, string][]; data: unknown; id: string} | undefined {
  const screen = current(controls.store.get().ui)
  if (screen.kind === 'trace') {
    const row = screen.data?.rows[screen.index]
    if (!row?.node) return undefined
    const span = row.node.span as unknown as Record<string, unknown>
    const fields = Object.entries(span).map(([name, value]): [string, string] => [name, typeof value === 'object' ? toJson(value) : String(value)])
    return {title: row.label, fields, data: span, id: row.node.span.spanId}
  }
  const found = selected(controls)
  if (!found || found.item === undefined) return undefined
  const {view, resource} = found.rows
  const fields = view.columns.map((column): [string, string] => [column.name, cellText(column.get(found.item))])
  return {title: `${resource.name} ${view.name(found.item)}`, fields, data: view.data ? view.data(found.item) : found.item, id: view.name(found.item)}
}

const describe: Handler = controls => {
  const found = focus(controls)
  if (!found) return
  const width = Math.max(...found.fields.map(([name]) => name.length))
  controls.ui(ui => enter(ui, textScreen(found.title, found.fields.map(([name, value]) => `${name.padEnd(width)}  ${value}`))))
}

const raw: Handler = controls => {
  const found = focus(controls)
  if (found) controls.ui(ui => enter(ui, textScreen(found.title, toJson(found.data, 2).split('\n'))))
}

const copy: Handler = controls => {
  const found = focus(controls)
  if (!found) return
  controls.copy(found.id)
  controls.say(`copied ${found.id}`)
}

const equivalent: Handler = controls => {
  const {ui, world} = controls.store.get()
  const screen = current(ui)
  const found = selected(controls)
  const line = screen.kind === 'trace' ? `tael trace ${screen.traceId}` : found ? found.rows.resource.command(found.item) : 'ctl dash --once'
  controls.say(world.facts.context === undefined ? line : `${line} -c ${world.facts.context}`)
}

const sort = editList((screen, {view}) => {
  const names = view.columns.map(column => column.name)
  const next = names[names.indexOf(screen.sort?.column ?? '') + 1]
  return {sort: next === undefined ? undefined : {column: next, down: false}}
})

const save: Handler = controls => {
  const found = selected(controls)
  const {world} = controls.store.get()
  const of = (view: Rows['view'], items: readonly unknown[]) => toJson({items: items.map(item => (view.data ? view.data(item) : item))}, 2)
  const eventRows = () => rowsOf(listScreen('events'), world, controls.now().ms)
  const {view, items, resource} = found?.rows ?? eventRows()
  controls.sources.save(resource.name, `${of(view, items)}\n`).then(path => controls.say(`saved ${path}`), (error: Error) => controls.say(error.message, 'bad'))
}

const acknowledge: Handler = controls => {
  const found = selected(controls)
  const id = (found?.item as {id?: number} | undefined)?.id
  controls.store.update(state => {
    const ids = found ? (id === undefined ? [] : [id]) : state.world.events.map(event => event.id)
    return {...state, world: acknowledged(state.world, ids)}
  })
}

const act: Handler = (controls, pressed) => {
  const found = selected(controls)
  if (!found || found.item === undefined) return
  const action = (found.rows.resource as Resource).actions.find(each => each.key === pressed)
  if (!action) return
  if (controls.store.get().world.facts.readonly) return controls.say('this context is read-only: nothing is changed from here', 'bad')
  planAction(controls, action.request(found.item))
}

const backOrClear: Handler = controls => controls.ui(ui => {
  const screen = current(ui)
  return screen.kind === 'list' && screen.filter !== '' ? edit(ui, screen, {filter: ''}) : back(ui)
})

export const handlers: Record<Act, Handler> = {
  help: openHelp, open, describe, raw, copy, equivalent, sort, save, acknowledge, act,
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
  refresh: controls => controls.refresh(),
  previous: controls => controls.ui(ui => (ui.previous ? {...ui, stack: ui.previous, previous: ui.stack} : ui)),
  publish: controls => controls.ui((ui, {world}) => (world.facts.readonly ? ui : {...ui, prompt: {kind: 'publish', text: ''}})),
  logs: controls => {
    const screen = current(controls.store.get().ui)
    if (screen.kind === 'trace') controls.ui(ui => enter(ui, listScreen('logs', {filter: screen.traceId})))
  },
  jump: (controls, pressed) => controls.ui(ui => goto(ui, pressed === '0' ? overview : listScreen(resources[Number(pressed) - 1]!.name))),
}

function sideways(by: number): Handler {
  return controls => controls.ui(ui => {
    const screen = current(ui)
    return screen.kind === 'text' ? edit(ui, screen, {left: Math.max(0, screen.left + by)}) : ui
  })
}
