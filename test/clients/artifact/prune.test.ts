import {cpSync, globSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, it} from 'vitest'
import {createArtifactClient, type ArtifactClient} from '../../../src/clients/artifact/client.ts'
import type {Layout} from '../../../src/clients/artifact/object-key.ts'
import {systemClock} from '../../../src/clients/net/deadline.ts'

const signal = new AbortController().signal
const artifacts = join(import.meta.dirname, '../../fixtures/artifact/artifacts')
const hour = 3_600_000
let dir: string
let client: ArtifactClient
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'opsdeck-prune-'))
  mkdirSync(join(dir, 'a'))
  client = await createArtifactClient({
    url: `file://${dir}`,
    timeoutMs: 5_000,
    connectTimeoutMs: 1_000,
    retries: 0,
    clock: systemClock,
    random: Math.random,
  })
  await push(5)
  await push(5, 'fixed')
  await push(9)
})
afterEach(() => rmSync(dir, {recursive: true}))

async function push(rank: number, layout: Layout = 'addressed'): Promise<void> {
  const change = await client.planPush(
    join(artifacts, `append-log-rev${rank}`),
    'a/k',
    {layout, onProgress: () => {}},
    signal,
  )
  await change.apply(signal)
}
const plan = (extra: object = {}) =>
  client.planPrune('a/k', {graceMs: 0, uploads: false, legacy: false, ...extra}, signal)
const prune = async (extra: object = {}) => {
  const outcome = await (await plan(extra)).apply(signal)
  return outcome.state === 'done' ? outcome.result : outcome
}
const names = () =>
  globSync(`${dir}/a/**`, {withFileTypes: true})
    .filter(each => each.isFile())
    .map(each => each.name.replace(/-\w{16}/, ''))
    .sort()
const old = (path: string) => utimesSync(path, new Date(Date.now() - 2 * hour), new Date(Date.now() - 2 * hour))
const payloads = join('a', 'k.payloads')

it('removes older payloads, and on request what a 0.5 publisher and broken uploads left', async () => {
  for (const name of ['k#7', 'k.manifest.json#2', 'k.payloads/0000000000000009-x.tar#1', 'kk#3'])
    writeFileSync(join(dir, 'a', name), 'part')
  expect(await prune()).toMatchObject({removed: 1, uploads: 0})
  expect(await prune()).toMatchObject({removed: 0})
  expect(await prune({uploads: true, legacy: true})).toMatchObject({removed: 1, uploads: 3})
  expect(names()).toEqual(['0000000000000009.tar', 'k.manifest.json', 'k.manifest.json#0', 'kk#3'])
})

it('leaves what is younger than the grace', async () => {
  writeFileSync(join(dir, 'a', 'k#7'), 'part')
  expect(await prune({graceMs: hour, uploads: true, legacy: true})).toMatchObject({removed: 0, uploads: 0})
  old(globSync(`${dir}/${payloads}/*05-*`)[0]!)
  old(join(dir, 'a', 'k#7'))
  expect(await prune({graceMs: hour, uploads: true, legacy: true})).toMatchObject({removed: 1, uploads: 1})
})

it('leaves the 0.5 payload where it is the only one', async () => {
  rmSync(join(dir, payloads), {recursive: true})
  expect(await prune({legacy: true})).toMatchObject({removed: 0})
  expect(names()).toContain('k')
})

it('removes only what may still go when the question is answered', async () => {
  const planned = await plan({legacy: true})
  expect(planned.request.split('\n')).toHaveLength(2)
  // A 0.5 publisher moves the pointer back meanwhile, to a payload that was to go.
  cpSync(join(artifacts, 'append-log-rev5', 'MANIFEST.json'), join(dir, 'a', 'k.manifest.json'))
  expect(await planned.apply(signal)).toMatchObject({result: {removed: 1}})
  expect(names().filter(name => name.endsWith('.tar') || name === 'k')).toEqual([
    '0000000000000005.tar',
    '0000000000000009.tar',
  ])
})

it('leaves a 0.5 payload that was written anew meanwhile', async () => {
  const planned = await plan({legacy: true})
  cpSync(join(dir, 'a', 'k'), join(dir, 'a', 'copy'))
  rmSync(join(dir, 'a', 'k'))
  cpSync(join(dir, 'a', 'copy'), join(dir, 'a', 'k'))
  expect(await planned.apply(signal)).toMatchObject({result: {removed: 1}})
  expect(names()).toContain('k')
})

it('without a pointer that can be read removes nothing', async () => {
  writeFileSync(join(dir, 'a', 'k.manifest.json'), 'garbage')
  expect((await plan({legacy: true})).warnings).toEqual(['there is no readable pointer, so no payload is removed'])
  expect(await prune({legacy: true})).toMatchObject({removed: 0})
})
