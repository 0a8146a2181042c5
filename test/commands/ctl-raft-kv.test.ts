import {spawn} from 'node:child_process'
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {Ajv} from 'ajv'
import {afterAll, afterEach, beforeAll, describe, expect, test} from 'vitest'
import {startRaftWorld, type RaftWorld} from '../../src/sandbox/raft/world.ts'
import {binPath, cleanEnv, runBin} from '../helpers/cli.ts'

let world: RaftWorld
let folder: string
beforeAll(async () => {
  world = await startRaftWorld({
    nowMs: () => Date.now(), monotonicMs: () => performance.now(), random: Math.random, hasLeases: true,
  })
  folder = mkdtempSync(join(tmpdir(), 'opsdeck-raft-kv-'))
  const raft = {endpoints: world.endpoints}
  const contexts = {
    plain: {raft}, leases: {raft: {...raft, ttl: true}}, danger: {danger: true, raft}, readonly: {readonly: true, raft},
    gone: {raft: {endpoints: {1: '127.0.0.1:1'}}}, none: {},
  }
  writeFileSync(join(folder, 'config.yaml'), JSON.stringify({current: 'plain', contexts}), {mode: 0o600})
})
afterAll(async () => {
  await world.stop()
  rmSync(folder, {recursive: true})
})

const env = () => ({OPSDECK_CONFIG: join(folder, 'config.yaml'), XDG_STATE_HOME: folder, OPSDECK_OPERATOR: 'tester'})
const ctl = (words: string[], input?: string) => runBin('ctl', ['raft', 'kv', ...words], {env: env(), input})
const json = async (...words: string[]) => {
  const ran = await ctl([...words, '-o', 'json'])
  expect(ran).toMatchObject({code: 0})
  return JSON.parse(ran.stdout) as Record<string, unknown>
}

