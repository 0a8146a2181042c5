import {mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {runBin} from '../helpers/cli.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'opsdeck-lease-'))
})
afterEach(() => rmSync(folder, {recursive: true}))

const env = () => ({OPSDECK_LEASES_URL: `sqlite:${join(folder, 'leases.db')}`, XDG_STATE_HOME: folder, OPSDECK_OPERATOR: 'tester'})
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
  const audit = readFileSync(join(folder, 'opsdeck', 'audit.jsonl'), 'utf8').trim().split('\n').map(line => JSON.parse(line) as {action: string; outcome: string})
  expect(audit.map(({action, outcome}) => `${action} ${outcome}`)).toEqual(
    ['acquire', 'complete', 'abandon'].flatMap(action => [`${action} started`, `${action} done`]))
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
  expect(await json('acquire', 'orders', '--ttl', '5m', '--holder', 'you')).toMatchObject({state: 'held', holder: 'you'})
  expect((await ctl('complete', 'orders', '--holder', 'me')).code).toBe(7)
})

test.each([
  [['get', 'nothing'], 2], [['complete', 'nothing'], 2], [['get', 'a b'], 3], [['get', '.a'], 3], [['acquire', 'x'], 3],
  [['acquire', 'x', '--ttl', '1500ms'], 3], [['acquire', 'x', '--ttl', '0s'], 3], [['complete', 'x', '--cursor', 'ABC'], 3],
  [['list', '--url', 'redis://x'], 3], [['list', '--url', 'nats://127.0.0.1:1'], 3], [['list', '--url', 'sqlite:'], 3],
  [['list', '--url', 'nats://a:b@127.0.0.1:1', '--bucket', 'x'], 3], [['list', '--url', 'nats://127.0.0.1:1', '--bucket', 'x'], 4],
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
