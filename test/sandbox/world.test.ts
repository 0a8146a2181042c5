import {existsSync, mkdtempSync, readdirSync, rmSync, statSync} from 'node:fs'
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

async function countSpans(url: string): Promise<number> {
  const answer = await fetch(`${url}/api/v1/traces?limit=1000`)
  return ((await answer.json()) as {spans: unknown[]}).spans.length
}

describe('the query tier of the sandbox', () => {
  it('leaves a hidden shard out with 200 and no word, as the real one does', async () => {
    const world = await startWorld()
    closers.push(() => world.close())
    const count = () => countSpans(world.tier.url)
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
  it('that hangs holds up every request to the tier; killed it costs nothing; revived it is back', async () => {
    const world = await startWorld({pace: 100})
    closers.push(() => world.close())
    const act = (action: 'freeze' | 'kill' | 'revive') => world.targets()['shard-b']!.actions[action]!()
    await act('freeze')
    const startedMs = performance.now()
    const partial = await countSpans(world.tier.url)
    expect(performance.now() - startedMs).toBeGreaterThan(290)
    expect(partial).toBeLessThan(186)
    expect((await fetch(`${world.tier.url}/healthz`)).status).toBe(200)
    await act('kill')
    expect(await countSpans(world.tier.url)).toBe(partial)
    await act('revive')
    expect(await countSpans(world.tier.url)).toBe(186)
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

  it('takes nothing while its leader is gone, and then at the standby', async () => {
    const world = await startWorld({empty: true, pace: 10})
    closers.push(() => world.close())
    const {nodes} = world.groups[0]!
    const [first, standby] = nodes.map(({node}) => node)
    await world.targets()['shard-a']!.actions.kill!()
    await world.take(seedRecords(Date.now()))
    expect(standby!.ingest().otlp_spans.batches).toBe(0)
    while (!standby!.cluster()!.isLeader) await new Promise(resolve => setTimeout(resolve, 10))
    await world.take(seedRecords(Date.now()))
    expect([first!.ingest().otlp_spans.batches, standby!.ingest().otlp_spans.batches]).toEqual([0, 1])
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
  it.each([
    ['90', 90], ['2h', 7_200], ['7d', 604_800], [' 5m ', 300], ['-5', -5], ['1w', undefined], ['1.5h', undefined],
    ['', undefined],
  ])('last=%j', (text, seconds) =>
    expect(parseLast(text)).toBe(seconds))
  it.each([
    ['declined', true], ['nosuch', false], ['nosuch declined', true], ['card AND declined', true],
    ['card AND nosuch', false], ['"card declined"', true], ['"declined card"', false], ['declined NOT card', false],
    ['+declined -nosuch', true], ['declin', false],
  ])('text %s', (query, holds) => expect(textTest(query)(words('Card DECLINED: insufficient funds'))).toBe(holds))
})

/** A home of its own, and `ctl sandbox` running in it. */
async function startCommand(flags: string[], env = newHome()): Promise<{child: ChildProcess; env: Env}> {
  const child = spawn(process.execPath, [binPath('ctl'), 'sandbox', ...flags], {
    env: cleanEnv(env), stdio: ['ignore', 'pipe', 'pipe'],
  })
  closers.push(() => child.kill('SIGKILL'))
  await new Promise<void>((resolve, reject) => {
    let said = ''
    child.stderr.on('data', chunk => void ((said += String(chunk)).includes('Ctrl-C') && resolve()))
    child.once('exit', code => reject(new Error(`ended with ${code}: ${said}`)))
  })
  return {child, env}
}

type Env = Record<'OPSDECK_CONFIG' | 'XDG_STATE_HOME' | 'OPSDECK_CONTEXT', string>

function newHome(): Env {
  const home = mkdtempSync(join(tmpdir(), 'opsdeck-sandbox-test-'))
  closers.push(() => rmSync(home, {recursive: true, force: true}))
  return {OPSDECK_CONFIG: join(home, 'config.yaml'), XDG_STATE_HOME: home, OPSDECK_CONTEXT: 'sandbox'}
}

function end(child: ChildProcess): Promise<number | null> {
  return new Promise(resolve => {
    child.once('exit', resolve)
    child.kill('SIGTERM')
  })
}

describe('ctl sandbox', () => {
  it('writes its context, answers the commands, and takes the context away when it ends', async () => {
    const {child, env} = await startCommand(['--use', '--hide', 'shard-b'])
    expect((await runBin('ctl', ['context', 'list', '-o', 'name'], {env})).stdout).toBe('sandbox\n')
    expect((await runBin('tael', ['traces', '--status', 'error'], {env})).code).toBe(0)
    expect(await end(child)).toBe(143)
    expect((await runBin('ctl', ['context', 'list', '-o', 'name'], {env})).stdout).toBe('')
  })

  it('lets its servers be killed and revived, by an address and a token that only its owner can read', async () => {
    const {child, env} = await startCommand([])
    const act = (...words: string[]) => runBin('ctl', ['sandbox', ...words], {env})
    expect(JSON.parse((await act('kill', 'tael/shard-a', '-o', 'json')).stdout)).toMatchObject({state: 'down'})
    expect((await runBin('tael', ['traces'], {env})).code).toBe(9)
    expect((await act('revive', 'tael/shard-a')).code).toBe(0)
    expect((await runBin('tael', ['traces'], {env})).code).toBe(0)
    const mistyped = await act('kill', 'tael/shad-a')
    expect(mistyped).toMatchObject({code: 3, stderr: expect.stringContaining('did you mean tael/shard-a?')})
    const stateFile = join(env.XDG_STATE_HOME, 'opsdeck/sandbox/sandbox.json')
    expect(statSync(stateFile).mode & 0o777).toBe(0o600)
    await end(child)
    expect(existsSync(stateFile)).toBe(false)
    expect((await act('targets')).code).toBe(4)
  })

  it('has two directives to begin with, of which one ends soon, and leaves no record of them behind', async () => {
    const {child, env} = await startCommand([])
    const {items} = JSON.parse((await runBin('ctl', ['directive', 'list', '-o', 'json'], {env})).stdout) as {
      items: {id: string; state: string; certainty: string}[]
    }
    expect(items.map(({id, state, certainty}) => [id, state, certainty]))
      .toEqual([['timing-zeta', 'active', 'until'], ['shape-orders', 'active', 'until']])
    expect((await runBin('ctl', ['directive', 'verify-applied'], {env})).code).toBe(0)
    const records = join(env.XDG_STATE_HOME, 'opsdeck/directives')
    expect(readdirSync(records)).toHaveLength(2)
    await end(child)
    expect(readdirSync(records)).toEqual([])
  })

  it('grows with --live, and stays as it is without', async () => {
    const count = async (env: Env) => {
      const {stdout} = await runBin('tael', ['ingest', 'status', '-o', 'json'], {env})
      const {items} = JSON.parse(stdout) as {items: {pipeline: string; records: number}[]}
      return items.find(({pipeline}) => pipeline === 'otlp_spans')!.records
    }
    const [live, still] = await Promise.all([startCommand(['--live']), startCommand([])])
    while (await count(live.env) < 186 + 8) await new Promise(resolve => setTimeout(resolve, 100))
    expect(await count(still.env)).toBe(186)
  })

  it('started twice under one name leaves the context to the second', async () => {
    const {child: first, env} = await startCommand([])
    const {child: second} = await startCommand([], env)
    await end(first)
    expect((await runBin('tael', ['services'], {env})).code).toBe(0)
    expect((await runBin('ctl', ['sandbox', 'targets', '-o', 'name'], {env})).code).toBe(0)
    await end(second)
    expect((await runBin('ctl', ['context', 'list', '-o', 'name'], {env})).stdout).toBe('')
  })
})
