import {mkdtemp, readdir, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {createArtifactClient, type ArtifactClient} from '../../../src/clients/artifact/client.ts'
import {systemClock} from '../../../src/clients/net/deadline.ts'
import {startFaultProxy, type Fault, type FaultProxy} from '../../helpers/fault-proxy.ts'
import {crate, push, quiet, storeUrl} from './crate.ts'
import type {S3Peer} from './start.ts'

const allFaults: [name: string, fault: Fault][] = [
  ['500', {answer: 500, code: 'InternalError'}], ['503 SlowDown', {answer: 503, code: 'SlowDown'}],
  ['connection cut before the request', 'cut-before'], ['connection cut in the request', 'cut-request'],
  ['connection cut before the answer', 'cut-answer'], ['truncated answer', 'truncate'], ['slow store', 'slow'],
]

/** A client that does not wait between its tries. */
function clientThrough(endpoint: string, peer: S3Peer): Promise<ArtifactClient> {
  return createArtifactClient({
    url: storeUrl(peer), endpoint, region: peer.region, timeoutMs: 10_000, connectTimeoutMs: 2_000, retries: 0,
    credentials: {accessKeyId: peer.accessKeyId, secretAccessKey: peer.secretAccessKey},
    clock: {...systemClock, sleep: async () => {}}, random: () => 0,
  })
}

/**
 * Every fault at every request of a push and of a pull, once and from there on: the old artifact stays whole, the
 * pointer is the old or the new one, the destination is absent or whole, and the same command run again finishes.
 * `only` names some of the faults.
 */
export function faultCases(start: () => Promise<S3Peer>, sizeBytes: number, ...only: string[]): void {
  const faults = allFaults.filter(([name]) => only.length === 0 || only.includes(name))
  let dir: string
  let peer: S3Peer
  let proxy: FaultProxy
  let faulty: ArtifactClient
  let direct: ArtifactClient
  let cases = 0
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'opsdeck-faults-'))
    peer = await start()
    proxy = await startFaultProxy(peer.endpoint)
    faulty = await clientThrough(proxy.endpoint, peer)
    direct = await clientThrough(peer.endpoint, peer)
    await crate('make-artifact', `${dir}/old`, '1', '2000', '--rev', '5')
    await crate('make-artifact', `${dir}/new`, '1', String(sizeBytes), '--rev', '900000')
  })
  afterAll(async () => {
    await faulty?.close()
    await direct?.close()
    await proxy?.close()
    await peer?.stop()
    await rm(dir, {recursive: true, force: true})
  })

  /** Runs `work` through the proxy; gives how many requests it made and whether it went through. */
  const through = async (work: () => Promise<unknown>, onRequest: FaultProxy['onRequest'] = () => undefined) => {
    proxy.seen.length = 0
    proxy.onRequest = onRequest
    const isDone = await work().then(() => true, () => false)
    return {steps: proxy.seen.length, isDone}
  }
  const at = (step: number, fault: Fault, isLasting: boolean): FaultProxy['onRequest'] =>
    ({number}) => (number === step || (isLasting && number > step) ? fault : undefined)
  const verified = async (key: string) => {
    const located = await direct.locate(key, quiet.signal)
    await direct.verifyRemote(located, quiet)
    return located.manifest.cursor.rank
  }

  const brokenPush = async (step: number, fault: Fault, isLasting: boolean) => {
    const key = `push/${(cases += 1)}`
    await push(direct, `${dir}/old`, key)
    const {isDone} = await through(() => push(faulty, `${dir}/new`, key), at(step, fault, isLasting))
    const rank = await verified(key)
    expect(isDone ? [900_000n] : [5n, 900_000n]).toContain(rank)
    expect((await push(direct, `${dir}/new`, key)).outcome).toMatch(/published|unchanged/)
    expect(await verified(key)).toBe(900_000n)
    return isDone
  }

  test('a reader finds a whole artifact before and after every request of a push: the old, then the new', async () => {
    await push(direct, `${dir}/old`, 'read')
    const ranks: bigint[] = []
    const look = async () => void ranks.push(await verified('read'))
    proxy.onAnswer = look
    await through(() => push(faulty, `${dir}/new`, 'read'), look)
    proxy.onAnswer = () => {}
    const moved = ranks.indexOf(900_000n)
    expect(moved).toBeGreaterThan(10)
    expect(ranks).toEqual(ranks.map((_, index) => (index < moved ? 5n : 900_000n)))
  })

  test.each(faults)('a push, at every request: %s', async (_name, fault) => {
    const clean = `clean/${(cases += 1)}`
    await push(direct, `${dir}/old`, clean)
    const {steps, isDone} = await through(() => push(faulty, `${dir}/new`, clean))
    expect(isDone).toBe(true)
    expect(steps).toBeGreaterThan(7)
    for (let step = 1; step <= steps; step += 1) {
      expect(await brokenPush(step, fault, false)).toBe(true)
      await brokenPush(step, fault, true)
    }
  })

  const brokenPull = async (step: number, fault: Fault, isLasting: boolean) => {
    const place = `${dir}/pull-${(cases += 1)}`
    const pull = async (client: ArtifactClient) =>
      client.pull(await client.locate('pulled', quiet.signal), `${place}/out`, quiet)
    const {isDone} = await through(() => pull(faulty), at(step, fault, isLasting))
    expect((await readdir(`${place}/out`).catch(() => [])).toSorted()).toEqual(isDone ? ['MANIFEST.json', 'data'] : [])
    if (!isDone) await pull(direct)
    expect(await readdir(place)).toEqual(['out'])
    expect(await crate('verify', `${place}/out`)).toMatchObject({ok: true})
    await rm(place, {recursive: true})
    return isDone
  }

  test.each(faults)('a pull, at every request: %s', async (_name, fault) => {
    await push(direct, `${dir}/new`, 'pulled')
    const {steps} = await through(async () => faulty.verifyRemote(await faulty.locate('pulled', quiet.signal), quiet))
    expect(steps).toBeGreaterThan(3)
    for (let step = 1; step <= steps; step += 1) {
      expect(await brokenPull(step, fault, false)).toBe(true)
      await brokenPull(step, fault, true)
    }
  })
}
