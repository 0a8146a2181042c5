import {spawn} from 'node:child_process'
import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {binPath, cleanEnv, runBin, type Ran} from '../helpers/cli.ts'
import {taelContext} from '../helpers/context.ts'
import {startWorld} from '../helpers/sandbox-tael.ts'
import type {StoredLog} from '../../src/sandbox/tael/records.ts'
import type {TaelWorld} from '../../src/sandbox/tael/world.ts'

/* The commands that look at shards again and again, as whole processes on the sandbox's two shards. */

let world: TaelWorld
let env: Record<string, string>
beforeAll(async () => {
  world = await startWorld({pace: 30})
  const shards = Object.fromEntries(world.groups.map(({name, nodes}) => [name, nodes[0]!.node.url]))
  const groups = Object.fromEntries(world.groups.map(({name, nodes}) => [name, nodes.map(each => each.node.url)]))
  env = {XDG_CONFIG_HOME: taelContext({url: world.tier.url, shards, groups})}
})
afterAll(() => world?.close())

const tael = (...words: string[]): Promise<Ran> => runBin('tael', words, {env})
const lines = ({stdout}: Ran) => stdout.trim().split('\n').map(line => JSON.parse(line) as Record<string, unknown>)

describe('words', () => {
  // A variable that nobody set must not find nothing, or everything.
  test.each([
    [['traces', '--service', ''], '--service is empty'], [['logs', '--body-contains', ' '], '--body-contains is empty'],
    [['metrics', '--name', ''], '--name is empty'], [['spans', '--operation='], '--operation is empty'],
    [['spans', '--min-duration', '2s', '--max-duration', '1s'], '--min-duration is above --max-duration'],
  ])('%j is 3', async (words, why) => {
    expect(await tael(...words)).toMatchObject({code: 3, stdout: '', stderr: expect.stringContaining(why)})
  })
  test('an empty variable of the environment is none', async () => {
    expect((await runBin('tael', ['services'], {env: {...env, OPSDECK_SERVICE: ''}})).code).toBe(0)
    expect((await runBin('tael', ['summarize'], {env: {...env, OPSDECK_SERVICE: ''}})).code).toBe(0)
  })
  test('columns may be written as the header shows them', async () => {
    const {code, stdout} = await tael('services', '--columns', 'SERVICE,Spans', '--sort-by', '-SPANS')
    expect([code, stdout.split('\n')[0]]).toEqual([0, 'SERVICE       SPANS'])
  })
})

describe('tail', () => {
  test('without -f shows the newest of both shards in order of time, and ends', async () => {
    const ran = await tael('tail', 'logs', '--limit', '100', '-o', 'jsonl')
    expect(ran.code).toBe(0)
    const shown = lines(ran) as {event: string; shard: string; item: {timestamp: string}}[]
    expect(new Set(shown.map(each => each.shard)).size).toBe(2)
    expect(shown.map(each => each.item.timestamp)).toEqual(shown.map(each => each.item.timestamp).sort())
  })
  test('of nothing is 2, of a bad pattern 3, and a format it has not 3', async () => {
    expect((await tael('tail', 'traces', '--service', 'nobody')).code).toBe(2)
    expect((await tael('tail', 'traces', '--include', '(')).code).toBe(3)
    expect((await tael('tail', 'traces', '-o', 'yaml')).code).toBe(3)
  })
  test('with -f goes on with what comes, until Ctrl-C', async () => {
    const child = spawn(
      process.execPath, [binPath('tael'), 'tail', 'logs', '-f', '--limit', '1', '--service', 'new', '-o', 'jsonl'],
      {env: cleanEnv(env)},
    )
    let out = ''
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
    const ended = new Promise(resolve => child.once('exit', resolve))
    for (let n = 0; !out.includes('"event":"log"'); n += 1) {
      await world.groups[n % 2]!.take({logs: [newLog(`b${n}`)]})
      await new Promise(resolve => setTimeout(resolve, 100))
    }
    child.kill('SIGINT')
    expect(await ended).toBe(130)
  })
})

const newLog = (body: string): StoredLog =>
  ({
    atNs: BigInt(Date.now()) * 1_000_000n, service: 'new', severity: 'info', body, traceId: null, spanId: null,
    attributes: {},
  })