test('put, get, scan, swap and delete, each write with its audit record', async () => {
  expect(await json('put', '/t/a', 'one')).toMatchObject({
    key: '/t/a', action: 'put', knownBy: 'answer', before: null, after: {value: 'one'},
  })
  expect(await json('get', '/t/a')).toMatchObject({
    value: 'one', valueEncoding: 'utf8', sizeBytes: 3, consistency: 'linearizable',
  })
  expect(await json('scan', '/t/')).toMatchObject({items: [{key: '/t/a', value: 'one'}]})
  const swapped = await json('cas', '/t/a', 'me', '--expect', 'one', '--token')
  expect((swapped['after'] as {value: string}).value).toMatch(/^me#[\da-f-]{36}$/)
  expect(await json('delete', '/t/a', '--yes')).toMatchObject({after: null})
  expect((await ctl(['get', '/t/a'])).code).toBe(2)
  expect(await ctl(['scan', '/t/'])).toMatchObject({code: 0, stdout: '', stderr: 'no keys\n'})
  const audit = readFileSync(join(folder, 'opsdeck', 'audit.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map(each => JSON.parse(each) as {action: string; outcome: string})
  expect(audit.map(each => `${each.action} ${each.outcome}`)).toEqual(
    ['put', 'cas', 'delete'].flatMap(action => [`${action} started`, `${action} done`]),
  )
})

test('bytes: as words in hex and Base64, from stdin, to stdout; shown with their mark', async () => {
  expect((await ctl(['put', '/t/b', 'AP8=', '--encoding', 'base64'])).code).toBe(0)
  expect((await ctl(['get', '/t/b'])).stdout).toContain('0x00ff')
  expect((await ctl(['get', '/t/b', '--encoding', 'base64'])).stdout).toContain('base64:AP8=')
  expect((await ctl(['put', '2f742f63', '--key-encoding', 'hex', '--in', '-'], 'from stdin\n')).code).toBe(0)
  expect((await ctl(['get', '/t/c', '--out', '-'])).stdout).toBe('from stdin\n')
})

test.each([
  [['put', 'k'], 3, 'USAGE'], [['put', 'k', 'v', '--in', '-'], 3, 'USAGE'],
  [['put', 'k', '--in', '/no/such'], 3, 'UNREADABLE'],
  [['put', 'k', 'x', '--encoding', 'base64'], 3, 'BAD_ENCODING'], [['put', '', 'v'], 3, 'EMPTY_KEY'],
  [['put', 'k', 'v', '--ttl', '1500ms', '-c', 'leases'], 3, 'BAD_TTL'],
  [['put', 'k', 'v', '--ttl', '5s'], 12, 'TTL_OFF'], [['cas', 'k', 'v'], 3, undefined],
  [['cas', 'k', 'v', '--expect-absent', '--expect-empty'], 3, undefined],
  [['cas', 'k', 'v', '--expect', 'other'], 7, 'CAS_LOST'], [['delete', 'k'], 12, undefined],
  [['watch', '/k'], 3, 'BAD_PREFIX'],
  [['watch', '/k/', '-o', 'json'], 3, undefined], [['put', 'k', 'v', '-c', 'readonly'], 12, 'READ_ONLY'],
  [['put', 'k', 'v', '-c', 'danger'], 12, 'REASON_REQUIRED'],
  [['put', 'k', 'v', '-c', 'danger', '--reason', 'x', '--yes'], 12, undefined],
  [['get', 'k', '-c', 'gone'], 4, 'UNREACHABLE'],
  [['put', 'k', 'v', '-c', 'gone'], 4, 'UNREACHABLE'], [['watch', '/', '-c', 'gone'], 4, 'UNREACHABLE'],
  [['get', 'k', '-c', 'none'], 3, undefined],
])('%j ends with %i', async (words, code, name) => {
  const ran =
    await ctl(words.includes('-o') ? words : [...words, ...(words[0] === 'watch' ? ['-o', 'jsonl'] : ['-o', 'json'])])
  expect(ran).toMatchObject({code, stdout: ''})
  if (name !== undefined) expect(JSON.parse(ran.stderr)).toMatchObject({code: name})
})

test('a dry run shows the exact write and writes nothing; where leases are on, a TTL is in it', async () => {
  const {stdout} = await ctl(['put', 'k', 'v', '--ttl', '60s', '-c', 'leases', '--dry-run'])
  expect(stdout).toContain('HandleClientWrite insert\n  key: "k"\n  value: "v"\n  ttl_secs: 60\n')
  // Nor did anything that was refused above.
  expect((await ctl(['get', 'k'])).code).toBe(2)
})

describe('a watch', () => {
  const running = new Set<ReturnType<typeof spawn>>()
  afterEach(() => running.forEach(child => child.kill('SIGKILL')))

  function follow(...words: string[]) {
    const child = spawn(process.execPath, [binPath('ctl'), 'raft', ...words, '-o', 'jsonl'], {
      env: cleanEnv(env()), stdio: ['ignore', 'pipe', 'inherit'],
    })
    running.add(child)
    let text = ''
    child.stdout.on('data', chunk => (text += String(chunk)))
    const lines = () => text.split('\n').slice(0, -1).map(line => JSON.parse(line) as Record<string, unknown>)
    const end = () => new Promise<number | null>(resolve => {
      child.once('close', resolve)
      child.kill('SIGINT')
    })
    return {lines, end}
  }
  const schema = (name: string) =>
    JSON.parse(readFileSync(join(import.meta.dirname, '../../schemas', name), 'utf8')) as object

  test('through the death of a leader: snapshot, changes, gap, and what came meanwhile; ends with 130', async () => {
    await json('put', '/w/a', '1')
    const {lines, end} = follow('kv', 'watch', '/w/')
    await expect.poll(() => lines().at(-1), {timeout: 20_000}).toMatchObject({event: 'watching', keys: 1})
    await json('put', '/w/b', '2')
    await expect.poll(() => lines().at(-1)).toMatchObject({event: 'put', key: '/w/b', value: '2', source: 'stream'})
    const leader = world.nodes.find(({role}) => role === 'leader')!
    await leader.kill()
    await json('put', '/w/c', '3')
    await expect.poll(() => lines().map(({event}) => event).filter(event => event === 'watching'), {timeout: 20_000})
      .toHaveLength(2)
    await leader.revive()
    await json('delete', '/w/a', '--yes')
    await expect.poll(() => lines().at(-1), {timeout: 20_000}).toMatchObject({
      event: 'delete', key: '/w/a', source: 'stream',
    })
    expect(await end()).toBe(130)
    const keys = lines().map(({event, key}) => (key === undefined ? event : `${String(event)} ${String(key)}`))
    expect(keys.filter(each => each !== 'put /w/c')).toEqual([
      'present /w/a', 'watching', 'put /w/b', 'gap', 'watching', 'delete /w/a',
    ])
    expect(keys).toContain('put /w/c')
    const fits = new Ajv({strict: false}).compile(schema('ctl-raft-kv-watch.json'))
    expect(lines().filter(line => !fits(line))).toEqual([])
  }, 60_000)

  test('a key that expires makes no event; the next scan finds it gone, without a gap', async () => {
    const {lines, end} = follow('kv', 'watch', '/ttl/', '--scan-every', '500ms', '-c', 'leases')
    await expect.poll(() => lines().at(-1), {timeout: 20_000}).toMatchObject({event: 'watching'})
    await json('put', '/ttl/a', 'x', '--ttl', '1s', '-c', 'leases')
    await expect.poll(() => lines().at(-1), {timeout: 20_000}).toMatchObject({
      event: 'delete', key: '/ttl/a', source: 'scan',
    })
    expect(lines().map(({event}) => event)).toEqual(['watching', 'put', 'delete'])
    await end()
  }, 60_000)

  test('of the membership: each node tells, and a dead one is a gap', async () => {
    const {lines, end} = follow('watch', 'membership')
    await expect.poll(() => lines().map(({node}) => node).sort(), {timeout: 20_000}).toEqual([1, 2, 3])
    const other = world.nodes.find(({role}) => role === 'follower')!
    await other.kill()
    await expect.poll(() => lines().at(-1), {timeout: 20_000}).toMatchObject({event: 'gap', node: other.id})
    await other.revive()
    await expect.poll(() => lines().at(-1), {timeout: 20_000}).toMatchObject({
      event: 'membership', node: other.id, members: [1, 2, 3],
    })
    expect(await end()).toBe(130)
    const fits = new Ajv({strict: false}).compile(schema('ctl-raft-watch-membership.json'))
    expect(lines().filter(line => !fits(line))).toEqual([])
  }, 60_000)
})
