import {frame} from './frame.ts'
import type {Size} from './layout.ts'
import type {Now} from './model.ts'
import type {Store} from './store.ts'
import type {Theme} from './theme.ts'
import type {State} from './ui-state.ts'

/** The painted lines of the moment, for React to take. */
export interface Screen {
  get(): readonly string[]
  subscribe(listener: () => void): () => void
  /** Draws at once: a key was pressed, the size is another. */
  draw(): void
  stop(): void
}

/** Readings are drawn at most so often; keys at once. */
const readingsEveryMs = 250
/** Ages and countdowns go on without any reading. */
const tickMs = 1_000

export function createScreen(store: Store<State>, now: () => Now, size: () => Size, theme: Theme): Screen {
  let lines: readonly string[] = frame(store.get(), now(), size(), theme)
  let waiting: NodeJS.Timeout | undefined
  const listeners = new Set<() => void>()
  const draw = () => {
    clearTimeout(waiting)
    waiting = undefined
    const next = frame(store.get(), now(), size(), theme)
    if (next.length === lines.length && next.every((line, at) => line === lines[at])) return
    lines = next
    for (const listener of listeners) listener()
  }
  const off = store.subscribe(() => {
    waiting ??= setTimeout(draw, readingsEveryMs)
  })
  const tick = setInterval(draw, tickMs)
  return {
    get: () => lines,
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    draw,
    stop() {
      off()
      clearTimeout(waiting)
      clearInterval(tick)
    },
  }
}
