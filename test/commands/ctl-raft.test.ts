import {spawn} from 'node:child_process'
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {startRaftWorld, type RaftWorld} from '../../src/sandbox/raft/world.ts'
import {freePorts} from '../helpers/ports.ts'
import {binPath, cleanEnv, runBin} from '../helpers/cli.ts'

const folder = mkdtempSync(join(tmpdir(), 'opsdeck-ctl-raft-'))
const patient = {timeout: 20_000}
let world: RaftWorld

beforeAll(async () => {
  world = await startRaftWorld({
    nowMs: () => Date.now(), monotonicMs: () => performance.now(), random: Math.random, hasLeases: true,
  })
  await healed()
})
afterAll(async () => {
  await world.stop()
  rmSync(folder, {recursive: true})
})

/** The environment of a context with these endpoints. */
function env(endpoints: Record<string, string> = world.endpoints, more: object = {}): Record<string, string> {
  const config = join(folder, 'config.yaml')
  writeFileSync(config, JSON.stringify({current: 'x', contexts: {x: {...more, raft: {endpoints}}}}), {mode: 0o600})
  return {OPSDECK_CONFIG: config, XDG_STATE_HOME: folder, OPSDECK_OPERATOR: 'tester'}
}

const ctl = (words: string[], endpoints?: Record<string, string>, more?: object) =>
  runBin('ctl', ['raft', ...words], {env: env(endpoints, more)})
const leaderOf = () => world.nodes.find(({role, liveness}) => role === 'leader' && liveness === 'up')

/** All are up, and every one of them follows a leader. */
async function healed(): Promise<void> {
  for (const node of world.nodes) if (node.liveness !== 'up') await node.revive()
  for (let tries = 0; (await ctl(['status'])).code !== 0; tries += 1) if (tries > 60) throw new Error('it stays broken')
}

describe('a healthy cluster', () => {
  test('status: a row for each node, the leader proven, exit 0 and nothing on stderr', async () => {
    const {code, stdout, stderr} = await ctl(['status'])
    expect({code, stderr}).toEqual({code: 0, stderr: ''})
    expect(stdout.split('\n')[0]).toMatch(/^NODE +ENDPOINT +STATE +ROLE +PROVEN +TERM +NAMES +LATENCY$/)
    expect(stdout.match(/ready +leader +yes/g)).toHaveLength(1)
    expect(stdout.match(/ready +follower +-/g)).toHaveLength(2)
  })

  test('status -o json: nodes, leader, quorum and problems', async () => {
    const document = JSON.parse((await ctl(['status', '-o', 'json'])).stdout)
    const {id, endpoint} = leaderOf()!
    expect(document).toMatchObject({quorum: true, problems: [], leader: {id, endpoint}})
    expect(document.items.map(({id}: {id: number}) => id)).toEqual([1, 2, 3])
  })

  test('leader, members, and waits for what is so already', async () => {
    const leader = String(leaderOf()!.id)
    expect(await ctl(['leader', '-o', 'name'])).toEqual({code: 0, stdout: `${leader}\n`, stderr: ''})
    expect(await ctl(['members', '-o', 'name'])).toEqual({code: 0, stdout: '1\n2\n3\n', stderr: ''})
    const other = leader === '1' ? '2' : '1'
    for (const wanted of ['leader', 'quorum', 'members=3', `not-leader=${other}`]) {
      expect([wanted, await ctl(['wait', '--for', wanted, '--within', '5s', '-o', 'name'])])
        .toEqual([wanted, {code: 0, stdout: `${leader}\n`, stderr: ''}])
    }
  })

  test.each([['members=4'], ['not-leader']])('waiting for %s ends with 8', async wanted => {
    const text = wanted === 'not-leader' ? `not-leader=${leaderOf()!.id}` : wanted
    const {code, stdout, stderr} = await ctl(['wait', '--for', text, '--within', '300ms'])
    expect({code, stdout}).toEqual({code: 8, stdout: ''})
    expect(stderr).toContain(`${text} did not come in time`)
  })

  test('the probe is a change: dry run, read-only, reason, audit', async () => {
    const planned = {code: 0, stdout: expect.stringContaining('nothing was written')}
    expect(await ctl(['status', '--probe-write', '--dry-run'])).toMatchObject(planned)
    expect((await ctl(['status', '--probe-write', '--readonly'])).code).toBe(12)
    expect((await ctl(['status', '--probe-write'], undefined, {danger: true})).code).toBe(12)
    const written = {code: 0, stderr: expect.stringContaining('was written and applied')}
    expect(await ctl(['status', '--probe-write'])).toMatchObject(written)
    const audit = readFileSync(join(folder, 'opsdeck', 'audit.jsonl'), 'utf8').trim().split('\n')
    expect(audit.map(line => JSON.parse(line)).map(({action, target, outcome}) => [action, target, outcome]))
      .toEqual([['probe', '/opsdeck/probe', 'started'], ['probe', '/opsdeck/probe', 'done']])
  })
})

