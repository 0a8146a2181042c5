import {fit} from './line.ts'
import type {Now} from './model.ts'
import {startPolling} from './polling.ts'
import {resources} from './resources.ts'
import type {Sources} from './sources.ts'
import {createStore} from './store.ts'
import {timeOfDay} from './panels/signals.ts'
import {emptyWorld} from './world.ts'

export interface SpokenOptions {
  sources: Sources
  write(text: string): Promise<void>
  now(): Now
  sleep(ms: number, signal: AbortSignal): Promise<void>
  unicode: boolean
  signal: AbortSignal
}

const lookMs = 250
const longestLine = 400

/** For screen readers and terminals that cannot move the cursor: what is watched, then one line for each event. */
export async function runSpoken({sources, write, now, sleep, unicode, signal}: SpokenOptions): Promise<void> {
  const store = createStore(emptyWorld(sources.facts, sources.list))
  const list = sources.list.filter(({onDemand}) => !onDemand)
  const where = sources.facts.context ? ` of context ${sources.facts.context}` : ''
  await write(`watching ${list.map(({name}) => name).join(', ')}${where}; Ctrl-C ends it\n`)
  startPolling(list, {update: store.update, now, sleep, wanted: () => false, paused: () => false}, signal)
  const told = new Set<string>()
  let lastId = 0
  while (!signal.aborted) {
    const {events, sources: known} = store.get()
    for (const {name} of list) {
      const data = known[name]?.data
      if (!data || told.has(name)) continue
      told.add(name)
      await write(`${name}: ${data.items.length} read, ${faults(name, data.items)} with faults\n`)
    }
    for (const event of events.filter(({id}) => id > lastId)) {
      await write(`${timeOfDay(event.atMs)} ${event.kind}: ${fit(event.text, longestLine, unicode)}\n`)
      lastId = event.id
    }
    await sleep(lookMs, signal).catch(() => undefined)
  }
}

function faults(name: string, items: readonly unknown[]): number {
  const resource = resources.find(each => each.source === name)
  return resource ? items.filter(item => resource.fault(item)).length : 0
}
