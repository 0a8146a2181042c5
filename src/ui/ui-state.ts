import type {Waterfall} from '../format/views/waterfall.ts'
import type {OwnRows} from './own-rows.ts'
import type {Planned} from './sources.ts'
import type {World} from './world.ts'

export interface ListScreen {
  kind: 'list'
  resource: string
  /** The key of the row under the cursor; undefined is the first one. */
  cursor: string | undefined
  /** Where the cursor was, for when its row is gone. */
  index: number
  top: number
  filter: string
  sort: {column: string; down: boolean} | undefined
  faults: boolean
  /** Keys of marked rows. */
  marks?: ReadonlySet<string>
  /** Rows of its own, instead of the source's. */
  own?: OwnRows
  items?: readonly unknown[]
  /** What the own rows are about, or that they are on their way. */
  subject?: string
  /** Why the own rows are not newer. */
  trouble?: string
}

export interface TextScreen {
  kind: 'text'
  title: string
  lines: readonly string[]
  top: number
  left: number
}

export interface TraceScreen {
  kind: 'trace'
  traceId: string
  data?: Waterfall & {missing?: readonly string[]}
  error?: string
  index: number
  top: number
}

export type Screen = {kind: 'overview'} | ListScreen | TextScreen | TraceScreen

export type Prompt =
  | {kind: 'filter' | 'publish'; text: string}
  /** `options`: how the word may go on. */
  | {kind: 'command'; text: string; options?: readonly string[]}
  /** `yes`: one key decides. `reason` and `name` are typed, in a context marked as dangerous. */
  | {kind: 'confirm'; step: 'yes' | 'reason' | 'name'; planned: Planned; reason: string; text: string}

export interface Message {
  text: string
  tone: 'good' | 'bad' | 'warn'
  untilMs: number
}

/** How the world is looked at. */
export interface Ui {
  /** Where one came from, the current screen last; never empty. */
  stack: readonly Screen[]
  previous: readonly Screen[] | undefined
  prompt: Prompt | undefined
  message: Message | undefined
  wide: boolean
  paused: boolean
}

export interface State {
  world: World
  ui: Ui
}

export const overview: Screen = {kind: 'overview'}
export const firstUi: Ui = {
  stack: [overview], previous: undefined, prompt: undefined, message: undefined, wide: false, paused: false,
}

export const current = ({stack}: Ui): Screen => stack.at(-1)!

export function listScreen(resource: string, over: Partial<ListScreen> = {}): ListScreen {
  return {
    kind: 'list', resource, cursor: undefined, index: 0, top: 0, filter: '', sort: undefined, faults: false, ...over,
  }
}

export const textScreen = (title: string, lines: readonly string[]): TextScreen =>
  ({kind: 'text', title, lines, top: 0, left: 0})

/** A new screen below the overview. */
export function goto(ui: Ui, screen: Screen): Ui {
  const stack = screen.kind === 'overview' ? [overview] : [overview, screen]
  return {...ui, stack, previous: ui.stack, prompt: undefined}
}

/** One step deeper. */
export function enter(ui: Ui, screen: Screen): Ui {
  return {...ui, stack: [...ui.stack, screen], previous: ui.stack, prompt: undefined}
}

export function back(ui: Ui): Ui {
  return ui.stack.length > 1 ? {...ui, stack: ui.stack.slice(0, -1), previous: ui.stack} : ui
}

/** The current screen changed in place. */
export function edit<S extends Screen>(ui: Ui, screen: S, change: Partial<S>): Ui {
  return {...ui, stack: ui.stack.map(each => (each === screen ? {...screen, ...change} : each))}
}
