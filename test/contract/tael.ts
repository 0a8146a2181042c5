import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {createTaelClient, type TaelClient} from '../../src/clients/tael/client.ts'
import {listTraces} from '../../src/clients/tael/list-traces.ts'

/** A running tael that holds the seed scenario, ending at the moment of its start. */
export interface TaelTarget {
  url: string
  close(): Promise<void>
  /** A query tier over shards that hold the scenario between them. */
  isTier: boolean
}

const slow = '35f76ceff3c810b2049457e1371ebd87'
const nowhere = 'f'.repeat(32)

/** What any tael answers, the real one and the sandbox's: the same cases, the same figures. */
export function taelContract(name: string, start: () => Promise<TaelTarget>): void {
  describe(`tael contract: ${name}`, () => {
    let target: TaelTarget
    let tael: TaelClient
    beforeAll(async () => {
      target = await start()
      tael = createTaelClient({url: target.url, timeoutMs: 20_000, connectTimeoutMs: 2_000, retries: 0})
    })
    afterAll(async () => {
      await tael?.close()
      await target?.close()
    })

    const refused = (promise: Promise<unknown>) => expect(promise).rejects

    describe('spans', () => {
      it('come newest first, and the limit counts spans', async () => {
        const spans = (await tael.spans({limit: 50})).value
        expect(spans).toHaveLength(50)
        expect(spans.map(span => span.startTime)).toEqual(spans.map(span => span.startTime).sort().reverse())
        expect((await tael.spans({limit: 1_000})).value).toHaveLength(186)
      })
      it.each([
        ['service', {service: 'payments'}, 48],
        ['part of the operation, case-sensitive', {operation: 'checkout'}, 48],
        ['no such case', {operation: 'CHECKOUT'}, 0],
        ['status', {status: 'error' as const}, 18],
        ['duration', {minDurationMs: 900, maxDurationMs: 980}, 7],
        ['window', {lastSeconds: 3_600}, 114],
        ['nothing at all', {lastSeconds: 0}, 0],
        ['attribute equal', {attributes: ['deployment.version=v13']}, 12],
        ['attribute contains', {attributes: ['http.route~=heck']}, 36],
        ['attribute matches', {attributes: ['error.type=~^(timeout|card_.*)$']}, 4],
        ['two attributes are both needed', {attributes: ['deployment.version=v13', 'error.type=timeout']}, 2],
        ['full text', {text: 'declined', status: 'error' as const}, 8],
        ['full text with AND', {text: 'deadline AND nosuchword'}, 0],
      ])('filter by %s', async (_, filter, count) => {
        expect((await tael.spans({limit: 1_000, ...filter})).value).toHaveLength(count)
      })
      it('keep nanoseconds', async () => {
        const spans = (await tael.trace(slow)).value
        expect(spans[0]!.durationMs).toBe(989.25)
        // One of them may begin at a whole second, and is then written without a fraction.
        expect(spans.map(span => span.startTime)).toContainEqual(expect.stringMatching(/\.\d{3,9}Z$/))
      })
      it('refuse a bad regex and bad full text as the user\'s mistake', async () => {
        await refused(tael.spans({limit: 1, attributes: ['a=~(']})).toMatchObject({exit: 3})
        if (!target.isTier) await refused(tael.spans({limit: 1, text: 'a "b'})).toMatchObject({exit: 3})
      })
    })

    describe('traces', () => {
      it('hold all spans, by start', async () => {
        const spans = (await tael.trace(slow)).value
        expect(spans).toHaveLength(8)
        expect(spans.flatMap(span => span.events)).toHaveLength(3)
        expect(spans.filter(span => span.parentSpanId === null)).toHaveLength(1)
      })
      it('that are unknown are not found', async () => {
        await refused(tael.trace(nowhere)).toMatchObject({exit: 2})
        await refused(tael.correlate(nowhere)).toMatchObject({exit: 2})
      })
      it('are listed whole, however few of their spans match', async () => {
        const {traces, more} = await listTraces(tael, {filter: {status: 'error', service: 'payments'}, limit: 10})
        expect(more).toBe(false)
        expect(traces.map(trace => trace.spans)).toEqual(expect.arrayContaining([8]))
        expect(traces.every(trace => trace.complete && trace.errors > 0 && trace.services.length > 2)).toBe(true)
      })
      it('stop at the limit and say so', async () => {
        const {traces, more} = await listTraces(tael, {filter: {}, limit: 5})
        expect(traces).toHaveLength(5)
        expect(more).toBe(true)
      })
      it('of a language model carry its figures', async () => {
        const spans = (await tael.trace('d81ac64efb10707e1e73195c5bdc989f')).value
        expect(spans.find(span => span.llm)?.llm).toMatchObject({provider: 'examplelab', operation: 'chat'})
      })
    })

    describe('logs', () => {
      it.each([
        ['all', {}, 21], ['severity', {severity: 'error' as const}, 4], ['body', {bodyContains: 'retrying'}, 2],
        ['trace', {traceId: slow}, 3], ['service', {service: 'nobody'}, 0],
        ['attribute', {attributes: ['attempt=1']}, 2],
      ])('filter by %s', async (_, filter, count) => {
        expect((await tael.logs({limit: 100, ...filter})).value).toHaveLength(count)
      })
    })

    describe('metrics', () => {
      it('with a name come newest first', async () => {
        const points = (await tael.metrics({name: 'http.server.requests', limit: 3, lastSeconds: 7_200})).value
        expect(points.map(point => point.value)).toEqual([1000, 900, 800])
      })
      it('describe themselves', async () => {
        expect((await tael.metric('http.server.request.duration', {limit: 500})).value).toMatchObject({
          type: 'histogram', unit: 'ms', histogramQuantileAvailable: true, pointCount: 6,
        })
        await refused(tael.metric('no.such.metric', {limit: 500})).toMatchObject({exit: 2})
      })
      it.each([
        ['http.server.requests', 1, 1000],
        ['http.server.requests{code="200"}', 1, 1000],
        ['http.server.requests{code!="200"}', 0, undefined],
        ['sum(http.server.requests) by (service)', 1, 1000],
        ['sum by (service) (rate(http.server.requests{code=~"2.."}[1h]))', 1, 1 / 3],
        ['count(http.server.requests)', 1, 1],
        ['http.server.requests > 2000', 0, undefined],
        ['histogram_quantile(0.95, http.server.request.duration) by (service)', 1, 1000],
        ['histogram_quantile(0.5, http.server.request.duration)', 1, 85.714_285_7],
      ])('PromQL %s', async (query, count, value) => {
        const series = (await tael.promql(query, {lastSeconds: 3_600})).value
        expect(series).toHaveLength(count)
        if (value !== undefined) expect(Number(series[0]!.value)).toBeCloseTo(value, 5)
      })
      it.each([['a + b'], ['rate(a)'], ['sum('], ['']])('PromQL "%s" is the user\'s mistake', async query => {
        await refused(tael.promql(query, {})).toMatchObject({exit: 3})
      })
    })

    describe('reports', () => {
      it('count services', async () => {
        const services = (await tael.services()).value
        expect(services.find(service => service.name === 'payments')).toMatchObject({spans: 48, errorRate: 1 / 6})
      })
      it('sum up a window', async () => {
        const {traces, logs, topErrorOperations} = (await tael.summary({lastSeconds: 3_600})).value
        expect(traces).toMatchObject({spans: 114, errors: 18})
        expect(logs).toMatchObject({total: 21, error: 5, warn: 2})
        expect(topErrorOperations).toHaveLength(5)
      })
      it('count nothing in an empty window, and tell no latency', async () => {
        const {traces} = (await tael.summary({lastSeconds: 3_600, service: 'nobody'})).value
        expect(traces).toMatchObject({spans: 0, errors: 0, p95Ms: null})
      })
      it('find what got worse', async () => {
        const {items} = (await tael.anomalies({lastSeconds: 3_600, baselineSeconds: 21_600})).value
        expect(items.map(item => `${item.service} ${item.kind}`)).toEqual(
          expect.arrayContaining(['payments error_rate']),
        )
      })
      it('compare windows', async () => {
        const {value: {items}, document} = await tael.diff({lastSeconds: 3_600, baselineSeconds: 21_600})
        expect(items.find(item => item.metric === 'error_rate')?.ratio).toBeGreaterThan(1)
        // What several shards' answers are weighed by.
        expect(document).toMatchObject({totals: {
          current_span_count: 114, current_error_count: 18, baseline_span_count: 186, baseline_error_count: 18,
        }})
      })
      it('draw who calls whom', async () => {
        const {items} = (await tael.topology({lastSeconds: 3_600, limit: 50_000})).value
        expect(items.find(item => item.from === 'checkout' && item.to === 'payments')).toMatchObject({errors: 4})
      })
      it('join a trace with its logs', async () => {
        expect((await tael.correlate(slow)).value).toMatchObject({spans: 8, errors: 5, durationMs: 989.25})
      })
      it('say what came in', async () => {
        if (target.isTier) return
        expect((await tael.ingestStatus()).value.items.map(item => item.pipeline)).toContain('otlp_spans')
      })
    })

    describe('comments', () => {
      it('are added once, also to a trace that is not there', async () => {
        const id = `${nowhere.slice(0, 24)}${Date.now().toString(16).slice(-8)}`
        const change = tael.planComment({
          traceId: id, body: 'see the <status> page\n"now"', author: 'sre', spanId: '70a91b610e3d931a',
        })
        expect((await tael.comments(id)).value).toEqual([])
        expect(await change.apply(new AbortController().signal)).toMatchObject({state: 'done'})
        expect((await tael.comments(id)).value).toMatchObject([
          {author: 'sre', body: 'see the <status> page\n"now"', spanId: '70a91b610e3d931a'},
        ])
      })
    })

    describe('SQL', () => {
      it('is refused where there is no engine', async () => {
        await refused(tael.sql('SELECT 1')).toMatchObject({exit: 3})
      })
    })
  })
}
