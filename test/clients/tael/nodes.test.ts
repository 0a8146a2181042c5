import {expect, it} from 'vitest'
import {systemClock} from '../../../src/clients/net/deadline.ts'
import {createNodeProbe, waveStartMs} from '../../../src/clients/tael/nodes.ts'

const nodes = Array.from({length: 33}, (_, at) => ({shard: `s${at}`, url: 'http://127.0.0.1:1'}))

async function probed(waveMs?: number): Promise<{waits: number[]; names: string[]}> {
  const waits: number[] = []
  const clock = {...systemClock, sleep: async (ms: number) => void waits.push(ms)}
  const probe = createNodeProbe(nodes, {timeoutMs: 5_000, connectTimeoutMs: 5_000, retries: 0, clock, waveMs})
  const names = (await probe.probe()).map(({shard}) => shard)
  await probe.close()
  return {waits, names}
}

it('asks all nodes at once', async () => expect((await probed()).waits).toEqual([]))

it('asks them in waves of 16 when told to, and lists them as they were given', async () => {
  const {waits, names} = await probed(40)
  expect(waits).toEqual([...Array<number>(16).fill(40), 80])
  expect(names).toEqual(nodes.map(({shard}) => shard))
})

it.each([
  ['the first wave', 15, 128, 40, 0], ['the second', 16, 128, 40, 40], ['the last of many', 127, 128, 40, 280],
  ['the last of very many', 1_599, 1_600, 40, 396], ['no waves', 127, 128, 0, 0],
])('%s', (_, at, count, waveMs, startMs) => expect(waveStartMs(at, count, waveMs)).toBe(startMs))
