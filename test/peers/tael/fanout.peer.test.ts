import {afterAll, beforeAll, expect, test} from 'vitest'
import {createTaelClient} from '../../../src/clients/tael/client.ts'
import {fanoutClient} from '../../../src/clients/tael/fanout.ts'
import type {FanoutReport} from '../../../src/clients/tael/fanout.ts'
import {systemClock} from '../../../src/clients/net/deadline.ts'
import type {TaelClient} from '../../../src/clients/tael/client.ts'
import {sendOtlp, type Seed} from './otlp.ts'
import {dispose, startTael, type TaelNode} from './start.ts'
import seedData from '../../../src/sandbox/tael/seed.json' with {type: 'json'}

const seed = seedData as unknown as Seed
let single: TaelNode
let shards: TaelNode[]
const reports: FanoutReport[] = []
const closing: TaelClient[] = []

const client = (node: TaelNode, timeoutMs = 5_000) => {
  const made = createTaelClient({url: node.url, timeoutMs, connectTimeoutMs: 1_000, retries: 0})
  closing.push(made)
  return made
}
const fanout = (timeoutMs = 5_000) =>
  fanoutClient(shards.map((node, n) => ({name: `s${n}`, client: client(node, timeoutMs)})), systemClock, each => reports.push(each))

beforeAll(async () => {
  ;[single, ...shards] = (await Promise.all([startTael(), startTael(), startTael()])) as [TaelNode, ...TaelNode[]]
  const nowNs = BigInt(Date.now()) * 1_000_000n
  await sendOtlp(single.url, seed, {nowNs})
  // Even traces to one shard, odd ones to the other; one trace is split over both.
  const owner = (traceId: string) => Number.parseInt(traceId.slice(-1), 16) % 2
  const part = (index: number): Partial<Seed> => ({
    spans: seed.spans.filter((span, n) => (span.trace_id === seed.spans[0]!.trace_id ? n % 2 : owner(span.trace_id)) === index),
    logs: seed.logs.filter((_, n) => n % 2 === index),
    metrics: seed.metrics.filter((_, n) => n % 2 === index),
  })
  for (const [index, node] of shards.entries()) await sendOtlp(node.url, part(index), {nowNs})
})
afterAll(async () => {
  await Promise.all(closing.map(each => each.close()))
  await dispose(single, ...(shards ?? []))
})

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  if (value && typeof value === 'object') return Object.fromEntries(Object.entries(value).sort().map(([key, each]) => [key, sorted(each)]))
  return typeof value === 'number' ? Number(value.toPrecision(9)) : value
}

const asks: [name: string, ask: (client: TaelClient) => Promise<{value: unknown}>][] = [
  ['spans', c => c.spans({limit: 1000})],
  ['spans of a service', c => c.spans({limit: 1000, service: 'payments', status: 'error'})],
  ['logs', c => c.logs({limit: 100})],
  ['metrics by name', c => c.metrics({limit: 100, name: 'http.server.requests'})],
  ['the newest value of a selector', c => c.promql('process.memory.usage', {lastSeconds: 3600})],
  ['a split trace', c => c.trace(seed.spans[0]!.trace_id)],
]

test.each(asks)('two shards answer as one node does: %s', async (_name, ask) => {
  expect(sorted((await ask(fanout())).value)).toEqual(sorted((await ask(client(single))).value))
})

test('services are the same but for traces that are split, which is told', async () => {
  reports.length = 0
  const plain = (rows: {traces: number}[]) => sorted(rows.map(({traces: _, ...row}) => row))
  expect(plain((await fanout().services()).value)).toEqual(plain((await client(single).services()).value))
  expect(reports).toEqual([{estimates: ['trace_count']}])
})

test('a summary adds up exactly what can be added', async () => {
  const window = {lastSeconds: 86_400}
  const [ours, theirs] = [(await fanout().summary(window)).value, (await client(single).summary(window)).value]
  expect(ours.traces.spans).toBe(theirs.traces.spans)
  expect(ours.traces.errors).toBe(theirs.traces.errors)
  expect(ours.traces.avgMs).toBeCloseTo(theirs.traces.avgMs, 6)
  expect(ours.traces.maxMs).toBe(theirs.traces.maxMs)
  expect(ours.logs).toEqual(theirs.logs)
})

test('a frozen shard costs its time limit and is reported; the others answer', async () => {
  reports.length = 0
  shards[1]!.freeze()
  try {
    const startedAt = performance.now()
    const {value} = await fanout(400).spans({limit: 1000})
    const tookMs = performance.now() - startedAt
    expect(value.length).toBeGreaterThan(0)
    expect(reports).toEqual([{failed: [expect.objectContaining({shard: 's1', code: 'TIMEOUT', endpoint: shards[1]!.url})]}])
    console.log(`frozen shard: limit 400 ms, took ${Math.round(tookMs)} ms`)
  } finally {
    shards[1]!.thaw()
  }
})

test('a bad query is refused as such, an unknown trace is not found, and SQL wants one shard', async () => {
  await expect(fanout().promql('sum((', {})).rejects.toMatchObject({exit: 3})
  await expect(fanout().trace('00000000000000000000000000000000')).rejects.toMatchObject({exit: 2})
  await expect(fanout().sql('SELECT 1')).rejects.toMatchObject({exit: 3})
})

test('an unknown trace while a shard is down is partial, and all down is unreachable', async () => {
  await shards[1]!.kill()
  await expect(fanout().trace('00000000000000000000000000000000')).rejects.toMatchObject({exit: 9, code: 'PARTIAL'})
  await shards[0]!.kill()
  await expect(fanout().services()).rejects.toMatchObject({exit: 4})
  await Promise.all(shards.map(shard => shard.restart()))
})
