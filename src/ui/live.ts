import {createControls, press, type Controls} from './controller.ts'
import type {Size} from './layout.ts'
import type {Now, SourceName} from './model.ts'
import {createScreen, type Screen} from './screen.ts'
import {createSession} from './session.ts'
import {shownSources} from './shown.ts'
import type {Sources} from './sources.ts'
import {createStore, type Store} from './store.ts'
import {guardTerminal} from './terminal.ts'
import {theme} from './theme.ts'
import {firstUi, type State} from './ui-state.ts'
import {emptyWorld} from './world.ts'

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

/** Loading Ink takes 40 ms, by which the first answers would be shown later; what is typed before it is kept. */
const longestWithoutKeysMs = 100

/** The dashboard on a terminal until it is left or stopped; the terminal is as before then, whatever happened. */
export async function runLive(options: LiveOptions): Promise<void> {
  const {sources, stdout, stdin, now, sleep} = options
  const left = new AbortController()
  const signal = AbortSignal.any([options.signal, left.signal])
  const store = createStore<State>({world: emptyWorld(sources.facts, sources.list), ui: firstUi})
  const size = (): Size => ({columns: stdout.columns || 80, rows: stdout.rows || 24})
  const wanted = (name: SourceName) => shownSources(store.get().ui).includes(name)
  const session = createSession(sources, {...options, store, signal, wanted})
  const {breaks, broken} = breakable()
  const terminal = guardTerminal(stdout, stdin)
  const screen = createScreen({
    store, now, size, theme: theme(options.colour, options.unicode), isWaiting: session.areAwaited,
    write: text => void stdout.write(text), broken,
  })
  try {
    screen.draw()
    session.start()
    const answers = untilNot(session.areAwaited, store)
    await Promise.race([answers, sleep(longestWithoutKeysMs, signal)]).catch(() => undefined)
    const pageRows = () => Math.max(1, size().rows - 5)
    const quit = () => left.abort()
    const controls = createControls({store, session, now, signal, copy: terminal.copy, quit, pageRows})
    await Promise.race([obeyKeys(controls, screen, {stdout, stdin}, broken), breaks])
  } finally {
    screen.stop()
    left.abort()
    terminal.restore()
    await session.end()
  }
}

/** An error while it draws, or in a key, ends the dashboard as any other end does: writes are waited for. */
function breakable(): {breaks: Promise<never>; broken(error: unknown): void} {
  const {promise: breaks, reject: broken} = Promise.withResolvers<never>()
  breaks.catch(() => undefined)
  return {breaks, broken}
}

/** Until the signal of the controls. */
async function obeyKeys(
  controls: Controls, screen: Screen, streams: Pick<LiveOptions, 'stdout' | 'stdin'>, broken: (error: unknown) => void,
): Promise<void> {
  const {mount} = await import('./ink-app.ts')
  if (controls.signal.aborted) return
  const ink = mount({resized: screen.redraw, press: pressed => {
    try {
      press(controls, pressed)
    } catch (error) {
      broken(error)
    }
    screen.draw()
  }}, streams)
  controls.signal.addEventListener('abort', () => ink.unmount(), {once: true})
  await ink.waitUntilExit()
}

function untilNot(is: () => boolean, store: Store<State>): Promise<void> {
  return new Promise(resolve => {
    const off = store.subscribe(() => {
      if (is()) return
      off()
      resolve()
    })
  })
}
