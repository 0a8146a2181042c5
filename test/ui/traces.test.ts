import {describe, expect, it} from 'vitest'
import type {Log} from '../../src/ui/model.ts'
import {snapshotData} from '../../src/ui/snapshot.ts'
import {read} from '../../src/ui/world.ts'
import {emptyWorld} from '../../src/ui/world.ts'
import {taelRecords} from './scene/tael.ts'
import {fakeSources} from './fake-sources.ts'
import {now, trial} from './trial.ts'

const tael = taelRecords(now().ms)
const {traceId} = tael.traces[0]!
const log = (body: string): Log => ({...tael.logs[0]!, body, traceId})

async function atTraces(over: Parameters<typeof trial>[0] = {}) {
  const world = trial({trace: tael.waterfall, ...over})
  world.update(was => read({...was, sources: {traces: {intervalMs: 1_000}}}, 'traces', {items: tael.traces, missing: [], within: 'last 15m'}, now()))
  await world.keys('1')
  return world
}

describe('traces', () => {
  it('say of how much they are', async () => {
    const {text} = await atTraces()
    expect(text()).toMatch(new RegExp(`TRACES  ${tael.traces.length}  last 15m`))
  })

  it('lead to their own logs, however old, from the list and from the picture', async () => {
    const asked: string[] = []
    const traceLogs = async (id: string) => (asked.push(id), {items: [log('found it')], missing: ['s1: refused'], within: 'newest 200'})
    const {keys, text} = await atTraces({traceLogs})
    await keys('l')
    expect(text({columns: 140, rows: 24})).toContain(`LOGS  1  of trace ${traceId}  newest 200  missing s1: refused`)
    expect(text()).toContain('found it')
    await keys('esc', 'enter', 'l')
    expect(asked).toEqual([traceId, traceId])
  })

  it('say which shards may hold more of them', async () => {
    const trace = async (id: string) => ({...await tael.waterfall(id), missing: ['s1: refused']})
    const {keys, text} = await atTraces({trace})
    await keys('enter')
    expect(text({columns: 140, rows: 24})).toMatch(/trace \w+  \d+ spans, \d+ errors  MISSING s1: refused/)
  })
})

it('the window of a reading is no part of the document', () => {
  const sources = fakeSources({list: [{name: 'errors', intervalMs: 1, read: () => Promise.reject(new Error())}]})
  const world = read(emptyWorld(sources.facts, sources.list), 'errors', {items: [], missing: [], within: 'last 15m'}, now())
  expect(snapshotData(world, 0)['errors']).toEqual({items: []})
})
