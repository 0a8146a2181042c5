import {expect, test} from 'vitest'
import {proveApplied} from '../../../src/clients/directive/probe.ts'
import {parseTenantMetrics, readMetrics, readTape,
  type ProxyInstance} from '../../../src/clients/directive/proxy-api.ts'
import {openDirectives} from '../../../src/clients/directive/open.ts'
import {defaultPolicy} from '../../../src/clients/directive/validate.ts'
import {systemClock} from '../../../src/clients/net/deadline.ts'
import type {HttpAnswer} from '../../../src/clients/net/http.ts'
import {fixture} from './fixtures.ts'

/** An instance that answers from a table of paths. */
function scripted(answers: Record<string, Partial<HttpAnswer>>): ProxyInstance {
  return {
    name: 'http://proxy',
    http: {
      endpoint: 'http://proxy',
      request: async ({path}) => ({status: 200, headers: {}, contentType: 'application/json', text: '',
        ...answers[path]}),
      stream: () => Promise.reject(new Error('not used')),
      close: async () => {},
    },
  }
}

const refused = {status: 400, headers: {'x-request-id': 'req-8'},
  text: '{"error":"unsupported_endpoint","retryable":false}'}
const taped = (requestId: string, index: string) =>
  ({request_id: requestId, trace_id: 't', outcome: 'error', spans: {classify: {endpoint_kind: 'Unknown',
    index_logical: index}}})
const world = (tape: unknown[]) =>
  scripted({'/__probe-1/x': refused, '/__probe-0/x': refused, '/debug/breakglass': {text: JSON.stringify(tape)}})

test.each([
  ['the newest set', [taped('req-8', '__probe-1')], 'current'],
  ['the set before', [taped('req-8', '__probe-0')], 'previous'],
  ['neither', [taped('req-7', '__probe-1')], 'none'],
  ['the same id of another request', [taped('req-8', 'orders')], 'none'],
  ['a tape that may have lost it', Array.from({length: 256}, (_, at) => taped(`req-${at + 9}`, 'orders')), 'unknown'],
  ['a full tape that reaches back', Array.from({length: 256}, (_, at) => taped(`req-${at + 1}`, 'orders')), 'none'],
])('an instance applies %s', async (_, tape, applies) => {
  expect(await proveApplied(world(tape), {current: '__probe-1', previous: '__probe-0'})).toMatchObject({applies})
})

test('an empty set is proven by the probe before it that is not caught any more', async () => {
  expect(await proveApplied(world([]), {previous: '__probe-0'})).toMatchObject({applies: 'current'})
  expect(await proveApplied(world([taped('req-8', '__probe-0')]),
    {previous: '__probe-0'})).toMatchObject({applies: 'previous'})
  expect(await proveApplied(world([]), {})).toMatchObject({applies: 'unknown', error: {code: 'NO_PROBE'}})
})

test('what is no osproxy is not taken for one', async () => {
  const other = scripted({'/__probe-1/x': {status: 404, text: '<html>'}})
  expect(await proveApplied(other, {current: '__probe-1'})).toMatchObject({applies: 'unknown', error: {exit: 1}})
  const page = scripted({'/debug/breakglass': {text: '<html>'}})
  await expect(readTape(page)).rejects.toMatchObject({code: 'STRANGE_ANSWER'})
})

test('reads what the real proxy answered', async () => {
  const recorded = fixture<Record<string, unknown>>('answers.json')
  const instance = scripted({
    '/metrics': {text: JSON.stringify(recorded['metrics'])},
    '/debug/breakglass': {text: JSON.stringify(recorded['debug-breakglass'])},
  })
  expect(await readMetrics(instance)).toEqual({
    requestsTotal: 19, requestsOk: 14, requestsError: 5,
    pools: [{cluster: 'default', opened: 1, dispatched: 14, reused: 13}],
  })
  expect(await readTape(instance)).toMatchObject([
    {requestId: 'req-98', outcome: 'error', endpointKind: 'Unknown', index: 'orders'},
    {requestId: 'req-134', outcome: 'ok', endpointKind: 'GetById', index: 'orders'},
  ])
  expect(parseTenantMetrics(recorded['metrics-tenants'] as string)).toEqual([
    {tenant: 'acme', requestsTotal: 11, failuresTotal: 0, latencyNanosTotal: 13463345},
  ])
})

test('a tenant name with quotes and backslashes survives the Prometheus text', () => {
  const text = 'osproxy_tenant_requests_total{tenant="a\\"b\\\\c"} 3\n'
  expect(parseTenantMetrics(text)).toMatchObject([{tenant: 'a"b\\c', requestsTotal: 3}])
})

const setup = {
  instances: ['http://proxy.example:8080'], adminToken: 'secret-1', allowCleartext: false, recordFolder: '/nowhere',
  policy: defaultPolicy, by: 'x', timeoutMs: 1, connectTimeoutMs: 1, retries: 0, clock: systemClock,
    random: Math.random,
}

test('a token is not sent in the clear to another machine unless the context says so', async () => {
  await expect(openDirectives(setup)).rejects.toMatchObject({code: 'CLEARTEXT_TOKEN', exit: 12})
  for (const allowed of [{allowCleartext: true}, {instances: ['http://127.0.0.1:1']},
    {instances: ['https://proxy.example']}]) {
    await (await openDirectives({...setup, ...allowed})).close()
  }
  await expect(openDirectives({...setup, instances: []})).rejects.toMatchObject({code: 'NOT_CONFIGURED', exit: 3})
  const etcd = {endpoints: ['http://user:secret-2@etcd:2379'], key: 'k'}
  const failure = await openDirectives({...setup, instances: [], etcd}).catch((error: Error) => error)
  expect((failure as Error).message).toContain('is not an etcd endpoint')
  expect((failure as Error).message).not.toContain('secret-2')
})
