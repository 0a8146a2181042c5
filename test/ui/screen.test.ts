import {afterEach, beforeEach, expect, it, vi} from 'vitest'
import {createScreen, type Screen} from '../../src/ui/screen.ts'
import {createStore} from '../../src/ui/store.ts'
import {theme} from '../../src/ui/theme.ts'
import {firstUi, type State} from '../../src/ui/ui-state.ts'
import {emptyWorld} from '../../src/ui/world.ts'
import {fakeSources} from './fake-sources.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

interface Shown {
  screen: Screen
  writes: string[]
  /** A reading that changes the header. */
  reading(): void
}

function shown(isWaiting: () => boolean, now = () => ({ms: 0, monotonicMs: 0})): Shown {
  const {facts, list} = fakeSources({list: []})
  const store = createStore<State>({world: emptyWorld(facts, list), ui: firstUi})
  const writes: string[] = []
  const screen = createScreen({
    store, now, size: () => ({columns: 80, rows: 24}), theme: theme(false, true),
    isWaiting, write: text => writes.push(text), broken: error => expect.fail(String(error)),
  })
  screen.draw()
  let readings = 0
  const reading = () => store.update(state => {
    const context = `reading-${(readings += 1)}`
    return {...state, world: {...state.world, facts: {...state.world.facts, context}}}
  })
  return {screen, writes, reading}
}

it('draws many readings once, the newest', () => {
  const {screen, writes, reading} = shown(() => false)
  for (let at = 0; at < 5; at += 1) reading()
  vi.advanceTimersByTime(100)
  expect(writes).toHaveLength(2)
  expect(writes[1]).toContain('reading-5')
  screen.stop()
})

it('draws the first readings sooner, the last of them as well', () => {
  let isWaiting = true
  const {screen, writes, reading} = shown(() => isWaiting)
  reading()
  vi.advanceTimersByTime(20)
  isWaiting = false
  reading()
  vi.advanceTimersByTime(20)
  expect(writes).toHaveLength(3)
  reading()
  vi.advanceTimersByTime(20)
  expect(writes).toHaveLength(3)
  screen.stop()
})

it('draws a key at once, and what waited with it', () => {
  const {screen, writes, reading} = shown(() => false)
  reading()
  screen.draw()
  expect(writes[1]).toContain('reading-1')
  vi.advanceTimersByTime(100)
  expect(writes).toHaveLength(2)
  screen.stop()
})

it('writes every line again when it must, and nothing after its end', () => {
  const {screen, writes, reading} = shown(() => false)
  screen.redraw()
  expect(writes[1]).toBe(writes[0])
  screen.stop()
  reading()
  vi.advanceTimersByTime(2_000)
  expect(writes).toHaveLength(2)
})

it('lets clocks and ages go on without any reading', () => {
  const startedMs = Date.now()
  const {screen, writes} = shown(() => false, () => ({ms: Date.now() - startedMs, monotonicMs: Date.now() - startedMs}))
  vi.advanceTimersByTime(3_000)
  expect(writes).toHaveLength(4)
  expect(writes[3]).toContain('00:00:03Z')
  screen.stop()
})
