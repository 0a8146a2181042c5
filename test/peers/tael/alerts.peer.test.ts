import {spawn} from 'node:child_process'
import {existsSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {createAlertsClient} from '../../../src/clients/tael/alerts.ts'
import {binPath, cleanEnv, runBin} from '../../helpers/cli.ts'
import {startFaultProxy} from '../../helpers/fault-proxy.ts'
import {sendOtlp, type SeedMetric} from './otlp.ts'
import {dispose, startTael, type TaelNode} from './start.ts'
import {until} from './wal-server.ts'

let node: TaelNode
beforeAll(async () => {
  node = await startTael()
})
afterAll(() => dispose(node))

const alert = {
  name: 'a b/c', query: 'up > 1', forSeconds: 5, windowSeconds: undefined, sinks: [], description: undefined,
}
const signal = new AbortController().signal

test('a rule is created once, listed, refused twice, and deleted', async () => {
  const client = createAlertsClient({url: node.url, timeoutMs: 2_000, connectTimeoutMs: 1_000, retries: 0})
  expect(await client.planCreate(alert).apply(signal)).toEqual({
    state: 'done', result: {name: 'a b/c', query: 'up > 1'},
  })
  expect((await client.rules()).value).toMatchObject([
    {name: 'a b/c', query: 'up > 1', forSeconds: 5, windowSeconds: 300, state: 'ok'},
  ])
  expect(await client.planCreate(alert).apply(signal)).toMatchObject({state: 'not-done', error: {exit: 3}})
  expect(await client.planCreate({...alert, name: 'x', query: '((('}).apply(signal)).toMatchObject({
    state: 'not-done', error: {exit: 3},
  })
  const deletion = await client.planDelete('a b/c')
  expect(deletion.before).toMatchObject({name: 'a b/c'})
  expect(await deletion.apply(signal)).toEqual({state: 'done', result: {name: 'a b/c'}})
  await expect(client.planDelete('a b/c')).rejects.toMatchObject({exit: 2})
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

test('a write whose answer is lost is unknown, never failed, and what is there is shown', async () => {
  const proxy = await startFaultProxy(node.url)
  const client = createAlertsClient({url: proxy.endpoint, timeoutMs: 5_000, connectTimeoutMs: 1_000, retries: 0})
  proxy.onRequest = ({method}) => (method === 'POST' ? 'cut-answer' : undefined)
  expect(await client.planCreate({...alert, name: 'late'}).apply(signal))
    .toMatchObject({state: 'unknown', error: {exit: 4}, found: {name: 'late'}})
  expect(await (await client.planDelete('late')).apply(signal)).toMatchObject({state: 'done'})
  await client.close()
  await proxy.close()
})

const tael = (...words: string[]) => runBin('tael', [...words, '--server', node.url])
const depth = (value: number): SeedMetric =>
  ({kind: 'gauge', name: 'queue.depth', unit: '1', service: 'worker', t_ms: 0, value})

test('words of the commands: create, list, refuse, delete', async () => {
  const create = [
    'alert', 'create', '--name', 'deep', '--query', 'queue.depth > 100', '--for', '90s', '--window', '10m',
    '--description', 'queue is deep',
  ]
  const dry = await tael(...create, '--dry-run', '-o', 'json')
  expect(JSON.parse(dry.stdout)).toMatchObject({
    action: 'create alert', target: 'deep', after: {forSeconds: 90, windowSeconds: 600},
  })
  expect((await tael('alert', 'list')).code).toBe(2)
  expect(await tael(...create, '--yes')).toMatchObject({code: 0, stderr: expect.stringContaining('created alert deep')})
  expect(JSON.parse((await tael('alert', 'list', '-o', 'json')).stdout)).toMatchObject({
    items: [{
      name: 'deep', query: 'queue.depth > 100', forSeconds: 90, windowSeconds: 600, description: 'queue is deep',
      state: 'ok',
    }],
  })
  expect((await tael(...create, '--yes')).stderr).toContain('deep')
  expect((await tael('alert', 'create', '--name', 'bad', '--query', '((', '--yes')).code).toBe(3)
  expect((await tael('alert', 'create', '--name', 'bad', '--query', 'up > 1', '--sink', 'mail=me', '--yes')).code).toBe(
    3,
  )
  expect((await tael('alert', 'delete', 'deep')).code).toBe(12)
  expect(await tael('alert', 'delete', 'deep', '--yes')).toMatchObject({
    code: 0, stderr: expect.stringContaining('deleted alert deep'),
  })
  expect((await tael('alert', 'delete', 'deep', '--yes')).code).toBe(2)
  expect((await tael('watch', '--exit-on', 'alert:deep', '--max-ticks', '1'))).toMatchObject({
    code: 3, stdout: '', stderr: expect.stringContaining('no alert rule "deep"'),
  })
})

test('a rule that fires: the follower shows it, watch leaves with 6, its command ran on the server; then it is resolved', async () => {
  const proof = join(node.dir, 'proof')
  const create = [
    'alert', 'create', '--name', 'deep', '--query', 'queue.depth > 100', '--window', '1h', '--sink',
    `exec=echo $TAEL_ALERT_STATE >> ${proof}`,
  ]
  const unasked = await tael(...create)
  expect(unasked).toMatchObject({code: 12, stderr: expect.stringContaining('ON THE SERVER')})
  expect((await tael('alert', 'list')).code).toBe(2)
  expect((await tael(...create, '--confirm', 'deep')).code).toBe(0)

  const follower = spawn(
    process.execPath, [binPath('tael'), 'alerts', '--follow', '-o', 'jsonl', '--server', node.url],
    {env: cleanEnv(), stdio: ['ignore', 'pipe', 'inherit']},
  )
  const told: {event: string; item: {rule: string; state: string; previousState: string; matched: unknown[]}}[] = []
  follower.stdout.on('data', (chunk: Buffer) =>
    told.push(...chunk.toString().trim().split('\n').map(line => JSON.parse(line) as (typeof told)[number])))

  await sendOtlp(node.url, {metrics: [depth(500)]})
  const watching = await runBin('tael', [
    'watch', '--exit-on', 'alert:deep', '--interval', '1s', '-o', 'jsonl', '--server', node.url,
  ])
  expect(watching.code).toBe(6)
  expect(JSON.parse(watching.stdout.trim().split('\n').at(-1)!)).toMatchObject({
    verdict: 'condition_met', tripped: [{condition: 'alert:deep', state: 'firing'}],
  })
  await until(() => told.length > 0)
  expect(told).toMatchObject([{
    event: 'alert',
    item: {rule: 'deep', state: 'firing', previousState: 'ok', matched: [{value: 500, labels: {service: 'worker'}}]},
  }])
  await until(() => existsSync(proof))
  expect((await tael('alert', 'list')).stdout).toContain('firing')

  await sendOtlp(node.url, {metrics: [depth(1)]})
  await until(() => told.length > 1, 60_000)
  expect(told[1]).toMatchObject({item: {rule: 'deep', state: 'ok', previousState: 'firing'}})
  expect((await tael('alerts')).stdout).toMatch(/deep +ok +firing[^]*deep +firing +ok/)
  const gone = new Promise(resolve => follower.once('exit', resolve))
  follower.kill('SIGINT')
  expect(await gone).toBe(130)
  expect((await tael('alert', 'delete', 'deep', '--yes')).code).toBe(0)
}, 150_000)
