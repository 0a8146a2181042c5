import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import {afterAll, afterEach, beforeAll, describe, expect, it} from 'vitest'
import {aGauge, aLog, aSpan, getJson, listen, restart, until, type Heard, type LiveTarget} from './tael-node.ts'

/** What the live feeds and the alerts of any tael do, the real one and the sandbox's. */
export function taelLiveContract(name: string, start: () => Promise<LiveTarget>): void {
  describe(`tael live contract: ${name}`, () => {
    let target: LiveTarget
    const heard: Heard[] = []
    beforeAll(async () => {
      target = await start()
    })
    afterEach(() => heard.splice(0).forEach(each => each.stop()))
    afterAll(() => target?.close())

    const follow = async (path: string) => {
      const stream = await listen(target.node.url + path)
      heard.push(stream)
      return stream
    }
    const first = async (stream: Heard) => {
      await until(() => stream.messages.length > 0)
      return JSON.parse(stream.messages[0]!) as Record<string, unknown>[]
    }
    const operations = (stream: Heard) =>
      stream.messages.flatMap(each => (JSON.parse(each) as {operation: string}[]).map(span => span.operation))
    const ask = (path: string) => getJson(target.node.url + path)

    describe('the live feed of spans', () => {
      it('answers with an event stream at once', async () => {
        const {status, headers} = await follow('/api/v1/traces/live')
        expect([status, headers.get('content-type'), headers.get('cache-control'), headers.get('content-length')])
          .toEqual([200, 'text/event-stream', 'no-cache', null])
      })
      it('sends each batch as one array, as the query gives the spans, keys in the order of the record', async () => {
        const stream = await follow('/api/v1/traces/live')
        const span = aSpan('one')
        const child = aSpan('two', {
          trace_id: span.trace_id, parent_span_id: span.span_id, status: 'error',
          events: [{name: 'retry', offset_ms: 1, attributes: {attempt: '1'}}],
        })
        await target.node.ingest({spans: [span, child]})
        const batch = await first(stream)
        const {spans} = await ask(`/api/v1/traces/${span.trace_id}`) as {spans: Record<string, unknown>[]}
        const byId = (all: Record<string, unknown>[]) =>
          all.toSorted((a, b) => String(a['span_id']).localeCompare(String(b['span_id'])))
        expect(byId(batch)).toEqual(byId(spans))
        expect(Object.keys(batch[0]!)).toEqual([
          'trace_id', 'span_id', 'parent_span_id', 'service', 'operation', 'start_time', 'end_time', 'duration_ms',
          'status', 'attributes', 'events', 'kind',
        ])
        expect([stream.messages.length, stream.other]).toEqual([1, []])
      })
      it('has no history', async () => {
        await target.node.ingest({spans: [aSpan('before')]})
        const stream = await follow('/api/v1/traces/live')
        await target.node.ingest({spans: [aSpan('after')]})
        await first(stream)
        expect(operations(stream)).toEqual(['after'])
      })
      it.each([
        ['service', '?service=checkout', ['b']], ['status', '?status=error', ['c']],
        ['both', '?service=payments&status=error', ['c']],
        ['a part of a name', '?service=check', []], ['a status in capitals', '?status=ERROR', []],
      ])('filters by %s, exactly, and leaves out batches without a match', async (_, query, expected) => {
        const [filtered, all] = [await follow(`/api/v1/traces/live${query}`), await follow('/api/v1/traces/live')]
        await target.node.ingest({spans: [aSpan('a')]})
        const others = [aSpan('b', {service: 'checkout'}), aSpan('c', {status: 'error'})]
        await target.node.ingest({spans: [aSpan('a'), ...others]})
        await until(() => all.messages.length === 2)
        await until(() => operations(filtered).length === expected.length)
        expect(operations(filtered)).toEqual(expected)
        if (expected.length === 0) return
        const keys = Object.keys((await first(filtered))[0]!)
        expect(keys).toEqual(keys.toSorted())
      })
      it('sends an empty batch as [] unless it filters', async () => {
        const all = await follow('/api/v1/traces/live')
        const filtered = await follow('/api/v1/traces/live?service=payments')
        await target.node.ingest({spans: []})
        await target.node.ingest({spans: [aSpan('x')]})
        await until(() => all.messages.length === 2 && filtered.messages.length === 1)
        expect(all.messages[0]).toBe('[]')
      })
      it('refuses a filter that is given twice', async () => {
        const {status, headers} = await follow('/api/v1/traces/live?service=a&service=b')
        expect([status, headers.get('content-type')]).toEqual([400, 'text/plain; charset=utf-8'])
      })
      it('says that it lives after 15 s of silence', async () => {
        const stream = await follow('/api/v1/traces/live')
        await until(() => stream.comments.length > 0, target.pace)
        expect([stream.comments[0], stream.messages]).toEqual([':', []])
      })
    })

    describe('the live feed of logs', () => {
      it('sends a batch as the query gives it', async () => {
        const stream = await follow('/api/v1/logs/live')
        const body = `log ${Date.now()}`
        await target.node.ingest({logs: [aLog(body)]})
        const batch = await first(stream)
        const {logs} = await ask(`/api/v1/logs?body_contains=${encodeURIComponent(body)}`)
        expect(batch).toEqual(logs)
        expect(Object.keys(batch[0]!)).toEqual([
          'timestamp', 'observed_timestamp', 'trace_id', 'span_id', 'severity', 'severity_text', 'body', 'service',
          'attributes',
        ])
      })
      it('filters by service and severity', async () => {
        const stream = await follow('/api/v1/logs/live?severity=error&service=payments')
        const errors = [aLog('b', {severity: 'error'}), aLog('c', {severity: 'error', service: 'checkout'})]
        await target.node.ingest({logs: [aLog('a'), ...errors]})
        expect((await first(stream)).map(log => log['body'])).toEqual(['b'])
      })
    })

    it('there is no feed of metrics', async () => {
      expect((await fetch(`${target.node.url}/api/v1/metrics/live`)).status).toBe(404)
    })

    describe('alerts', () => {
      const post = (rule: object) => fetch(`${target.node.url}/api/v1/alerts`, {
        method: 'POST', headers: {'content-type': 'application/json'}, body: JSON.stringify(rule),
      })
      const stateOf = async (rule: string) => {
        const {alerts} = await ask('/api/v1/alerts') as {alerts: {name: string; state: string}[]}
        return alerts.find(alert => alert.name === rule)?.state
      }
      const remove = (rule: string) =>
        fetch(`${target.node.url}/api/v1/alerts/${encodeURIComponent(rule)}`, {method: 'DELETE'})

      it('are created with defaults, listed, refused twice and with a bad query, and deleted once', async () => {
        const created = await post({name: 'a b', query: 'up > 1'})
        expect([created.status, await created.json()]).toEqual([201, {created: 'a b', query: 'up > 1'}])
        expect((await ask('/api/v1/alerts'))['alerts']).toEqual([{
          name: 'a b', query: 'up > 1', for_seconds: 0, window_seconds: 300, sinks: [], description: null, state: 'ok',
          created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        }])
        const twice = await post({name: 'a b', query: 'down > 1'})
        expect([twice.status, await twice.json()]).toEqual([400, {error: 'an alert named `a b` already exists'}])
        const bad = await post({name: 'x', query: '((('})
        expect([bad.status, await bad.json()]).toEqual([400, {error: 'alert `x` has an invalid query'}])
        expect((await post({name: 'x'})).status).toBe(422)
        expect(await (await remove('a b')).json()).toEqual({deleted: 'a b'})
        const gone = await remove('a b')
        expect([gone.status, await gone.json()]).toEqual([404, {error: 'no alert named `a b`'}])
      })

      it('fire and end, to feed, list and webhook; a new process forgets them and looks at once', async () => {
        const hook = await webhook()
        const metric = `depth.${Date.now()}`
        const high = {name: 'deep', sinks: [{kind: 'webhook', url: hook.url}], description: 'queue'}
        const stream = await follow('/api/v1/alerts/live')
        const failing = aSpan('failing', {status: 'error', service: 'derived'})
        await target.node.ingest({metrics: [aGauge(metric, 9)], spans: [failing]})
        await post({...high, query: `${metric} > 5`, for_seconds: 0})
        await post({name: 'patient', query: `${metric} > 5`, for_seconds: 3_600})
        await post({name: 'derived', query: 'tael:span_error_rate{service="derived"} > 0.5'})
        // A pass may come between the rules, so each is waited for.
        const states = () => Promise.all(['deep', 'patient', 'derived'].map(stateOf))
        await until(async () => (await states()).join() === 'firing,pending,firing', target.pace)
        const fired = {
          rule: 'deep', state: 'firing', previous_state: 'ok', at: expect.stringMatching(/Z$/), query: `${metric} > 5`,
          description: 'queue',
          matched: [{metric, labels: {queue: 'main', service: 'payments'}, value: 9}],
        }
        await until(() => stream.messages.length === 2 && hook.received.length === 1, target.pace)
        const event = (rule: string) => stream.messages.map(each => JSON.parse(each)).find(each => each.rule === rule)
        expect(event('deep')).toEqual(fired)
        expect(hook.received).toEqual([fired])
        const labels = {service: 'derived', window_seconds: '300'}
        expect(event('derived').matched).toEqual([{metric: 'tael:span_error_rate', labels, value: 1}])
        expect('description' in event('derived')).toBe(false)

        await target.node.ingest({metrics: [aGauge(metric, 1)]})
        await until(async () => (await stateOf('deep')) === 'ok', target.pace)
        const {events, count} = await ask('/api/v1/alerts/events?limit=1')
        expect([count, events]).toEqual([1, [{...fired, state: 'ok', previous_state: 'firing', matched: []}]])

        await restart(target.node)
        const eventsNow = async () => (await ask('/api/v1/alerts/events'))['events'] as unknown[]
        await until(async () => (await eventsNow()).length > 0, target.pace)
        expect([(await ask('/api/v1/alerts'))['count'], await eventsNow()])
          .toEqual([3, [expect.objectContaining({rule: 'derived', state: 'firing', previous_state: 'ok'})]])
        for (const rule of ['deep', 'patient', 'derived']) await remove(rule)
        await hook.close()
      })
    })

    it('the ingest status counts what came in since the process started', async () => {
      const counted = async () => {
        const {pipelines} = await ask('/api/v1/ingest/status') as {
          pipelines: {pipeline: string; batches: number; records: number; last_accepted_at: string | null}[]
        }
        return Object.fromEntries(pipelines.map(each => (
          [each.pipeline, [each.batches, each.records, typeof each.last_accepted_at]])))
      }
      await restart(target.node)
      const none = [0, 0, 'object']
      expect(await counted()).toMatchObject({otlp_spans: none, otlp_logs: none, datadog: none})
      await target.node.ingest({spans: [aSpan('a'), aSpan('b')], logs: [aLog('c')]})
      expect(await counted()).toMatchObject({otlp_spans: [1, 2, 'string'], otlp_logs: [1, 1, 'string']})
    })
  })
}

/** Takes the events that a rule posts. */
async function webhook(): Promise<{url: string; received: unknown[]; close(): Promise<void>}> {
  const received: unknown[] = []
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    received.push(JSON.parse(Buffer.concat(parts).toString()))
    response.end()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    received,
    close: async () => {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
