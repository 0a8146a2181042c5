import {createControls, press} from './controller.ts'
import type {Size} from './layout.ts'
import {resourceOf} from './resources.ts'
import type {Now, SourceName} from './model.ts'
import {readOnce, startPolling} from './polling.ts'
import {createScreen} from './screen.ts'
import type {Sources} from './sources.ts'
import {createStore} from './store.ts'
import {guardTerminal} from './terminal.ts'
import {theme} from './theme.ts'
import {current, firstUi, type State} from './ui-state.ts'
import {emptyWorld, type World} from './world.ts'

export interface LiveOptions {
  sources: Sources
  stdout: NodeJS.WriteStream
  stdin: NodeJS.ReadStream
  now(): Now
  sleep(ms: number, signal: AbortSignal): Promise<void>
  colour: boolean
  unicode: boolean
  /** Ends the dashboard. */
  signal: AbortSignal
}

/** The dashboard on a terminal until it is left or stopped; the terminal is as before then, whatever happened. */
export async function runLive({sources, stdout, stdin, now, sleep, colour, unicode, signal: outer}: LiveOptions): Promise<void> {
  const left = new AbortController()
  const signal = AbortSignal.any([outer, left.signal])
  const store = createStore<State>({world: emptyWorld(sources.facts, sources.list), ui: firstUi})
  const size = (): Size => ({columns: stdout.columns || 80, rows: stdout.rows || 24})
  const update = (change: (world: World) => World) => store.update(state => ({...state, world: change(state.world)}))
  const wanted = (name: SourceName) => shownSource(store.get()) === name
  const refresh = () => {
    for (const source of sources.list) if (!source.onDemand || wanted(source.name)) void readOnce(source, {update, now}, signal)
  }
  const terminal = guardTerminal(stdout)
  try {
    const {mount} = await import('./ink-app.ts')
    const screen = createScreen(store, now, size, theme(colour, unicode))
    const controls = createControls({
      store, sources, now, refresh, signal, copy: terminal.copy, pageRows: () => Math.max(1, size().rows - 5), quit: () => left.abort(),
    })
    const ink = mount({screen, press: pressed => {
      press(controls, pressed)
      screen.draw()
    }}, {stdout, stdin})
    const stop = () => ink.unmount()
    signal.addEventListener('abort', stop, {once: true})
    // Not before: loading Ink would take its time out of what the first readings are given.
    startPolling(sources.list, {update, now, sleep, wanted, paused: () => store.get().ui.paused}, signal)
    if (signal.aborted) stop()
    await ink.waitUntilExit().finally(screen.stop)
  } finally {
    left.abort()
    terminal.restore()
  }
}

function shownSource({ui}: State): SourceName | undefined {
  const screen = current(ui)
  return screen.kind === 'list' ? resourceOf(screen.resource).source : undefined
}
