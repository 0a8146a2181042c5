import {frame} from './frame.ts'
import type {Size} from './layout.ts'
import type {Now} from './model.ts'
import {createPainter} from './painter.ts'
import type {Store} from './store.ts'
import type {Theme} from './theme.ts'
import type {State} from './ui-state.ts'

export interface ScreenParts {
  store: Store<State>
  now(): Now
  size(): Size
  theme: Theme
  /** Whether a source of the first screen has said nothing yet. */
  isWaiting(): boolean
  /** Writes to the terminal. */
  write(text: string): void
  /** A drawing threw; nothing is drawn of it. */
  broken(error: unknown): void
}

/** What is shown, and when it is drawn anew. */
export interface Screen {
  /** The painted lines of the moment. */
  get(): readonly string[]
  /** Draws at once: a key was pressed. */
  draw(): void
  /** Every line: the size is another, or somebody else wrote to the terminal. */
  redraw(): void
  stop(): void
}

/** Readings are drawn at most so often; keys at once. */
const readingsEveryMs = 100
/** The first readings come in quick succession, and somebody waits for them. */
const firstReadingsEveryMs = 20
/** Ages and countdowns go on without any reading. */
const tickMs = 1_000

export function createScreen({store, now, size, theme, isWaiting, write, broken}: ScreenParts): Screen {
  const painter = createPainter(write)
  let lines: readonly string[] = []
  let waiting: NodeJS.Timeout | undefined
  /** The last of the first readings belongs to them as well. */
  let isFirst = true
  const draw = () => {
    clearTimeout(waiting)
    waiting = undefined
    isFirst = isWaiting()
    try {
      lines = frame(store.get(), now(), size(), theme)
      painter.paint(lines, size().columns)
    } catch (error) {
      broken(error)
    }
  }
  const off = store.subscribe(() => {
    waiting ??= setTimeout(draw, isFirst ? firstReadingsEveryMs : readingsEveryMs)
  })
  const tick = setInterval(draw, tickMs)
  return {
    get: () => lines,
    draw,
    redraw() {
      painter.forget()
      draw()
    },
    stop() {
      off()
      clearTimeout(waiting)
      clearInterval(tick)
    },
  }
}
