import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {createServer, type AddressInfo, type Socket} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {binPath, cleanEnv, runBin} from '../helpers/cli.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'opsdeck-lease-'))
})
afterEach(() => rmSync(folder, {recursive: true}))

const env = () =>
  ({OPSDECK_LEASES_URL: `sqlite:${join(folder, 'leases.db')}`, XDG_STATE_HOME: folder, OPSDECK_OPERATOR: 'tester'})
const ctl = (...words: string[]) => runBin('ctl', ['lease', ...words], {env: env()})
const json = async (...words: string[]) => {
  const ran = await ctl(...words, '-o', 'json')
  expect(ran.stderr).toBe('')
  return JSON.parse(ran.stdout) as Record<string, unknown>
}

test('acquire, get, list, complete, abandon, each with its audit record', async () => {
  const {revision} = await json('acquire', 'orders', '--ttl', '5m', '--holder', 'me')
  expect(await json('get', 'orders')).toMatchObject({key: 'orders', state: 'held', holder: 'me', revision})
  expect(await ctl('list', '-o', 'name')).toMatchObject({code: 0, stdout: 'orders\n'})
  const words = ['complete', 'orders', '--holder', 'me', '--cursor', '000000000002d093', '--revision', String(revision)]
  expect(await json(...words)).toMatchObject({state: 'completed', completedCursorHex: '000000000002d093'})
  expect((await ctl('abandon', 'orders', '--holder', 'me')).code).toBe(12)
  expect((await ctl('abandon', 'orders', '--holder', 'me', '--yes')).code).toBe(0)
  expect(await json('get', 'orders')).toMatchObject({state: 'free', holder: null, expiresAt: null})
  const audit = readFileSync(join(folder, 'opsdeck', 'audit.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as {action: string; outcome: string})
  expect(audit.map(({action, outcome}) => `${action} ${outcome}`)).toEqual(
    ['acquire', 'complete', 'abandon'].flatMap(action => [`${action} started`, `${action} done`]))
})

test('a key that is nearly another gets a hint', async () => {
  await json('acquire', 'orders', '--ttl', '5m', '--holder', 'me')
  expect(await ctl('get', 'order')).toMatchObject({
    code: 2, stderr: expect.stringContaining('Did you mean: ctl lease get orders'),
  })
})

test('a held lease is 7 with holder and expiry, for its own holder too', async () => {
  const {expiresAt} = await json('acquire', 'orders', '--ttl', '5m', '--holder', 'me')
  const refused = await ctl('acquire', 'orders', '--ttl', '5m', '--holder', 'me', '-o', 'json')
  expect(refused.code).toBe(7)
  expect(JSON.parse(refused.stderr)).toMatchObject({code: 'LEASE_HELD', details: {holder: 'me', expiresAt}})
})

test('an expired lease is shown so, and taken over by the next', async () => {
  await json('acquire', 'orders', '--ttl', '1s', '--holder', 'me')
  const state = async () => (await json('get', 'orders'))['state']
  await expect.poll(state, {timeout: 10_000}).toBe('expired')
  expect(await json('acquire', 'orders', '--ttl', '5m', '--holder', 'you')).toMatchObject({
    state: 'held', holder: 'you',
  })
  expect((await ctl('complete', 'orders', '--holder', 'me')).code).toBe(7)
})

test.each([
  [['get', 'nothing'], 2], [['complete', 'nothing'], 2], [['get', 'a b'], 3], [['get', '.a'], 3], [['acquire', 'x'], 3],
  [['acquire', 'x', '--ttl', '1500ms'], 3], [['acquire', 'x', '--ttl', '0s'], 3],
  [['complete', 'x', '--cursor', 'ABC'], 3],
  [['list', '--url', 'redis://x'], 3], [['list', '--url', 'nats://127.0.0.1:1'], 3], [['list', '--url', 'sqlite:'], 3],
  [['list', '--url', 'nats://a:b@127.0.0.1:1', '--bucket', 'x'], 3],
  [['list', '--url', 'nats://127.0.0.1:1', '--bucket', 'x'], 4],
  [['list', '--url', 'sqlite:/no/such/folder/x.db'], 2],
  [['acquire', 'x', '--ttl', '1m', '--url', 'sqlite:/no/such/folder/x.db'], 1],
])('%j ends with %i', async (words, code) => {
  expect((await ctl(...words)).code).toBe(code)
})

test('a dry run and a read-only run write nothing', async () => {
  expect((await ctl('acquire', 'x', '--ttl', '1m', '--dry-run')).stdout).toContain('nothing was written')
  expect((await ctl('acquire', 'x', '--ttl', '1m', '--readonly')).code).toBe(12)
  expect((await ctl('get', 'x')).code).toBe(2)
})

test('a server that takes connections and says nothing is 4, and holds nobody up', async () => {
  const sockets: Socket[] = []
  const server = createServer(socket => void sockets.push(socket)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `nats://127.0.0.1:${(server.address() as AddressInfo).port}`
  try {
    const ran = await runBin(
      'ctl', ['lease', 'get', 'x', '--url', url, '--bucket', 'b', '--timeout', '500ms', '--connect-timeout', '500ms'],
      {env: env(), limitMs: 20_000},
    )
    expect(ran.code).toBe(4)
  } finally {
    for (const socket of sockets) socket.destroy()
    server.close()
  }
})

describe('exec', () => {
  const exec = (key: string, ...words: string[]) => ctl('exec', key, '--ttl', '30s', '--holder', 'me', ...words)
  const state = async (key: string) => (await json('get', key))['state']

  test.each([
    ['success', ['true'], 0, 'completed'], ['a failure', ['sh', '-c', 'exit 37'], 37, 'free'],
    ['a death by a signal', ['sh', '-c', 'kill -9 $$'], 137, 'free'],
    ['nothing to run', ['no-such-program-here'], 127, 'free'],
    ['nothing executable', ['/'], 126, 'free'],
  ])('%s', async (_name, command, code, end) => {
    expect((await exec('orders', '--', ...command)).code).toBe(code)
    expect(await state('orders')).toBe(end)
  })

  test('the command sees whose lease it runs under; its words arrive untouched', async () => {
    const script =
      'console.log(JSON.stringify([process.argv.slice(1), Object.entries(process.env).filter(([name]) => name.startsWith("OPSDECK_LEASE_"))]))'
    const {stdout} = await exec('orders', '--', process.execPath, '-e', script, '--', '$HOME', '--', '*', '')
    const [words, env] = JSON.parse(stdout) as [string[], [string, string][]]
    expect(words).toEqual(['$HOME', '--', '*', ''])
    const {acquiredAt, expiresAt, expiresAtUnixS, revision} = await json('get', 'orders')
    expect(Object.fromEntries(env)).toEqual({
      OPSDECK_LEASE_KEY: 'orders', OPSDECK_LEASE_HOLDER: 'me', OPSDECK_LEASE_ACQUIRED_AT: acquiredAt,
      OPSDECK_LEASE_EXPIRES_AT: expiresAt,
      OPSDECK_LEASE_EXPIRES_AT_UNIX: String(expiresAtUnixS), OPSDECK_LEASE_REVISION: String(Number(revision) - 1),
    })
  })

  test('a held lease is 7 or what was asked for, names its holder, and starts nothing', async () => {
    await json('acquire', 'orders', '--ttl', '5m', '--holder', 'you')
    const refused = await exec('orders', '--', 'echo', 'ran')
    expect(refused).toMatchObject({
      code: 7, stdout: '', stderr: expect.stringMatching(/held by you since .*Z, until .*Z/),
    })
    expect(await exec('orders', '--conflict-exit-code', '77', '--', 'echo', 'ran')).toMatchObject({
      code: 77, stdout: '',
    })
  })

  test('--wait takes it when it is given back', async () => {
    await json('acquire', 'orders', '--ttl', '5m', '--holder', 'you')
    const running = exec('orders', '--wait', '20s', '--', 'echo', 'ran')
    expect((await ctl('abandon', 'orders', '--holder', 'you', '--yes')).code).toBe(0)
    expect(await running).toMatchObject({code: 0, stdout: 'ran\n'})
  })

  test('the cursor comes from a descriptor or a file; a bad one gives the lease back with 125', async () => {
    expect((await exec('a', '--cursor-from', 'fd:3', '--', 'sh', '-c', 'echo 000000000002d093 >&3')).code).toBe(0)
    expect(await json('get', 'a')).toMatchObject({state: 'completed', completedCursorHex: '000000000002d093'})
    const file = join(folder, 'cursor')
    expect((await exec('b', '--cursor-from', file, '--', 'sh', '-c', `echo 0a > ${file}`)).code).toBe(0)
    expect(await json('get', 'b')).toMatchObject({completedCursorHex: '0a'})
    expect(await exec('c', '--cursor-from', file, '--', 'true')).toMatchObject({
      code: 125, stderr: expect.stringContaining('was not written'),
    })
    expect((await exec('c', '--cursor-from', 'fd:4', '--', 'sh', '-c', 'echo nonsense >&4')).code).toBe(125)
    expect(await state('c')).toBe('free')
  })

  const short = ['--ttl', '2s', '--skew', '0', '--kill-after', '500ms', '--check-every', '200ms']

  test('the whole group is stopped before the end of the lease: 10', async () => {
    const started = join(folder, 'pid')
    const ran = await ctl(
      'exec', 'orders', ...short, '--', 'sh', '-c', `sleep 60 & echo $! > ${started}; trap "" TERM; wait; wait`,
    )
    expect(ran).toMatchObject({code: 10, stderr: expect.stringContaining('about to expire')})
    expect(() => process.kill(Number(readFileSync(started, 'utf8')), 0)).toThrow()
    expect(await state('orders')).toBe('free')
  })

  test('--on-expiry warn lets it overrun, and completes what nobody took', async () => {
    const ran = await ctl('exec', 'orders', ...short, '--on-expiry', 'warn', '--', 'sleep', '3')
    expect(ran).toMatchObject({code: 0, stderr: expect.stringContaining('about to expire')})
    expect(await state('orders')).toBe('idle')
  })

  test('a lease that an operator took away stops the command: 10', async () => {
    const running = exec('orders', '--check-every', '100ms', '--', 'sleep', '60')
    await expect.poll(() => state('orders').catch(() => ''), {timeout: 10_000}).toBe('held')
    expect((await ctl('abandon', 'orders', '--force', '--yes')).code).toBe(0)
    expect(await running).toMatchObject({code: 10, stderr: expect.stringContaining('was lost')})
  })

  test.each([
    ['SIGTERM', 143], ['SIGINT', 130],
  ] as const)('%s reaches the command, and the lease is given back', async (signal, code) => {
    const child = spawn(
      process.execPath, [binPath('ctl'), 'lease', 'exec', 'orders', '--ttl', '30s', '--', 'sleep', '60'],
      {env: cleanEnv(env())},
    )
    const ended = once(child, 'exit')
    await expect.poll(() => state('orders').catch(() => ''), {timeout: 10_000}).toBe('held')
    await new Promise(resolve => setTimeout(resolve, 500))
    child.kill(signal)
    expect((await ended)[0]).toBe(code)
    expect(await state('orders')).toBe('free')
  })

  test.each([
    [['exec', 'x', '--ttl', '5m', 'true']], [['exec', 'x', '--', 'true']], [['exec', 'x', '--ttl', '5s', '--', 'true']],
    [['exec', 'x', '--ttl', '5m', '--cursor-from', 'fd:1', '--', 'true']],
  ])('%j is wrong', async words => expect((await ctl(...words)).code).toBe(3))
})
