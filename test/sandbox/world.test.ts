import {existsSync, mkdtempSync, rmSync, statSync} from 'node:fs'
import {spawn, type ChildProcess} from 'node:child_process'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, describe, expect, it} from 'vitest'
import {parseLast} from '../../src/sandbox/tael/last.ts'
import {textTest, words} from '../../src/sandbox/tael/filters.ts'
import {seedRecords} from '../../src/sandbox/tael/seed.ts'
import {startWorld} from '../helpers/sandbox-tael.ts'
import {binPath, cleanEnv, runBin} from '../helpers/cli.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

describe('the query tier of the sandbox', () => {
  it('leaves a hidden shard out with 200 and no word, as the real one does', async () => {
    const world = await startWorld()
    closers.push(() => world.close())
    const count = async () => ((await (await fetch(`${world.tier.url}/api/v1/traces?limit=1000`)).json()) as {spans: unknown[]}).spans.length
    expect(await count()).toBe(186)
    world.hide('shard-b')
    const partial = await count()
    expect(partial).toBeGreaterThan(0)
    expect(partial).toBeLessThan(186)
    expect((await fetch(`${world.tier.url}/readyz`)).status).toBe(200)
    world.hide('shard-a')
    expect((await fetch(`${world.tier.url}/api/v1/services`)).status).toBe(500)
    expect((await fetch(`${world.tier.url}/readyz`)).status).toBe(503)
    world.unhide('shard-a')
    world.unhide('shard-b')
    expect(await count()).toBe(186)
  })
})

describe('a shard of the sandbox', () => {
  const spans = async (url: string) => ((await (await fetch(`${url}/api/v1/traces?limit=1000`)).json()) as {spans: unknown[]}).spans.length

  it('that hangs holds every request to the tier up, and is then left out; killed it costs nothing; revived it is back', async () => {
    const world = await startWorld({pace: 100})
    closers.push(() => world.close())
    const act = (action: 'freeze' | 'kill' | 'revive') => world.targets()['shard-b']!.actions[action]!()
    await act('freeze')
    const startedMs = performance.now()
    const partial = await spans(world.tier.url)
    expect(performance.now() - startedMs).toBeGreaterThan(290)
    expect(partial).toBeLessThan(186)
    expect((await fetch(`${world.tier.url}/healthz`)).status).toBe(200)
    await act('kill')
    expect(await spans(world.tier.url)).toBe(partial)
    await act('revive')
    expect(await spans(world.tier.url)).toBe(186)
  })

  it('sheds what comes while a write waits for a frozen standby', async () => {
    const world = await startWorld({empty: true, pace: 100})
    closers.push(() => world.close())
    await world.targets()['shard-a-standby']!.actions.freeze!()
    const batch = seedRecords(Date.now())
    const first = world.take(batch)
    await new Promise(resolve => setTimeout(resolve, 20))
    await world.take(batch)
    expect(world.groups[0]!.first.ingest().inFlight).toBe(1)
    await first
    expect(world.groups[0]!.first.ingest()).toMatchObject({inFlight: 0, otlp_spans: {batches: 1}})
    expect(world.groups[0]!.nodes[1]!.node.store.spans({limit: 1, attributes: []})).toEqual([])
    expect(world.groups[1]!.first.ingest().otlp_spans.batches).toBe(2)
  })

  it('cannot be led by one that is down', async () => {
    const world = await startWorld({empty: true})
    closers.push(() => world.close())
    const {kill, lead} = world.targets()['shard-a-standby']!.actions
    await kill!()
    expect(() => lead!()).toThrow('revive it first')
  })

  it('ends at once, readers of its feeds or not', async () => {
    const world = await startWorld({empty: true})
    const feed = await fetch(`${world.groups[0]!.first.url}/api/v1/traces/live`)
    await world.close()
    await expect(feed.text()).rejects.toThrow()
  })
})

describe('answers to bad requests, as the real server gives them', () => {
  it.each([
    ['/api/v1/traces?limit=abc', 400, 'text/plain; charset=utf-8'],
    ['/api/v1/traces?limit=1&limit=2', 400, 'text/plain; charset=utf-8'],
    ['/api/v1/metrics/query', 400, 'text/plain; charset=utf-8'],
    ['/api/v1/traces?attribute=a%3D~(', 400, 'application/json'],
    ['/api/v1/traces?text=a%3Ab', 500, 'application/json'],
    ['/nosuch', 404, null],
    ['/api/v1/traces/unknown', 404, 'application/json'],
  ])('%s is %i', async (path, status, type) => {
    const world = await startWorld()
    closers.push(() => world.close())
    const answer = await fetch(world.tier.url + path)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([status, type])
  })
  it('a window beyond the calendar closes the connection', async () => {
    const world = await startWorld()
    closers.push(() => world.close())
    await expect(fetch(`${world.tier.url}/api/v1/traces?last=99999999999d`)).rejects.toThrow()
  })
})