describe('watch', () => {
  test('gives a line a look and leaves with 6 when a condition is met', async () => {
    const ran = await tael('watch', '--last', '1h', '--interval', '1s', '--exit-on', 'span_count>0', '-o', 'jsonl')
    expect(ran.code).toBe(6)
    expect(lines(ran).at(-1)).toMatchObject({
      verdict: 'condition_met', ticks: 1, tripped: [{condition: 'span_count>0'}],
    })
  })
  test('says in each look which shard it is without', async () => {
    const shards = {'shard-a': world.groups[0]!.nodes[0]!.node.url, gone: 'http://127.0.0.1:1'}
    const lossy = {XDG_CONFIG_HOME: taelContext({url: world.tier.url, shards})}
    const looks = ['watch', '--last', '1h', '--interval', '1s', '--max-ticks', '2']
    const ran = await runBin('tael', looks, {env: lossy})
    expect(ran).toMatchObject({code: 9, stdout: expect.stringMatching(/^[^\n]* WITHOUT gone\n[^\n]* WITHOUT gone\n$/)})
    const machine = await runBin('tael', [...looks, '-o', 'jsonl'], {env: lossy})
    expect(machine.stderr.match(/the next look is without gone/g)).toHaveLength(2)
  })
  test('takes a shard that comes back for no difference', async () => {
    const server = createServer((_, answer) => void answer.writeHead(503).end())
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const forward = (path: string) => fetch(`${world.groups[1]!.nodes[0]!.node.url}${path}`).then(each => each.text())
    const {port} = server.address() as AddressInfo
    const shards = {'shard-a': world.groups[0]!.nodes[0]!.node.url, flaky: `http://127.0.0.1:${port}`}
    const words = [
      'watch', '--last', '1h', '--interval', '1s', '--max-ticks', '3', '--retries', '0', '--exit-on', 'delta_span_count>5',
    ]
    const child = spawn(process.execPath, [binPath('tael'), ...words], {
      env: cleanEnv({XDG_CONFIG_HOME: taelContext({url: world.tier.url, shards})}),
    })
    let out = ''
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString()
      server.removeAllListeners('request')
      server.on('request', (request, answer) => void forward(request.url!).then(text => answer.end(text)))
    })
    const code = await new Promise(resolve => child.once('exit', resolve))
    server.close()
    expect([code, out.split('\n').map(line => line.endsWith('WITHOUT flaky'))]).toEqual([9, [true, false, false, false]])
  })
  test('ends after --max-ticks with 0, and refuses what it cannot watch', async () => {
    expect((await tael('watch', '--last', '1h', '--max-ticks', '1', '--exit-on', 'error_rate>1')).code).toBe(0)
    for (const wrong of [['--exit-on', 'nope>1'], ['--exit-on', 'alert:'], ['--interval', '999ms'], ['-o', 'csv']]) {
      expect([wrong, (await tael('watch', '--max-ticks', '1', ...wrong)).code]).toEqual([wrong, 3])
    }
  })
})

describe('alerts', () => {
  test('a rule wants one shard, is made there, is listed with its shard, and is deleted', async () => {
    const create = ['alert', 'create', '--name', 'busy', '--query', 'tael:span_count > 0', '--yes']
    expect(await tael(...create)).toMatchObject({code: 3, stderr: expect.stringContaining('--shard: shard-a, shard-b')})
    expect((await tael(...create, '--shard', 'shard-a')).code).toBe(0)
    expect(JSON.parse((await tael('alert', 'list', '-o', 'json')).stdout)).toMatchObject({
      items: [{shard: 'shard-a', name: 'busy', query: 'tael:span_count > 0'}],
    })
    expect((await tael('alert', 'delete', 'busy', '--shard', 'shard-a', '--yes')).code).toBe(0)
    expect((await tael('alert', 'list')).code).toBe(2)
    expect(await tael('alert', 'delete', 'busy', '--shard', 'shard-a', '--yes')).toMatchObject({code: 2})
  })
})

describe('wal', () => {
  test('tail, stat and inspect read the directory of a node', async () => {
    const dir = world.groups[0]!.nodes[0]!.walDir
    const tail = lines(await tael('wal', 'tail', '--dir', dir, '--from', 'start', '-o', 'jsonl'))
    expect(new Set(tail.map(each => each['event']))).toEqual(new Set(['record', 'end']))
    const {items} = JSON.parse((await tael('wal', 'stat', '--dir', dir, '-o', 'json')).stdout) as {items: object[]}
    expect(items.length).toBeGreaterThan(0)
    expect((await tael('wal', 'tail', '--dir', `${dir}/nowhere`)).code).not.toBe(0)
  })
})

describe('shards', () => {
  test('a counted watch gives a line a look with items and groups', async () => {
    const ran = await tael('shards', '--watch', '500ms', '--count', '2', '-o', 'jsonl')
    expect(ran.code).toBe(0)
    expect(lines(ran)).toMatchObject([
      {groups: [{verdict: 'ok'}, {verdict: 'ok'}]}, {groups: [{leader: 'shard-a'}, {leader: 'shard-b'}]},
    ])
    expect((lines(ran)[0]!['items'] as object[]).length).toBe(4)
  })
})
