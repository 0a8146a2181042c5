import {writeFileSync} from 'node:fs'
import {runLive} from '../../../src/ui/live.ts'
import type {AnySource} from '../../../src/ui/sources.ts'
import {hostileScene, hostileTexts} from '../../ui/scene/hostile.ts'
import {steps} from '../../ui/scene/readings.ts'
import {scenarios} from '../../ui/scene/screens.ts'
import {nowAt, sceneSources, shownNow} from '../../ui/scene/sources.ts'

/*
 * The dashboard on this terminal with the systems of the scene: `scene-program.ts SCENARIO [FAULT]`. All sources go
 * through their steps together and then stand still, so that the screen is the stored one.
 */

const [name = 'overview', fault] = process.argv.slice(2)
const scenario = scenarios.find(each => each.name === name)!
const {lost = {}, danger = false} = scenario
const hostile = process.env['SCENE_HOSTILE']
const change = hostile === undefined ? scenario.change : hostileScene(hostileTexts[hostile]!, 'named')
let step = 0
let isSettled = false
let isBroken = false
const usual = sceneSources(() => step, {danger})
const scene = change?.(usual) ?? usual
const polled = scene.list.filter(({onDemand}) => !onDemand).length
const waiting: (() => void)[] = []

/** Between two readings: until every source has had its own. Shorter pauses are no concern of the scene. */
function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), {once: true})
    if (ms < 1_000) return void setTimeout(resolve, ms)
    waiting.push(resolve)
    if (waiting.length < polled || isSettled) return
    if (step === steps - 1) isSettled = true
    else {
      step += 1
      for (const go of waiting.splice(0)) go()
    }
  })
}

const list = scene.list.map((source): AnySource => ({
  ...source,
  read: async () => {
    const error = step === steps - 1 ? lost[source.name] : undefined
    if (error !== undefined) throw new Error(error)
    if (isBroken && fault === 'source') throw new Error('the source is broken')
    return source.at(step)
  },
} as AnySource))

const facts = {
  ...scene.facts,
  get version(): string {
    if (isBroken && fault === 'render') throw new Error('the frame is broken')
    return scene.facts.version
  },
}

process.on('SIGUSR2', () => {
  isBroken = true
  writeFileSync(process.env['SCENE_SAYS']!, 'broken')
  if (fault === 'elsewhere') throw new Error('something else is broken')
})

const stop = new AbortController()
await runLive({
  sources: {
    ...scene, list, facts,
    contexts: () => {
      if (isBroken && fault === 'key') throw new Error('the key is broken')
      return scene.contexts()
    },
  },
  stdout: process.stdout, stdin: process.stdin, now: () => (isSettled ? shownNow : nowAt(step)), sleep,
  colour: process.env['SCENE_COLOUR'] === '1', unicode: process.env['SCENE_ASCII'] !== '1', signal: stop.signal,
}).catch((error: Error) => {
  console.error(`ended by: ${error.message}`)
  process.exitCode = 1
})
