import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {LeaseClient} from '../../../src/clients/lease/client.ts'
import {NatsLeaseStore} from '../../../src/clients/lease/nats-store.ts'
import {systemClock} from '../../../src/clients/net/deadline.ts'
import {createBucket} from './bucket.ts'
import {startNatsCluster, type NatsCluster} from './cluster.ts'
import {start, type Running} from './running.ts'
import {startNats, type NatsPeer} from './start.ts'

const signal = new AbortController().signal
let folder: string
let nth = 0
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'opsdeck-faults-'))
  nth = 0
})
afterEach(() => rmSync(folder, {recursive: true}))

const quick = ['--timeout', '1s', '--connect-timeout', '1s', '--retries', '1']
const env = (url: string) => ({NATS_URL: url, OPSDECK_LEASES_BUCKET: 'leases', XDG_STATE_HOME: folder})

/** A command under a lease that ends when it is let go. */
function exec(url: string, code = 0): Running & {letGo(): void} {
  const file = join(folder, `go-${(nth += 1)}`)
  const script = `echo began; until [ -e ${file} ]; do sleep 0.05; done; echo 0a >&3; exit ${code}`
  const running = start(
    env(url), 'exec', 'orders', '--ttl', '5m', '--holder', 'me', '--check-every', '200ms', '--cursor-from', 'fd:3',
    ...quick, '--', 'sh', '-c', script,
  )
  return Object.assign(running, {letGo: () => writeFileSync(file, '')})
}

const openClient = async (url: string, retries = 2) =>
  new LeaseClient(await NatsLeaseStore.open({url, bucket: 'leases', timeoutMs: 2_000}), systemClock, {retries})

/** What really was written to a key. */
async function written(url: string): Promise<[bigint, string][]> {
  const client = await openClient(url, 20)
  const entries = await client.history('orders', signal)
  await client.store.close()
  return entries.map(entry => [entry.revision, new TextDecoder().decode(entry.value)])
}

describe('a restart of the server', () => {
  let peer: NatsPeer
  beforeEach(async () => {
    peer = await startNats()
    await createBucket({servers: peer.url}, 'leases', {history: 20})
  })
  afterEach(() => peer.stop())

  it('while a command runs: what is not known is said, and the lease is completed once', async () => {
    const running = exec(peer.url)
    await running.says('began')
    await peer.kill()
    await running.says('whether the lease is still ours is not known')
    await peer.restart()
    await running.says('the lease is still ours')
    running.letGo()
    expect(await running.ended).toBe(0)
    expect((await written(peer.url)).map(([, text]) => text.includes('"completed_cursor_hex":"0a"'))).toEqual([
      false, true,
    ])
  })

  it('when the command ends: completing goes on until the server is back', async () => {
    const running = exec(peer.url)
    await running.says('began')
    await peer.kill()
    running.letGo()
    await running.says('trying again')
    await peer.restart()
    expect(await running.ended).toBe(0)
    expect((await written(peer.url)).map(([, text]) => text.includes('"completed_cursor_hex":"0a"'))).toEqual([
      false, true,
    ])
  })

  it('that does not come: a failed command keeps its code, and what may stay held is said', async () => {
    const running = exec(peer.url, 37)
    await running.says('began')
    await peer.kill()
    running.letGo()
    await running.says('trying again')
    running.kill('SIGTERM')
    running.kill('SIGINT')
    expect(await running.ended).toBe(37)
    expect(running.stderr).toMatch(/orders could not be given back, it may stay held until .*Z/)
    await peer.restart()
  })

  it('while leases are watched: each write once, a replaced one told as missed', async () => {
    const client = await openClient(peer.url)
    const take = async (holderId: string) =>
      (await client.planAcquire('orders', {holderId, ttlS: 60n}, signal)).apply(signal)
    const giveBack = async () => (await client.planAbandon('orders', {}, signal)).apply(signal)
    await take('a')
    const running = start(env(peer.url), 'watch', '-o', 'jsonl', '--interval', '200ms', ...quick)
    await running.says('present')
    await giveBack()
    await running.says('free')
    await peer.kill()
    await running.says('unreachable')
    await peer.restart()
    await running.says('reachable"')
    await take('b')
    await running.says('"b"')
    await client.store.close()
    running.kill('SIGINT')
    expect(await running.ended).toBe(130)
    expect(running.documents.map(each => each['event'])).toEqual([
      'present', 'modified', 'unreachable', 'reachable', 'modified',
    ])
    expect(running.documents.map(each => (each['item'] as {revision: number} | undefined)?.revision)).toEqual([
      1, 2, undefined, undefined, 3,
    ])
  })
})

