import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {binPath, cleanEnv, runBin} from '../../helpers/cli.ts'
import {openRealWorld, type RealWorld} from './worlds.ts'

let world: RealWorld
let home: string

beforeAll(async () => {
  world = await openRealWorld('etcd')
  home = await mkdtemp(join(tmpdir(), 'opsdeck-directive-'))
  await mkdir(join(home, 'opsdeck'))
  const directives = {
    instances: world.instances.map(({name}) => name), etcd: {endpoints: [world.etcd!.url]}, signingKey: 'env://SIGN',
  }
  const config = JSON.stringify({current: 'fleet', contexts: {fleet: {directives}}})
  await writeFile(join(home, 'opsdeck', 'config.yaml'), config, {mode: 0o600})
})

afterAll(async () => {
  await world.stop()
  await rm(home, {recursive: true})
})

const env = () => ({XDG_CONFIG_HOME: home, XDG_STATE_HOME: home, SIGN: world.signingKey})
const ctl = (words: string) => runBin('ctl', ['directive', ...words.split(' ')], {env: env()})

/** `watch` until it has printed so many lines; then it is asked to stop. */
async function watched(lines: number): Promise<{events: {event: string; item?: {id: string}}[]; code: number | null}> {
  const child = spawn(process.execPath, [binPath('ctl'), 'directive', 'watch', '-o', 'jsonl'], {env: cleanEnv(env())})
  let text = ''
  child.stdout.on('data', chunk => {
    text += String(chunk)
    if (text.split('\n').length > lines) child.kill('SIGTERM')
  })
  const [code] = await once(child, 'exit') as [number | null]
  return {code, events: text.trimEnd().split('\n').map(line => JSON.parse(line))}
}

test('the built command publishes through etcd, proves it, watches it and switches it off', async () => {
  const watching = watched(3)
  await new Promise(resolve => setTimeout(resolve, 1_500))
  const published = await ctl('publish --tenant acme --ttl 3s --ring-buffer -o json')
  expect(published.code).toBe(0)
  expect(JSON.parse(published.stdout)).toMatchObject({proofs: [{applies: 'current'}, {applies: 'current'}]})
  const list = JSON.parse((await ctl('list -o json')).stdout)
  expect(list).toMatchObject({store: 'etcd', items: [{id: 'shape-acme', certainty: 'at least', state: 'active'}]})
  expect((await ctl('verify-applied --key')).stdout).toMatch(/(the newest set +held +agrees[^]*){2}/)
  await new Promise(resolve => setTimeout(resolve, 2_000))
  expect((await ctl('clear --yes')).code).toBe(0)
  const {events, code} = await watching
  expect(events.map(({event, item}) => `${event} ${item?.id}`)).toEqual(
    ['added shape-acme', 'ended shape-acme', 'removed shape-acme'])
  expect(code).toBe(143)
  world.etcd!.freeze()
  const startedAtMs = performance.now()
  expect((await ctl('list')).code).toBe(4)
  expect(performance.now() - startedAtMs).toBeLessThan(10_000)
  world.etcd!.thaw()
})
