import {keyFor} from './keys.ts'
import type {Now} from './model.ts'
import {handlers} from './handlers.ts'
import {promptKey} from './prompt-keys.ts'
import type {Session} from './session.ts'
import type {Sources} from './sources.ts'
import type {Store} from './store.ts'
import {current, type Message, type State, type Ui} from './ui-state.ts'

/** What the dashboard hands in: the state, the sources, and the terminal by names. */
export interface ControlParts {
  store: Store<State>
  now(): Now
  /** Lines that a list can show. */
  pageRows(): number
  /** Leaves the dashboard. */
  quit(): void
  /** Writes to the terminal's clipboard. */
  copy(text: string): void
  signal: AbortSignal
  session: Pick<Session, 'sources' | 'refresh' | 'hold' | 'switchTo'>
}

/** What a key may reach. */
export interface Controls extends Omit<ControlParts, 'session'> {
  /** Of the context that is shown now. */
  readonly sources: Sources
  /** Reads everything that is shown now. */
  refresh(): void
  /** A write under way: what it goes through is not closed before it has ended. */
  hold(work: Promise<unknown>): void
  /** Goes to another context, when it can be opened. */
  switchTo(context: string): void
  ui(change: (ui: Ui, state: State) => Ui): void
  say(text: string, tone?: Message['tone']): void
}

/** How long a message stands. */
const messageMs = 6_000

export function createControls({session, ...parts}: ControlParts): Controls {
  const ui: Controls['ui'] = change => parts.store.update(state => {
    const next = change(state.ui, state)
    return next === state.ui ? state : {...state, ui: next}
  })
  const say: Controls['say'] = (text, tone = 'good') =>
    ui(was => ({...was, message: {text, tone, untilMs: parts.now().monotonicMs + messageMs}}))
  return {
    ...parts, ui, say, refresh: session.refresh, hold: session.hold,
    get sources() {
      return session.sources
    },
    switchTo(context) {
      say(`${context}: opening`, 'warn')
      session.switchTo(context).then(
        isThere => isThere && say(`context ${context}`), (error: Error) => say(error.message, 'bad'))
    },
  }
}

/** One key: into an open prompt, else by the key table. */
export function press(controls: Controls, pressed: string): void {
  const {ui} = controls.store.get()
  if (pressed === 'ctrl-c') return controls.quit()
  if (ui.prompt) return promptKey(controls, ui.prompt, pressed)
  const key = keyFor(current(ui), pressed)
  if (key) handlers[key.act](controls, pressed)
}