it('a bucket of one record a key tells what was written and replaced between two looks', async () => {
  const peer = await startNats()
  try {
    await createBucket({servers: peer.url})
    const client = await openClient(peer.url)
    const running = start(env(peer.url), 'watch', 'orders', '-o', 'jsonl', '--interval', '2s')
    await expect.poll(async () => {
      await (await client.planAcquire('orders', {holderId: 'a', ttlS: 60n}, signal)).apply(signal)
      await (await client.planAbandon('orders', {}, signal)).apply(signal)
      return running.documents.length
    }, {timeout: 30_000, interval: 300}).toBeGreaterThan(2)
    await client.store.close()
    running.kill('SIGTERM')
    expect(await running.ended).toBe(143)
    expect(running.documents.slice(1).every(each => each['missed'] === true)).toBe(true)
  } finally {
    await peer.stop()
  }
})

describe('a cluster of three', () => {
  let cluster: NatsCluster
  beforeEach(async () => {
    cluster = await startNatsCluster()
    await cluster.createBucket('leases', 64)
  })
  afterEach(() => cluster.stop())

  it('whose leader changes, by order and by death, loses and invents nothing for exec and watch', async () => {
    const watching = start(env(cluster.url), 'watch', '-o', 'jsonl', '--interval', '100ms', ...quick)
    const running = exec(cluster.url)
    await running.says('began')
    // It begins with what stands there: what is written before it looks is not its to tell.
    await expect.poll(() => seen(watching, 'orders').length, {timeout: 30_000}).toBeGreaterThan(0)
    await cluster.moveLeader('leases')
    const client = await openClient(cluster.url, 20)
    const certain = new Set<bigint>()
    const write = async (round: number) => {
      const change = round % 2 === 0
        ? await client.planAcquire('other', {holderId: `round-${round}`, ttlS: 60n}, signal)
        : await client.planAbandon('other', {}, signal)
      const outcome = await change.apply(signal)
      expect(outcome.state).toBe('done')
      if (outcome.state === 'done') certain.add(outcome.result.revision)
    }
    for (let round = 0; round < 6; round += 1) {
      await write(round)
      if (round === 1) await cluster.moveLeader('leases')
      if (round !== 3) continue
      const leader = await cluster.leaderOf('leases')
      await cluster.kill(leader)
      await write(4)
      await write(5)
      await cluster.restart(leader)
    }
    running.letGo()
    expect({code: await running.ended, stderr: running.stderr}).toMatchObject({code: 0})
    const truth = (await client.history('other', signal)).map(each => each.revision)
    await expect.poll(() => seen(watching, 'other').at(-1)?.revision, {timeout: 30_000}).toBe(Number(truth.at(-1)))
    await expect.poll(() => seen(watching, 'orders').at(-1)?.state, {timeout: 30_000}).toBe('completed')
    await client.store.close()
    watching.kill('SIGINT')
    await watching.ended
    expect([...certain].every(revision => truth.includes(revision))).toBe(true)
    expect(seen(watching, 'other').map(each => BigInt(each.revision))).toEqual(truth)
    expect((await written(cluster.url)).map(([, text]) => text.includes('"completed_cursor_hex":"0a"'))).toEqual([
      false, true,
    ])
  })
})

function seen(running: Running, key: string): {key: string; revision: number; state: string}[] {
  return running.documents.flatMap(each => {
    const item = each['item'] as {key: string; revision: number; state: string} | undefined
    return item?.key === key ? [item] : []
  })
}
