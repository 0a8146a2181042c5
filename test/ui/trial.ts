import {createControls, press} from '../../src/ui/controller.ts'
import {frame} from '../../src/ui/frame.ts'
import type {Size} from '../../src/ui/layout.ts'
import {createSession} from '../../src/ui/session.ts'
import type {ActionRequest, Planned, Sources} from '../../src/ui/sources.ts'
import {createStore} from '../../src/ui/store.ts'
import {theme} from '../../src/ui/theme.ts'
import {current, firstUi, type ListScreen, type State} from '../../src/ui/ui-state.ts'
import {emptyWorld, read, type World} from '../../src/ui/world.ts'
import {fakeSources} from './fake-sources.ts'
import {task, tasks} from './samples.ts'

export const now = () => ({ms: Date.parse('2026-11-21T10:10:00Z'), monotonicMs: 1_000})

/** A dashboard without a terminal: keys go in, the screen and what was asked for come out. */
export interface Trial {
  keys(...pressed: string[]): Promise<void>
  /** Characters one by one. */
  type(text: string): Promise<void>
  text(size?: Size): string
  list(): ListScreen
  update(change: (world: World) => World): void
  requests: ActionRequest[]
  applied: {confirm: string; reason: string}[]
  copied: string[]
  saved: string[]
}

interface TrialOptions extends Partial<Sources> {
  typed?: boolean
  readonly?: boolean
}

export function trial({typed = false, readonly = false, ...over}: TrialOptions = {}): Trial {
  const [requests, applied, copied, saved]: [ActionRequest[], Trial['applied'], string[], string[]] = [[], [], [], []]
  const planned: Planned = {
    what: 'fail t-2', target: 't-2', preview: '- a\n+ b', warnings: [], typed,
    apply: async said => (applied.push(said), 'fail t-2: done'),
  }
  const sources = fakeSources({
    facts: {context: 'test', danger: typed, readonly, version: '1'},
    plan: async request => (requests.push(request), planned),
    save: async (name, text) => (saved.push(`${name} ${text}`), '/saved'),
    ...over,
  })
  const list = [{name: 'tasks' as const, intervalMs: 1, read: async () => tasks([])}, ...sources.list]
  const three = tasks(['t-1', 't-2', 't-3'].map(name => task({task: name})))
  const store = createStore<State>({world: read(emptyWorld(sources.facts, list), 'tasks', three, now()), ui: firstUi})
  const {signal} = new AbortController()
  const session = createSession(sources, {store, now, signal, sleep: () => new Promise(() => undefined), wanted: () => false})
  const controls = createControls({
    store, now, session, signal, pageRows: () => 10, quit: () => copied.push('quit'), copy: text => copied.push(text),
  })
  const keys = async (...pressed: string[]) => {
    for (const each of pressed) {
      press(controls, each)
      await new Promise(resolve => setImmediate(resolve))
    }
  }
  return {
    requests, applied, copied, saved, keys, type: text => keys(...text),
    text: (size = {columns: 100, rows: 24}) => frame(store.get(), now(), size, theme(false, true)).join('\n'),
    list: () => current(store.get().ui) as ListScreen,
    update: change => store.update(state => ({...state, world: change(state.world)})),
  }
}
