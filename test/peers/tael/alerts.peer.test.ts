import {afterAll, beforeAll, expect, test} from 'vitest'
import {createAlertsClient} from '../../../src/clients/tael/alerts.ts'
import {dispose, startTael, type TaelNode} from './start.ts'

let node: TaelNode
beforeAll(async () => {
  node = await startTael()
})
afterAll(() => dispose(node))

const alert = {name: 'a b/c', query: 'up > 1', forSeconds: 5, windowSeconds: undefined, sinks: [], description: undefined}
const signal = new AbortController().signal

test('a rule is created once, listed, refused twice, and deleted', async () => {
  const client = createAlertsClient({url: node.url, timeoutMs: 2_000, connectTimeoutMs: 1_000, retries: 0})
  expect(await client.planCreate(alert).apply(signal)).toEqual({state: 'done', result: {name: 'a b/c', query: 'up > 1'}})
  expect((await client.rules()).value).toMatchObject([{name: 'a b/c', query: 'up > 1', forSeconds: 5, windowSeconds: 300, state: 'ok'}])
  expect(await client.planCreate(alert).apply(signal)).toMatchObject({state: 'not-done', error: {exit: 3}})
  expect(await client.planCreate({...alert, name: 'x', query: '((('}).apply(signal)).toMatchObject({state: 'not-done', error: {exit: 3}})
  const deletion = await client.planDelete('a b/c')
  expect(deletion.before).toMatchObject({name: 'a b/c'})
  expect(await deletion.apply(signal)).toEqual({state: 'done', result: {name: 'a b/c'}})
  expect(await (await client.planDelete('a b/c')).apply(signal)).toMatchObject({state: 'not-done', error: {exit: 2}})
  expect((await client.rules()).value).toEqual([])
  await client.close()
})

test('planning writes nothing, and a command on the server is a destructive change with a warning', async () => {
  const client = createAlertsClient({url: node.url, timeoutMs: 2_000, connectTimeoutMs: 1_000, retries: 0})
  const change = client.planCreate({...alert, sinks: [{kind: 'exec', command: 'touch /nowhere'}]})
  expect([change.destructive, change.warnings.length]).toEqual([true, 1])
  expect((await client.rules()).value).toEqual([])
  await client.close()
})

test('a write whose answer never comes is unknown, never failed', async () => {
  const client = createAlertsClient({url: node.url, timeoutMs: 400, connectTimeoutMs: 1_000, retries: 0})
  await client.rules()
  node.freeze()
  const pending = client.planCreate({...alert, name: 'late'}).apply(signal)
  setTimeout(() => node.thaw(), 500)
  expect(await pending).toMatchObject({state: 'unknown', error: {exit: 4}})
  await client.close()
})
