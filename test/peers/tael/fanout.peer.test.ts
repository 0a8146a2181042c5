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
/** Its spans lie on both shards. */
const split = seed.spans[0]!.trace_id
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
  fanoutClient(shards.map((node, n) => ({name: `s${n}`, client: client(node, timeoutMs)})), systemClock, each =>
    reports.push(each))

beforeAll(async () => {
  ;[single, ...shards] = (await Promise.all([startTael(), startTael(), startTael()])) as [TaelNode, ...TaelNode[]]
  const nowNs = BigInt(Date.now()) * 1_000_000n
  await sendOtlp(single.url, seed, {nowNs})
  // Even traces to one shard, odd ones to the other; one trace is split over both.
  const owner = (traceId: string) => Number.parseInt(traceId.slice(-1), 16) % 2
  const part = (index: number): Partial<Seed> => ({
    spans: seed.spans.filter((span, n) => (span.trace_id === split ? n % 2 : owner(span.trace_id)) === index),
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
  if (value && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).sort().map(([key, each]) => [key, sorted(each)]))
  }
  return typeof value === 'number' ? Number(value.toPrecision(9)) : value
}

const asks: [name: string, ask: (client: TaelClient) => Promise<{value: unknown}>][] = [
  ['spans', c => c.spans({limit: 1000})],
  ['spans of a service', c => c.spans({limit: 1000, service: 'payments', status: 'error'})],
  ['logs', c => c.logs({limit: 100})],
  ['metrics by name', c => c.metrics({limit: 100, name: 'http.server.requests'})],
  ['the newest value of a selector', c => c.promql('process.memory.usage', {lastSeconds: 3600})],
  ['a split trace', c => c.trace(split)],
  ['a split trace with its logs and the metrics of its first service', c => c.correlate(split)],
  ['a trace of one shard with its logs and metrics', c => c.correlate('35f76ceff3c810b2049457e1371ebd87')],
  ['calls between services', c => c.topology({lastSeconds: 3600, limit: 50_000})],
  ...[
    'http.server.requests{code="200"}', 'sum(http.server.requests) by (service)', 'avg(process.memory.usage)',
    'max by (service) (process.memory.usage)',
    'count(process.memory.usage) > 1', 'min(process.memory.usage) > 100000000000', 'process.memory.usage >= 0',
    'sum(count(process.memory.usage) by (host))',
  ].map((query): (typeof asks)[number] => [`PromQL ${query}`, c => c.promql(query, {lastSeconds: 7200})]),
]

test.each(asks)('two shards answer as one node does, and nothing is an estimate: %s', async (_name, ask) => {
  reports.length = 0
  expect(sorted((await ask(fanout())).value)).toEqual(sorted((await ask(client(single))).value))
  expect(reports).toEqual([])
})

/** The value without the members that were told to be estimates: they are as they please. */
const without = (value: unknown, estimates: Record<string, (value: never) => unknown>): unknown =>
  Object.values(estimates).reduce((rest, drop) => drop(rest as never), structuredClone(value))
const figures = ['p50_ms', 'p95_ms', 'p99_ms']

const estimated: [
  name: string, ask: (client: TaelClient) => Promise<{value: unknown}>,
  estimates: Record<string, (value: never) => unknown>,
][] = [
  ['what got worse', c => c.anomalies({lastSeconds: 3_600, baselineSeconds: 21_600}), {
    'anomalies.p95_latency': (value: {items: {kind: string}[]}) =>
      ({...value, items: value.items.filter(each => each.kind !== 'p95_latency')}),
  }],
  ['two windows', c => c.diff({lastSeconds: 3_600, baselineSeconds: 21_600}), Object.fromEntries(figures.map(figure =>
    [
      figure,
      (value: {items: {metric: string}[]}) => ({...value, items: value.items.filter(each => each.metric !== figure)}),
    ]))],
  ['services', c => c.services(), {trace_count: (rows: {traces: number}[]) => rows.map(({traces: _, ...row}) => row)}],
  ['a quantile whose points are on both', c =>
    c.promql('histogram_quantile(0.95, http.server.request.duration)', {lastSeconds: 7_200}), {
    'series.value': (rows: {value: number}[]) => rows.map(({value: _, ...row}) => row),
  }],
]

test.each(estimated)('what is not marked as an estimate is as on one node: %s', async (_name, ask, estimates) => {
  reports.length = 0
  const [ours, theirs] = [(await ask(fanout())).value, (await ask(client(single))).value]
  expect(sorted(without(ours, estimates))).toEqual(sorted(without(theirs, estimates)))
  expect(reports).toEqual([{estimates: Object.keys(estimates)}])
})

test('the document of two windows is merged whole, totals too', async () => {
  const ask = async (from: TaelClient) => (await from.diff({lastSeconds: 3_600})).document as Record<string, unknown>
  const [ours, theirs] = [await ask(fanout()), await ask(client(single))]
  expect(Object.keys(ours).sort()).toEqual(Object.keys(theirs).sort())
  expect(ours['totals']).toEqual(theirs['totals'])
})

test('a summary adds up exactly what can be added', async () => {
  reports.length = 0
  const window = {lastSeconds: 86_400}
  const [ours, theirs] = [(await fanout().summary(window)).value, (await client(single).summary(window)).value]
  expect(ours.traces.spans).toBe(theirs.traces.spans)
  expect(ours.traces.errors).toBe(theirs.traces.errors)
  expect(ours.traces.avgMs).toBeCloseTo(theirs.traces.avgMs!, 6)
  expect(ours.traces.maxMs).toBe(theirs.traces.maxMs)
  expect(ours.logs).toEqual(theirs.logs)
  // Each server adds points of its own engine.
  expect(ours.metrics.points).toBeGreaterThanOrEqual(theirs.metrics.points)
  expect(sorted(ours.topErrorOperations)).toEqual(sorted(theirs.topErrorOperations))
  const rates = ({topServices}: typeof ours) =>
    sorted(topServices.map(({service, spans, errorRate}) => ({service, spans, errorRate})))
  expect(rates(ours)).toEqual(rates(theirs))
  expect(reports.flatMap(each => each.estimates ?? [])).toEqual([
    'traces.trace_count', 'traces.p50_ms', 'traces.p95_ms', 'traces.p99_ms', 'top_services.p95_ms',
    'metrics.unique_names',
  ])
})

test('a frozen shard costs its time limit and is reported; the others answer', async () => {
  reports.length = 0
  shards[1]!.freeze()
  try {
    const startedAt = performance.now()
    const {value} = await fanout(400).spans({limit: 1000})
    const tookMs = performance.now() - startedAt
    expect(value.length).toBeGreaterThan(0)
    expect(reports).toEqual([
      {failed: [expect.objectContaining({shard: 's1', code: 'TIMEOUT', endpoint: shards[1]!.url})]},
    ])
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
