import {afterEach, beforeEach, describe, expect, test} from 'vitest'
import {RaftKv} from '../../../src/clients/raft/kv.ts'
import {WatchEvent} from '../../../src/clients/raft/proto.ts'
import {watchKeys, type WatchRecord, type WatchTools} from '../../../src/clients/raft/watch.ts'
import {FakeCluster, faults, quickClock, rpcError} from './fake-nodes.ts'

const bytes = (text: string) => Buffer.from(text)
let cluster: FakeCluster
let stop: AbortController
let told: string[]

beforeEach(() => {
  cluster = new FakeCluster()
  stop = new AbortController()
  told = []
})
afterEach(() => stop.abort())

function line(each: WatchRecord): string {
  if (each.event === 'watching') return `watching ${each.node} ${each.keys}`
  if (each.event === 'gap') return `gap ${each.reason}`
  return `${each.event} ${each.key}${'value' in each ? `=${each.value}` : ''} ${each.source}`
}

function start(more: Partial<WatchTools> = {}, key = '/a/', isPrefix = true): Promise<void> {
  const clock = quickClock()
  const kv = new RaftKv(cluster.nodes, {clock, patienceMs: 1_000, areLeasesOn: false})
  const tools = {
    reader: kv.reader, leader: kv.leader, clock, random: () => 0.5, reconcileMs: 0, areLeasesOn: false, note: () => {},
    ...more,
  }
  return (async () => {
    for await (const record of watchKeys({key: bytes(key), isPrefix, withPrevious: true}, tools, stop.signal)) {
      told.push(line(record))
    }
  })()
}

const put = (key: string, value: string) => cluster.apply({insert: {key: bytes(key), value: bytes(value)}})
const has = (text: string) => expect.poll(() => told.at(-1)).toBe(text)

test('a snapshot, then what follows, then the end with the signal', async () => {
  put('/a/x', '1')
  put('/b/x', '1')
  const ended = start()
  await has('watching 1 1')
  put('/a/y', '2')
  put('/b/y', '2')
  cluster.apply({delete: {key: bytes('/a/x')}})
  await has('delete /a/x stream')
  expect(told).toEqual(['present /a/x=1 scan', 'watching 1 1', 'put /a/y=2 stream', 'delete /a/x stream'])
  stop.abort()
  await ended
  expect(cluster.nodes.map(({watchers}) => watchers)).toEqual([0, 0, 0])
})

test('one key only, though others begin with it', async () => {
  put('/a', '1')
  put('/ab', '2')
  void start({}, '/a', false)
  await has('watching 1 1')
  put('/ab', '3')
  put('/a', '4')
  await has('put /a=4 stream')
  expect(told[0]).toBe('present /a=1 scan')
})

test('what happens between the registration and the scan is told once', async () => {
  const [first] = cluster.nodes
  first!.fault = name => {
    if (name === 'scan' && cluster.revision === 0n) put('/a/x', '1')
    return undefined
  }
  void start()
  await has('watching 1 1')
  put('/a/y', '2')
  await has('put /a/y=2 stream')
  expect(told).toEqual(['present /a/x=1 scan', 'watching 1 1', 'put /a/y=2 stream'])
})

describe('a broken stream', () => {
  test('a gap, then the next leader, then only what differs', async () => {
    for (const key of ['/a/same', '/a/changed', '/a/gone']) put(key, '1')
    void start()
    await has('watching 1 3')
    cluster.leader = undefined
    cluster.nodes[0]!.fault = () => faults.refused
    cluster.nodes[0]!.cut(rpcError(faults.reset))
    await expect.poll(() => told.at(-1)).toContain('gap raft n1:1: connection dropped')
    put('/a/changed', '2')
    cluster.apply({delete: {key: bytes('/a/gone')}})
    cluster.leader = 3
    await has('watching 3 2')
    expect(told.slice(5)).toEqual(['put /a/changed=2 scan', 'delete /a/gone scan', 'watching 3 2'])
  })

  test.each([[{event: WatchEvent.canceled}, /cancelled the watch/]])('%j is a gap too', async (event, reason) => {
    void start()
    await has('watching 1 0')
    cluster.nodes[0]!.tell({key: bytes('/a/'), ...event})
    await expect.poll(() => told.find(each => reason.test(each))).toBeDefined()
    await has('watching 1 0')
  })

  test('progress is nothing', async () => {
    void start()
    await has('watching 1 0')
    cluster.nodes[0]!.tell({key: bytes('/a/'), event: WatchEvent.progress})
    put('/a/x', '1')
    await has('put /a/x=1 stream')
    expect(told).toHaveLength(2)
  })
})

describe('a comparison with a scan', () => {
  test('finds what the stream did not tell, and opens it anew', async () => {
    void start({reconcileMs: 100})
    await has('watching 1 0')
    cluster.data.set('/a/silent', bytes('1'))
    cluster.revision += 1n
    await has('watching 1 1')
    expect(told.slice(1)).toEqual([
      'gap the watch did not tell 1 of the changes', 'put /a/silent=1 scan', 'watching 1 1',
    ])
  })

  test.each([[true, 'delete /a/x scan', 3], [false, 'watching 1 0', 5]])(
    'a key that vanished has expired where leases are on (%s); else it is a loss', async (areLeasesOn, end, count) => {
      put('/a/x', '1')
      void start({reconcileMs: 100, areLeasesOn})
      await has('watching 1 1')
      cluster.data.delete('/a/x')
      cluster.revision += 1n
      await has(end)
      expect(told).toHaveLength(count)
    })

  test('one that cannot be made is a note, not a gap', async () => {
    const notes: string[] = []
    void start({reconcileMs: 100, note: text => void notes.push(text)})
    await has('watching 1 0')
    cluster.leader = undefined
    await expect.poll(() => notes[0]).toContain('not compared with a scan: no leader')
    expect(told).toHaveLength(1)
  })
})

test('an output that is read too slowly is a gap, after what fitted, and then right again', async () => {
  void start()
  await has('watching 1 0')
  for (let at = 0; at < 20_010; at += 1) put(`/a/${at % 5}`, String(at))
  await has('watching 1 5')
  const gap = told.indexOf('gap the output was read too slowly')
  expect(gap).toBeGreaterThan(20_000)
  expect(told.slice(gap + 1)).toEqual([
    ...[5, 6, 7, 8, 9].map(at => `put /a/${at % 5}=${20_000 + at} scan`), 'watching 1 5',
  ])
})

test('a leader that loses its place while the watch begins is left for the next one', async () => {
  cluster.nodes[0]!.fault = name => {
    if (name === 'scan') cluster.leader = 2
    return undefined
  }
  void start()
  await has('watching 2 0')
  expect(told).toHaveLength(1)
})

test('a watch that cannot begin is an error', async () => {
  cluster.leader = undefined
  await expect(start()).rejects.toMatchObject({code: 'NO_LEADER', exit: 4})
  cluster.leader = 1
  cluster.nodes[0]!.stream = (_, __, listener) => {
    queueMicrotask(() => listener.ended(rpcError({code: 8, details: 'watcher limit (3) exceeded'})))
    return () => undefined
  }
  await expect(start()).rejects.toMatchObject({message: expect.stringContaining('watcher limit (3) exceeded')})
})
