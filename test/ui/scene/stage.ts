import {createControls, press} from '../../../src/ui/controller.ts'
import {frame} from '../../../src/ui/frame.ts'
import type {Size} from '../../../src/ui/layout.ts'
import {createSession} from '../../../src/ui/session.ts'
import {createStore, type Store} from '../../../src/ui/store.ts'
import {theme} from '../../../src/ui/theme.ts'
import {firstUi, type State} from '../../../src/ui/ui-state.ts'
import {emptyWorld, failed, read, type World} from '../../../src/ui/world.ts'
import type {SourceName} from '../../../src/ui/model.ts'
import {steps} from './readings.ts'
import {nowAt, sceneSources, shownNow, type Scene} from './sources.ts'

export interface Look {
  colour?: boolean
  unicode?: boolean
}

/** The dashboard of the scene, without a terminal: keys in, frames out. */
export interface Stage {
  store: Store<State>
  keys(...pressed: string[]): Promise<void>
  frame(size: Size, look?: Look): string[]
}

export interface StageOptions {
  danger?: boolean
  readonly?: boolean
  /** Other systems than those of the scene. */
  change?: (scene: Scene) => Scene
  /** Sources that cannot be read at the end, and why. */
  lost?: Partial<Record<SourceName, string>>
}

export function openStage({change = scene => scene, lost = {}, ...facts}: StageOptions = {}): Stage {
  const sources = change(sceneSources(() => steps - 1, facts))
  let world: World = emptyWorld(sources.facts, sources.list)
  for (let step = 0; step < steps; step += 1) {
    for (const {name, onDemand, at} of sources.list) {
      if (onDemand && step < steps - 1) continue
      const error = step === steps - 1 ? lost[name] : undefined
      const now = onDemand ? shownNow : nowAt(step)
      world = error === undefined ? read(world, name, at(step) as never, now) : failed(world, name, error, now)
    }
  }
  const store = createStore<State>({world, ui: firstUi})
  const shared = {store, now: () => shownNow, signal: new AbortController().signal}
  const session = createSession(sources, {...shared, sleep: () => new Promise(() => undefined), wanted: () => false})
  const controls = createControls({
    ...shared, session, pageRows: () => 30, quit: () => undefined, copy: () => undefined,
  })
  return {
    store,
    async keys(...pressed) {
      for (const each of pressed) {
        press(controls, each)
        await new Promise(resolve => setImmediate(resolve))
      }
    },
    frame: (size, {colour = false, unicode = true} = {}) => frame(store.get(), shownNow, size, theme(colour, unicode)),
  }
}
