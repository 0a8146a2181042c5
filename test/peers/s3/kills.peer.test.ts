import {spawn, type ChildProcess} from 'node:child_process'
import {once} from 'node:events'
import {mkdtemp, readdir, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import type {ArtifactClient} from '../../../src/clients/artifact/client.ts'
import {binPath, cleanEnv} from '../../helpers/cli.ts'
import {startFaultProxy, type FaultProxy} from '../../helpers/fault-proxy.ts'
import {clientOf, crate, push, quiet, storeUrl} from './crate.ts'
import {startS3, type S3Peer} from './start.ts'

let dir: string
let peer: S3Peer
let proxy: FaultProxy
let client: ArtifactClient
let cases = 0
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'opsdeck-kills-'))
  peer = await startS3()
  proxy = await startFaultProxy(peer.endpoint)
  client = await clientOf(peer)
  for (const [name, bytes, position] of [
    ['old', '2000', '5'],
    ['new', '20000000', '900000'],
    ['newest', '2000', '1000000'],
  ] as const) {
    await crate('make-artifact', `${dir}/${name}`, '1', bytes, '--rev', position)
  }
})
afterAll(async () => {
  await client?.close()
  await proxy?.close()
  await peer?.stop()
  await rm(dir, {recursive: true, force: true})
})

/** Starts `snap` behind the proxy. */
function snap(...words: string[]): ChildProcess {
  proxy.seen.length = 0
  const env = {
    ...peer.env,
    AWS_ENDPOINT_URL_S3: undefined,
    OPSDECK_ARTIFACTS_URL: storeUrl(peer),
    OPSDECK_ARTIFACTS_ENDPOINT: proxy.endpoint,
  }
  return spawn(process.execPath, [binPath('snap'), ...words, '-q'], {env: cleanEnv(env), stdio: 'ignore'})
}

/** Lets `snap` run until request `step`, before it is passed on or after the answer, and does `work` to it there. */
async function until(
  step: number,
  when: When,
  work: (child: ChildProcess) => Promise<void>,
  words: string[],
) {
  let child: ChildProcess | undefined
  const meet = async ({number}: {number: number}) => void (number === step && (await work(child!)))
  proxy.onRequest = when === 'before' ? async request => meet(request).then(() => undefined) : () => undefined
  proxy.onAnswer = when === 'after' ? meet : () => {}
  child = snap(...words)
  await once(child, 'exit')
  proxy.onRequest = () => undefined
  proxy.onAnswer = () => {}
  return child
}

const kill = async (child: ChildProcess) => void child.kill('SIGKILL')

async function verified(key: string): Promise<bigint> {
  const located = await client.locate(key, quiet.signal)
  await client.verifyRemote(located, quiet)
  return located.manifest.cursor.rank
}

type When = 'before' | 'after'

/** Calls `each` for every request of a clean run of `words`. */
async function everyStep(
  words: string[],
  moments: When[],
  each: (step: number, when: When) => Promise<void>,
): Promise<number> {
  const clean = await until(0, 'before', kill, words)
  expect(clean.exitCode).toBe(0)
  const steps = proxy.seen.length
  for (let step = 1; step <= steps; step += 1) for (const when of moments) await each(step, when)
  return steps
}

// Killed when the store has answered and nobody has heard it: what the store sees is the same as before the next one.
test('a push killed at every request: the old artifact stays whole, the next run finishes it', async () => {
  let keptBytes = 0
  await push(client, `${dir}/old`, 'push/clean')
  await everyStep(['push', `${dir}/new`, 'push/clean'], ['after'], async (step, when) => {
    const key = `push/${step}-${when}`
    await push(client, `${dir}/old`, key)
    expect((await until(step, when, kill, ['push', `${dir}/new`, key])).signalCode).toBe('SIGKILL')
    expect([5n, 900_000n]).toContain(await verified(key))
    const published = await push(client, `${dir}/new`, key)
    keptBytes = Math.max(keptBytes, published.keptBytes)
    expect(await verified(key)).toBe(900_000n)
    for await (const upload of client.store.uploads('fleet/push', quiet.signal))
      await client.store.abortUpload(upload, quiet.signal)
  })
  expect(keptBytes).toBeGreaterThan(8_000_000)
})

test('a push frozen at every request while a newer artifact is published: the pointer never moves back', async () => {
  await everyStep(['push', `${dir}/new`, 'frozen/clean'], ['before', 'after'], async (step, when) => {
    const key = `frozen/${step}-${when}`
    await push(client, `${dir}/old`, key)
    const child = await until(step, when, async frozen => {
      frozen.kill('SIGSTOP')
      await push(client, `${dir}/newest`, key)
      frozen.kill('SIGCONT')
    }, ['push', `${dir}/new`, key])
    expect(child.exitCode).toBe(0)
    expect(await verified(key)).toBe(1_000_000n)
  })
})

test('a pull killed at every request: the destination is absent, the next run finishes it, no trace left', async () => {
  await push(client, `${dir}/new`, 'pulled')
  const steps = await everyStep(['pull', 'pulled', `${dir}/clean`], ['after'], async (step, when) => {
    const place = `${dir}/pull-${(cases += 1)}`
    expect((await until(step, when, kill, ['pull', 'pulled', `${place}/out`])).signalCode).toBe('SIGKILL')
    expect(await readdir(`${place}/out`).catch(() => 'absent')).toBe('absent')
    await client.pull(await client.locate('pulled', quiet.signal), `${place}/out`, quiet)
    expect(await readdir(place)).toEqual(['out'])
    expect(await crate('verify', `${place}/out`)).toMatchObject({ok: true})
    await rm(place, {recursive: true})
  })
  expect(steps).toBeGreaterThan(6)
})

test('a pull frozen while its payload is replaced and removed: whole or absent, never half', async () => {
  await push(client, `${dir}/new`, 'moving/clean')
  const codes = new Set<number | null>()
  await everyStep(['pull', 'moving/clean', `${dir}/moving`], ['before'], async (step, when) => {
    const [key, place] = [`moving/${step}-${when}`, `${dir}/pull-${(cases += 1)}`]
    await push(client, `${dir}/new`, key)
    const child = await until(step, when, async frozen => {
      frozen.kill('SIGSTOP')
      await push(client, `${dir}/newest`, key)
      await (await client.planPrune(key, {graceMs: 0, uploads: false, legacy: false}, quiet.signal)).apply(quiet.signal)
      frozen.kill('SIGCONT')
    }, ['pull', key, `${place}/out`])
    codes.add(child.exitCode)
    const names = await readdir(`${place}/out`).catch(() => [])
    expect(names.length === 0).toBe(child.exitCode !== 0)
    if (child.exitCode !== 0) await client.pull(await client.locate(key, quiet.signal), `${place}/out`, quiet)
    expect(await crate('verify', `${place}/out`)).toMatchObject({ok: true})
    await rm(place, {recursive: true})
  })
  expect(codes.size).toBeGreaterThan(1)
})

test('the store frozen for two seconds in the middle: push and pull wait for it', async () => {
  const freeze = async () => {
    process.kill(peer.pid, 'SIGSTOP')
    setTimeout(() => process.kill(peer.pid, 'SIGCONT'), 2_000)
  }
  expect((await until(6, 'before', freeze, ['push', `${dir}/new`, 'waiting'])).exitCode).toBe(0)
  expect((await until(5, 'before', freeze, ['pull', 'waiting', `${dir}/waited`])).exitCode).toBe(0)
  expect(await crate('verify', `${dir}/waited`)).toMatchObject({ok: true})
})
