import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {binPath, cleanEnv, runBin} from '../../helpers/cli.ts'
import {forThisTest} from './for-this-test.ts'
import {startProxy} from './start.ts'
import {openRealWorld, type RealWorld} from './worlds.ts'

let world: RealWorld
let home: string

beforeAll(async () => {
  world = await openRealWorld('etcd')
  home = await mkdtemp(join(tmpdir(), 'opsdeck-directive-'))
  await mkdir(join(home, 'opsdeck'))
  await writeContext(world.proxies.map(({url}) => url))
})

async function writeContext(instances: string[]): Promise<void> {
  const directives = {instances, etcd: {endpoints: [world.etcd!.url]}, signingKey: 'env://SIGN'}
  const config = JSON.stringify({current: 'fleet', contexts: {fleet: {directives}}})
  await writeFile(join(home, 'opsdeck', 'config.yaml'), config, {mode: 0o600})
}

afterAll(async () => {
  await world.stop()
  await rm(home, {recursive: true})
})

const env = () => ({XDG_CONFIG_HOME: home, XDG_STATE_HOME: home, SIGN: world.signingKey})
const ctl = (words: string) => runBin('ctl', ['directive', ...words.split(' ')], {env: env()})

/** `watch` until it has printed so many lines; then it is asked to stop, at the latest after 20 s. */
function watched(lines: number) {
  const child = spawn(process.execPath, [binPath('ctl'), 'directive', 'watch', '-o', 'jsonl'], {env: cleanEnv(env())})
  let text = ''
  const limit = setTimeout(() => child.kill('SIGTERM'), 20_000)
  child.stdout.on('data', chunk => {
    text += String(chunk)
    if (text.split('\n').length > lines) child.kill('SIGTERM')
  })
  const ended = once(child, 'exit').then(([code]) => {
    clearTimeout(limit)
    return {code: code as number | null, events: text.trimEnd().split('\n').map(line =>
      JSON.parse(line) as {event: string})}
  })
  return {ready: once(child.stdout, 'data'), ended}
}

test('the built command publishes through etcd, proves it, watches it and switches it off', async () => {
  const watching = watched(4)
  await watching.ready
  const published = await ctl('publish --tenant acme --ttl 3s --ring-buffer -o json')
  expect(published.code).toBe(0)
  expect(JSON.parse(published.stdout)).toMatchObject({proofs: [{applies: 'current'}, {applies: 'current'}]})
  const list = JSON.parse((await ctl('list -o json')).stdout)
  expect(list).toMatchObject({store: 'etcd', items: [{id: 'shape-acme', certainty: 'at least', state: 'active'}]})
  expect((await ctl('verify-applied --key')).stdout).toMatch(/(the newest set +held +agrees[^]*){2}/)
  await new Promise(resolve => setTimeout(resolve, 3_500))
  expect((await ctl('clear --yes')).code).toBe(0)
  const {events, code} = await watching.ended
  expect(events.map(({event}) => event)).toEqual(['watching', 'added', 'ended', 'removed'])
  expect(code).toBe(143)
  world.etcd!.freeze()
  const startedAtMs = performance.now()
  expect((await ctl('list')).code).toBe(4)
  expect(performance.now() - startedAtMs).toBeLessThan(10_000)
  world.etcd!.thaw()
})

test('an instance that missed the set is found and repaired', async () => {
  expect((await ctl('publish --tenant acme --ttl 60s')).code).toBe(0)
  expect((await ctl('verify')).code).toBe(0)
  const deaf = await forThisTest(startProxy({
    OSPROXY_UPSTREAM: world.stub.url, OSPROXY_ETCD_ENDPOINTS: world.etcd!.url, OSPROXY_ETCD_DIRECTIVES_KEY: 'other/key',
  }))
  await writeContext([world.proxies[0]!.url, deaf.url])
  expect(await ctl('verify')).toMatchObject({code: 9, stdout: expect.stringContaining('neither the newest')})
  expect((await ctl('verify --repair --readonly')).code).toBe(12)
  const repaired = await ctl('verify --repair -o json')
  expect(repaired.code).toBe(9)
  expect(JSON.parse(repaired.stdout)).toMatchObject({proofs: [{applies: 'current'}, {applies: 'none'}]})
})