describe('words that make no sense end with 3', () => {
  test.each([
    ['status --dry-run', '--probe-write'], ['status --watch --probe-write', '--watch only looks'],
    ['status --watch -o csv', 'no -o csv'], ['wait --for members=0', '"0"'], ['wait', '--for'],
    ['wait --for nonsense', 'leader, quorum, members=N or not-leader=ID'],
    ['status --interval 10ms', 'too short'],
  ])('%s', async (words, text) => {
    const {code, stderr} = await ctl(words.split(' '))
    expect(code).toBe(3)
    expect(stderr).toContain(text)
  })

  test.each([[{}, 'names no node of raft'], [{1: 'http://h:1'}, 'is no host:port'], [{x: 'h:1'}, '"x" is no node id']])(
    'endpoints %j', async (endpoints, text) => {
      const {code, stderr} = await ctl(['status'], endpoints)
      expect(code).toBe(3)
      expect(stderr).toContain(text)
    })
})

describe('nobody there, or somebody else', () => {
  test('every port is closed: 4, and each node says why', async () => {
    const [one, two] = await freePorts(2)
    const endpoints = {1: `127.0.0.1:${one}`, 2: `127.0.0.1:${two}`}
    const status = await ctl(['status', '-o', 'json'], endpoints)
    expect(status.code).toBe(4)
    const down = {reachable: false, error: {code: 'UNAVAILABLE'}}
    expect(JSON.parse(status.stdout)).toMatchObject({leader: null, quorum: false, items: [down, down]})
    const refused = {code: 4, stdout: '', stderr: expect.stringContaining('ECONNREFUSED')}
    expect(await ctl(['leader'], endpoints)).toMatchObject(refused)
    expect((await ctl(['members'], endpoints)).code).toBe(4)
  })

  test('a web server among the nodes is named, and the answer partial: 9', async () => {
    const server = createServer((_, answer) => answer.end('hello')).listen(0, '127.0.0.1')
    await new Promise(resolve => server.once('listening', resolve))
    const {port} = server.address() as AddressInfo
    const {code, stderr} = await ctl(['status'], {...world.endpoints, 4: `127.0.0.1:${port}`})
    server.closeAllConnections()
    server.close()
    expect(code).toBe(9)
    expect(stderr).toContain('speaks HTTP/1.1, not gRPC')
  })

  test('swapped endpoints are told', async () => {
    const {1: one, 2: two, 3: three} = world.endpoints
    const {stderr} = await ctl(['status'], {1: two!, 2: three!, 3: one!})
    expect(stderr).toContain(`answers as node ${leaderOf()!.id}: check raft.endpoints`)
  })
})

describe('a cluster that fails', () => {
  test('no quorum: leader ends with 9 and prints nothing, status too and names the pretender', async () => {
    const leader = leaderOf()!
    for (const node of world.nodes) if (node !== leader) await node.kill()
    await expect.poll(async () => (await ctl(['leader'])).code, patient).toBe(9)
    const unproven = {code: 9, stdout: '', stderr: expect.stringContaining('no leader is proven')}
    expect(await ctl(['leader'])).toMatchObject(unproven)
    const words = `node ${leader.id} calls itself leader but is not proven`
    expect(await ctl(['status'])).toMatchObject({code: 9, stderr: expect.stringContaining(words)})
    expect(await ctl(['wait', '--for', 'quorum', '--within', '300ms'])).toMatchObject({code: 8, stdout: ''})
    await healed()
  })

  test('a frozen node holds up leader for none of its time limit', async () => {
    const frozen = world.nodes.find(node => node !== leaderOf())!
    frozen.freeze()
    expect(await ctl(['leader', '-o', 'name'])).toMatchObject({code: 0, stdout: `${leaderOf()!.id}\n`})
    const silent = {code: 9, stderr: expect.stringContaining('accepts connections but says nothing')}
    expect(await ctl(['status'])).toMatchObject(silent)
    await healed()
  })

  test('status --watch -o jsonl tells a failover; Ctrl-C ends it with 130', async () => {
    const leader = leaderOf()!
    const child = spawn(process.execPath, [binPath('ctl'), 'raft', 'status', '--watch', '-o', 'jsonl'], {
      env: cleanEnv(env()), stdio: ['ignore', 'pipe', 'inherit'],
    })
    let text = ''
    child.stdout.on('data', chunk => void (text += String(chunk)))
    const events = () => text.split('\n').slice(0, -1).map(line => JSON.parse(line))
      .filter(({event}) => /leader/.test(event)).map(({event, item}) => [event, item?.id ?? null])
    await expect.poll(events, patient).toContainEqual(['leader', leader.id])
    await leader.kill()
    await expect.poll(() => events().some(([event, id]) => event === 'leader' && id !== leader.id), patient).toBe(true)
    const told = events().map(([event]) => event)
    expect(told.indexOf('no-leader')).toBeGreaterThan(0)
    expect(told.lastIndexOf('leader')).toBeGreaterThan(told.indexOf('no-leader'))
    const ended = new Promise(resolve => child.once('exit', resolve))
    child.kill('SIGINT')
    expect(await ended).toBe(130)
    await healed()
  })
})
