import {join} from 'node:path'
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {expect, test} from 'vitest'
import {ControlTableClient} from '../../src/clients/control-table/client.ts'
import {localStore} from '../../src/clients/control-table/local-store.ts'
import {ConflictError} from '../../src/clients/net/errors.ts'
import {startEngine, type Engine} from '../peers/scouter/engine.ts'

/** Where a race is run, and how often. */
export interface RaceWorld {
  rounds: number
  /** A fresh storage place with a table made by the engine. */
  open(): Promise<{
    uri: string
    env: Record<string, string>
    client(): Promise<ControlTableClient>
    remove(): Promise<void>
  }>
}

export const author = {tool: 'opsdeck/test', operator: 'racer', reason: undefined}
const signal = new AbortController().signal

export function localWorld(rounds: number): RaceWorld {
  return {
    rounds,
    async open() {
      const uri = await mkdtemp(join(tmpdir(), 'opsdeck-race-'))
      const store = () => localStore(join(uri, '_scouter_control'))
      return {
        uri, env: {}, client: async () => new ControlTableClient({store: store(), author, fence: true, lookAgainMs: 0}),
        remove: () => rm(uri, {recursive: true, force: true}),
      }
    },
  }
}

/** True when we won, false when somebody else holds it; other errors are errors. */
export async function tryClaim(tasks: ControlTableClient, task: string, holder = 'ours'): Promise<boolean> {
  try {
    const change = await tasks.planClaim(task, {holder})
    const outcome = await change.apply(signal)
    if (outcome.state === 'done') return true
    throw outcome.error
  } catch (error) {
    if (error instanceof ConflictError) return false
    throw error
  }
}

export async function releaseOurs(tasks: ControlTableClient, task: string, intervalMs = 0): Promise<void> {
  const change = await tasks.planRelease(task, {claim: {podId: 'ours'}, intervalMs})
  const outcome = await change.apply(signal)
  if (outcome.state !== 'done') throw outcome.error
}

const wait = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

/** Spread of our start around the engine's: before it, inside its claim, inside the gap of its two commits. */
const offsetMs = (round: number) => [0, 5, 15, 30, 45, 60, 75, 90][round % 8]!

interface Counts {
  ours: number
  engine: number
  both: number
  none: number
}

function count(counts: Counts, ours: boolean, engine: boolean): void {
  if (ours && engine) counts.both += 1
  else if (ours) counts.ours += 1
  else if (engine) counts.engine += 1
  else counts.none += 1
}

/** The race cases against the real engine, in one world. */
export function declareRaces(world: RaceWorld): void {
  const inWorld = (name: string, work: (engine: Engine, tasks: ControlTableClient, uri: string) => Promise<void>) =>
    test(name, async () => {
      const place = await world.open()
      const engine = await startEngine(place.uri, 'engine-pod', place.env)
      const tasks = await place.client()
      try {
        await work(engine, tasks, place.uri)
      } finally {
        tasks.close()
        await engine.stop()
        await place.remove()
      }
    })

  inWorld('an idle row has one winner', async (engine, tasks) => {
    await engine.claim('x')
    await engine.release('x')
    const counts = {ours: 0, engine: 0, both: 0, none: 0}
    for (let round = 0; round < world.rounds; round += 1) {
      const theirs = engine.claim('x')
      if (round % 4 !== 3) await wait(offsetMs(round))
      const ours = await tryClaim(tasks, 'x')
      const won = await theirs
      count(counts, ours, won)
      if (ours) await releaseOurs(tasks, 'x')
      else expect((await engine.release('x')).error).toBeUndefined()
      expect((await tasks.get('x'))?.rows).toBe(1)
    }
    console.log(`idle row: ${JSON.stringify(counts)}`)
    expect(counts).toMatchObject({both: 0, none: 0})
  })

  inWorld('an absent row has one winner behind the fence', async (engine, tasks) => {
    await tryClaim(tasks, 'make_fence')
    await engine.send('is-due x')
    const counts = {ours: 0, engine: 0, both: 0, none: 0}
    for (let round = 0; round < world.rounds; round += 1) {
      const task = `t${round}`
      const theirs = engine.claim(task)
      await wait(offsetMs(round) / 2)
      const ours = await tryClaim(tasks, task)
      count(counts, ours, await theirs)
      expect((await tasks.get(task))?.rows).toBe(1)
    }
    console.log(`absent row: ${JSON.stringify(counts)}`)
    expect(counts).toMatchObject({both: 0, none: 0})
  })

  inWorld('a claim in the gap of a release comes after it, and loses nothing', async (engine, tasks) => {
    let inGap = 0
    for (let round = 0; round < world.rounds; round += 1) {
      expect(await engine.claim('x')).toBe(true)
      const theirs = engine.release('x')
      let ours = false
      for (let tries = 0; !ours && tries < 5_000; tries += 1) {
        await wait(1)
        const snapshot = await tasks.table.current()
        if (snapshot.gaps.has('x')) inGap += 1
        ours = await tryClaim(tasks, 'x')
      }
      expect(ours).toBe(true)
      expect((await theirs).released).toBe(true)
      expect(await tasks.get('x')).toMatchObject({holder: 'ours', state: 'processing', rows: 1})
      await releaseOurs(tasks, 'x')
    }
    console.log(`claims that met the gap: ${inGap} of ${world.rounds}`)
  })

  inWorld('updates of one task never lose the other', async (engine, tasks) => {
    await engine.claim('theirs')
    await tryClaim(tasks, 'mine')
    for (let round = 0; round < world.rounds; round += 1) {
      const theirs = round % 2 === 0 ? engine.release('theirs') : engine.claim('theirs')
      await wait(offsetMs(round) / 2)
      if (round % 2 === 0) await releaseOurs(tasks, 'mine')
      else expect(await tryClaim(tasks, 'mine')).toBe(true)
      await theirs
      const {tasks: found} = await tasks.list()
      expect(found.filter(each => each.state !== 'fence').map(each => each.task)).toEqual(['mine', 'theirs'])
    }
  })
}