describe('the server\'s reading of words', () => {
  it.each([['90', 90], ['2h', 7_200], ['7d', 604_800], [' 5m ', 300], ['-5', -5], ['1w', undefined], ['1.5h', undefined], ['', undefined]])('last=%j', (text, seconds) =>
    expect(parseLast(text)).toBe(seconds))
  it.each([
    ['declined', true], ['nosuch', false], ['nosuch declined', true], ['card AND declined', true], ['card AND nosuch', false],
    ['"card declined"', true], ['"declined card"', false], ['declined NOT card', false], ['+declined -nosuch', true], ['declin', false],
  ])('text %s', (query, holds) => expect(textTest(query)(words('Card DECLINED: insufficient funds'))).toBe(holds))
})

/** Runs `ctl sandbox` until it says that it is there. */
async function startCommand(env: Record<string, string>, flags: string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, [binPath('ctl'), 'sandbox', ...flags], {env: cleanEnv(env), stdio: ['ignore', 'pipe', 'pipe']})
  closers.push(() => child.kill('SIGKILL'))
  await new Promise<void>((resolve, reject) => {
    let said = ''
    child.stderr.on('data', chunk => void ((said += String(chunk)).includes('Ctrl-C') && resolve()))
    child.once('exit', code => reject(new Error(`ended with ${code}: ${said}`)))
  })
  return child
}

describe('ctl sandbox', () => {
  it('writes its context, answers the commands, and takes the context away when it ends', async () => {
    const home = mkdtempSync(join(tmpdir(), 'opsdeck-sandbox-test-'))
    closers.push(() => rmSync(home, {recursive: true, force: true}))
    const env = {OPSDECK_CONFIG: join(home, 'config.yaml'), XDG_STATE_HOME: home}
    const child = await startCommand(env, ['--use', '--hide', 'shard-b'])
    expect((await runBin('ctl', ['context', 'list', '-o', 'name'], {env})).stdout).toBe('sandbox\n')
    expect((await runBin('tael', ['traces', '--status', 'error'], {env})).code).toBe(0)
    expect(JSON.parse((await runBin('ctl', ['sandbox', 'kill', 'tael/shard-a', '-o', 'json'], {env})).stdout)).toMatchObject({state: 'down'})
    expect((await runBin('tael', ['traces'], {env})).code).not.toBe(0)
    expect((await runBin('ctl', ['sandbox', 'revive', 'tael/shard-a'], {env})).code).toBe(0)
    expect((await runBin('tael', ['traces'], {env})).code).toBe(0)
    expect(await runBin('ctl', ['sandbox', 'kill', 'tael/shad-a'], {env})).toMatchObject({code: 3, stderr: expect.stringContaining('did you mean tael/shard-a?')})
    const stateFile = join(home, 'opsdeck/sandbox/sandbox.json')
    expect(statSync(stateFile).mode & 0o777).toBe(0o600)
    const exited = new Promise<number | null>(resolve => child.once('exit', resolve))
    child.kill('SIGTERM')
    expect(await exited).toBe(143)
    expect((await runBin('ctl', ['context', 'list', '-o', 'name'], {env})).stdout).toBe('')
    expect(existsSync(stateFile)).toBe(false)
    expect((await runBin('ctl', ['sandbox', 'targets'], {env})).code).toBe(4)
  })

  it('started twice under one name leaves the context to the second', async () => {
    const home = mkdtempSync(join(tmpdir(), 'opsdeck-sandbox-test-'))
    closers.push(() => rmSync(home, {recursive: true, force: true}))
    const env = {OPSDECK_CONFIG: join(home, 'config.yaml'), XDG_STATE_HOME: home, OPSDECK_CONTEXT: 'sandbox'}
    const first = await startCommand(env, [])
    const second = await startCommand(env, [])
    const end = (child: ChildProcess) => new Promise(resolve => {
      child.once('exit', resolve)
      child.kill('SIGTERM')
    })
    await end(first)
    expect((await runBin('tael', ['services'], {env})).code).toBe(0)
    expect((await runBin('ctl', ['sandbox', 'targets', '-o', 'name'], {env})).code).toBe(0)
    await end(second)
    expect((await runBin('ctl', ['context', 'list', '-o', 'name'], {env})).stdout).toBe('')
  })
})
