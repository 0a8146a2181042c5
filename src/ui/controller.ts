import {keyFor} from './keys.ts'
import type {Now} from './model.ts'
import {handlers} from './handlers.ts'
import {promptKey} from './prompt-keys.ts'
import type {Sources} from './sources.ts'
import type {Store} from './store.ts'
import {current, type Message, type State, type Ui} from './ui-state.ts'

/** What a key may reach: the state, the sources, and the terminal by names. */
export interface Controls {
  store: Store<State>
  sources: Sources
  now(): Now
  /** Lines that a list can show. */
  pageRows(): number
  /** Leaves the dashboard. */
  quit(): void
  /** Reads everything that is shown now. */
  refresh(): void
  /** Writes to the terminal's clipboard. */
  copy(text: string): void
  signal: AbortSignal
  ui(change: (ui: Ui, state: State) => Ui): void
  say(text: string, tone?: Message['tone']): void
}

/** How long a message stands. */
const messageMs = 6_000

export function createControls(parts: Omit<Controls, 'ui' | 'say'>): Controls {
  const ui: Controls['ui'] = change => parts.store.update(state => {
    const next = change(state.ui, state)
    return next === state.ui ? state : {...state, ui: next}
  })
  return {
    ...parts, ui,
    say: (text, tone = 'good') => ui(was => ({...was, message: {text, tone, untilMs: parts.now().monotonicMs + messageMs}})),
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
