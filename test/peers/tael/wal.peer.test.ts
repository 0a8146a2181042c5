import {execFileSync} from 'node:child_process'
import {createHash} from 'node:crypto'
import {readdirSync, statSync} from 'node:fs'
import {join} from 'node:path'
import {afterEach, expect, test} from 'vitest'
import {systemClock} from '../../../src/clients/net/deadline.ts'
import {topicFolder} from '../../../src/clients/tael/wal-directory.ts'
import {loadUnpackr, readFrame} from '../../../src/clients/tael/wal-frame.ts'
import type {WalRecord} from '../../../src/clients/tael/wal-frame.ts'
import {statSegments} from '../../../src/clients/tael/wal-inspect.ts'
import {parseStart} from '../../../src/clients/tael/wal-position.ts'
import {startTap} from '../../../src/clients/tael/wal-tap.ts'
import {tailWal} from '../../../src/clients/tael/wal-tail.ts'
import type {WalFrame, WalItem, WalTailOptions} from '../../../src/clients/tael/wal-tail.ts'
import {gaugeBatch, logBatch, spanBatch, until, walServer} from './wal-server.ts'
import type {WalServer} from './wal-server.ts'

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function started(version: '0.5.15' | '0.5.14' = '0.5.15'): Promise<WalServer> {
  const server = await walServer(version)
  cleanups.push(server.dispose)
  await server.start()
  return server
}

type Seen = Omit<WalFrame, 'slices' | 'payload'> & {records: WalRecord[]}

async function collect(
  server: WalServer, options: Partial<WalTailOptions>, signal: AbortSignal, seen: Seen[], others: WalItem[] = [],
) {
  const settings: WalTailOptions = {topic: 'tael_wal', from: 'start', follow: false, ...options}
  for await (const item of tailWal(await topicFolder(server.walDir, settings.topic), settings, systemClock, signal)) {
    if (item.kind !== 'frame') others.push(item)
    else seen.push({...item, records: [...(item.slices ?? [])].flat()})
  }
}
const never = new AbortController().signal
const names = (frames: Seen[]) =>
  frames.filter(f => f.signal === 'spans').flatMap(f => f.records.map(record => String(record['operation'])))

test.each(['0.5.15', '0.5.14'] as const)('%s: the WAL holds what was ingested, of every signal', async version => {
  const server = await started(version)
  expect(await server.ingest('traces', spanBatch('shop', ['a', 'b']))).toBe(200)
  expect(await server.ingest('logs', logBatch('shop', ['hello', 'wörld']))).toBe(200)
  expect(await server.ingest('metrics', gaugeBatch('shop', 'queue.depth', [1, 2.5]))).toBe(200)
  const seen: Seen[] = []
  const others: WalItem[] = []
  await collect(server, {}, never, seen, others)
  const ours = seen.map(({signal, version: format, records}) => ({
    signal, format, records: records.filter(r => r['service'] === 'shop'),
  }))
    .filter(frame => frame.records.length > 0)
  const format = version === '0.5.15' ? 2 : 1
  expect(ours.map(frame => [frame.signal, frame.format])).toEqual([
    ['spans', format], ['logs', format], ['metrics', format],
  ])
  expect(ours[0]!.records.map(r => r['operation'])).toEqual(['a', 'b'])
  expect(ours[1]!.records.map(r => r['body'])).toEqual(['hello', 'wörld'])
  expect(ours[2]!.records.map(r => r['value'])).toEqual([1, 2.5])
  expect(others).toEqual([{kind: 'tip', position: seen.at(-1)!.next}])

  const rest: Seen[] = []
  await collect(server, {from: parseStart(ours.length ? seen.at(-2)!.next : '')}, never, rest)
  expect(rest.map(frame => frame.position)).toEqual([seen.at(-1)!.position])
})

test('the bus topics beside it are read as well', async () => {
  const server = await started()
  await server.ingest('traces', spanBatch('shop', ['a']))
  await server.ingest('logs', logBatch('shop', ['hello']))
  for (const topic of ['spans', 'logs'] as const) {
    const seen: Seen[] = []
    await collect(server, {topic}, never, seen)
    expect(seen.flatMap(frame => frame.records.map(r => r['service']))).toEqual(['shop'])
  }
})

test('followed across blocks, kill -9 and restarts, every acknowledged span shows once and in order', async () => {
  const server = await started()
  const stop = new AbortController()
  const seen: Seen[] = []
  const following = collect(server, {follow: true}, stop.signal, seen)
  const sent: string[] = []
  const padding = 'p'.repeat(300)
  for (let round = 0; round < 3; round += 1) {
    for (let n = 0; n < 40; n += 1) {
      const batch = Array.from({length: 250}, (_, i) => `r${round}-b${n}-${i}`)
      expect(await server.ingest('traces', spanBatch('load', batch, padding))).toBe(200)
      sent.push(...batch)
    }
    await server.kill('SIGKILL')
    await server.start()
  }
  await until(() => names(seen).length >= sent.length)
  stop.abort()
  await following
  expect(names(seen)).toEqual(sent)
  expect(new Set(seen.map(frame => frame.position.split(':')[0])).size).toBeGreaterThan(2)
})

test('a batch over a block is one frame, and what follows it is found', async () => {
  const server = await started()
  const wide = Array.from({length: 28}, (_, n) => `wide-${n}`)
  const {gzipSync} = await import('node:zlib')
  const post = await fetch(`${server.url}/v1/traces`, {
    method: 'POST', headers: {'content-type': 'application/x-protobuf', 'content-encoding': 'gzip'},
    body: gzipSync(spanBatch('load', wide, 'w'.repeat(400_000))) as Uint8Array<ArrayBuffer>,
  })
  expect(post.status).toBe(200)
  await server.ingest('traces', spanBatch('load', ['after-1']))
  await server.ingest('traces', spanBatch('load', ['after-2']))
  const seen: Seen[] = []
  await collect(server, {}, never, seen)
  expect(names(seen)).toEqual([...wide, 'after-1', 'after-2'])
  expect(Math.max(...seen.map(frame => frame.sizeBytes))).toBeGreaterThan(10 * 1024 * 1024)
})

test('a standby shows what was replicated to it', async () => {
  const standby = await started()
  const leader = await walServer('0.5.15', {TAEL_WAL_STANDBYS: standby.url})
  cleanups.push(leader.dispose)
  await leader.start()
  expect(await leader.ingest('traces', spanBatch('shop', ['replicated']))).toBe(200)
  const seen: Seen[] = []
  await collect(standby, {}, never, seen)
  expect(names(seen)).toEqual(['replicated'])
})

test('reading leaves every file and folder of the WAL as it was', async () => {
  const server = await started()
  await server.ingest('traces', spanBatch('shop', ['a', 'b']))
  await server.kill('SIGKILL')
  const before = fingerprint(server.walDir)
  await collect(server, {}, never, [])
  for await (const stat of statSegments(server.walDir, await loadUnpackr())) expect(stat.damaged).toBe(0)
  expect(fingerprint(server.walDir)).toEqual(before)
})

/** Names, sizes, times, blocks and the written bytes of everything below a directory. */
function fingerprint(root: string): string[] {
  return readdirSync(root, {recursive: true, encoding: 'utf8'}).sort().map(name => {
    const facts = statSync(join(root, name), {bigint: true})
    const head = facts.isFile() ? execFileSync('head', ['-c', '1048576', join(root, name)]) : Buffer.alloc(0)
    return [
      name, facts.ino, facts.size, facts.blocks, facts.mtimeNs, facts.ctimeNs,
      createHash('sha256').update(head).digest('hex'),
    ].join(' ')
  })
}

test('a tap receives what a leader ships, with its epoch, and its going costs nothing', async () => {
  const stop = new AbortController()
  const tap = await startTap({host: '127.0.0.1', port: 0}, Date.now, stop.signal)
  const leader = await walServer('0.5.15', {
    TAEL_WAL_STANDBYS: `http://127.0.0.1:${tap.port}`, TAEL_WAL_REQUIRED_ACKS: '0',
  })
  cleanups.push(leader.dispose)
  await leader.start()
  expect(await leader.ingest('traces', spanBatch('shop', ['tapped-1', 'tapped-2']))).toBe(200)
  stop.abort()
  const unpackr = await loadUnpackr()
  const records: WalRecord[] = []
  for await (const item of tap.items) {
    const frame = item.kind === 'frame' ? readFrame(item.payload, unpackr) : undefined
    if (frame?.state === 'records' && frame.signal === 'spans') for (const slice of frame.slices) records.push(...slice)
  }
  expect(records.map(record => record['operation'])).toEqual(['tapped-1', 'tapped-2'])
  expect(await leader.ingest('traces', spanBatch('shop', ['after']))).toBe(200)
})
