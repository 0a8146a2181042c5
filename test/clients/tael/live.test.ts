import {expect, test} from 'vitest'
import {UnauthorizedError, UnreachableError} from '../../../src/clients/net/errors.ts'
import {liveFeed, type FeedSource, type LiveItem} from '../../../src/clients/tael/live.ts'

type Rec = {id: string; at: number}
const rec = (id: string, at = Number.parseInt(id.slice(1), 10)): Rec => ({id, at})

/** A shard whose streams, backfills and refusals the test plays. */
class Played implements FeedSource<Rec> {
  streams: ((chunk: Rec[] | 'end') => void)[] = []
  backfills: (Rec[] | Error)[] = []
  accepting: 'yes' | 'refused' | 'silent' = 'yes'
  opens: (Error | Promise<void> | undefined)[] = []
  readonly shard: string

  constructor(shard: string) {
    this.shard = shard
  }

  async open(signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const refusal = this.opens.shift()
    if (refusal instanceof Error) throw refusal
    await refusal
    const waiting: (Rec[] | 'end')[] = []
    let wake = () => {}
    this.streams.push(chunk => {
      waiting.push(chunk)
      wake()
    })
    return (async function* () {
      while (!signal.aborted) {
        const next = waiting.shift()
        if (next === 'end') return
        if (next) yield Buffer.from(`data: ${JSON.stringify(next)}\n\n`)
        else await new Promise<void>(resolve => {
          wake = resolve
          signal.addEventListener('abort', () => resolve())
        })
      }
    })()
  }

  async backfill(): Promise<Rec[]> {
    const next = this.backfills.shift() ?? []
    if (next instanceof Error) throw next
    return next
  }

  decode = (message: string) => JSON.parse(message) as Rec[]
  accepts = async () => this.accepting
  key = (record: Rec) => record.id
  timeNs = (record: Rec) => BigInt(record.at)
}

const quickClock = {
  nowMs: () => 1_000, monotonicMs: () => 0,
  sleep: (_ms: number, signal?: AbortSignal) => new Promise<void>((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    setTimeout(resolve, 2)
  }),
}

function start(sources: Played[], follow = true) {
  const stop = new AbortController()
  const feed = liveFeed(sources, {sinceMs: undefined, follow, clock: quickClock, random: () => 0, signal: stop.signal})
  const take = async (count: number) => {
    const items: LiveItem<Rec>[] = []
    for (let n = 0; n < count; n += 1) {
      const {value, done} = await feed.next()
      if (done) break
      items.push(value)
    }
    return items.map(item => (item.kind === 'record'
      ? `${item.shard}:${item.record.id}`
      : item.kind === 'state' ? `${item.shard}:${item.state}` : item))
  }
  return {feed, stop, take}
}

test('backfills of all shards come first, in order of time, and the stream joins without a double', async () => {
  const [a, b] = [new Played('a'), new Played('b')]
  a.backfills.push([rec('r1'), rec('r4')])
  b.backfills.push([rec('r2'), rec('r3')])
  const {feed, take} = start([a, b])
  expect(await take(4)).toEqual(['a:r1', 'b:r2', 'b:r3', 'a:r4'])
  a.streams[0]!([rec('r4'), rec('r5')])
  expect(await take(1)).toEqual(['a:r5'])
  b.streams[0]!([])
  b.streams[0]!([rec('r3'), rec('r3')])
  expect(await take(1)).toEqual(['b:r3'])
  await feed.return(undefined)
})

test('without following it ends after the backfill and opens no stream', async () => {
  const a = new Played('a')
  a.backfills.push([rec('r1')])
  expect(await start([a], false).take(5)).toEqual(['a:r1'])
  expect(a.streams.length).toBe(0)
})

test('a stream that ends is opened again; the gap is told and refilled with what was not seen', async () => {
  const a = new Played('a')
  a.backfills.push([rec('r1')], [rec('r1'), rec('r2'), rec('r3')])
  const {feed, take} = start([a])
  expect(await take(1)).toEqual(['a:r1'])
  a.streams[0]!([rec('r2')])
  expect(await take(1)).toEqual(['a:r2'])
  a.streams[0]!('end')
  expect(await take(3)).toEqual([
    'a:lost', {kind: 'gap', shard: 'a', sinceMs: 1_000, untilMs: 1_000, refilled: 1}, 'a:r3',
  ])
  a.streams[1]!([rec('r3'), rec('r4')])
  expect(await take(1)).toEqual(['a:r4'])
  await feed.return(undefined)
})

test('it leaves a server that takes no new connections, and comes back', async () => {
  const a = new Played('a')
  const {feed, take} = start([a])
  a.accepting = 'refused'
  expect(await take(1)).toEqual(['a:closing'])
  a.accepting = 'yes'
  expect(await take(1)).toEqual([{kind: 'gap', shard: 'a', sinceMs: 1_000, untilMs: 1_000, refilled: 0}])
  await feed.return(undefined)
})

test('a server that does not answer is told once, kept, and told when it is back', async () => {
  const a = new Played('a')
  const {feed, take} = start([a])
  a.accepting = 'silent'
  expect(await take(1)).toEqual(['a:silent'])
  a.accepting = 'yes'
  expect(await take(1)).toEqual(['a:back'])
  a.streams[0]!([rec('r1')])
  expect(await take(1)).toEqual(['a:r1'])
  expect(a.streams.length).toBe(1)
  await feed.return(undefined)
})

test('a shard that is slow to answer holds nobody up: it is told, and joins with what it had before', async () => {
  const [a, b] = [new Played('a'), new Played('b')]
  const held = Promise.withResolvers<void>()
  b.opens.push(held.promise)
  a.backfills.push([rec('r2')])
  b.backfills.push([rec('r1')])
  const {feed, take} = start([a, b])
  expect(await take(2)).toEqual(['a:r2', 'b:silent'])
  a.streams[0]!([rec('r3')])
  expect(await take(1)).toEqual(['a:r3'])
  held.resolve()
  expect(await take(2)).toEqual(['b:back', 'b:r1'])
  b.streams[0]!([rec('r1'), rec('r4')])
  expect(await take(1)).toEqual(['b:r4'])
  await feed.return(undefined)
})

test.each([
  ['passing: it is tried again', new UnreachableError('down'), ['b:lost', 'gap']],
  ['lasting: the feed ends', new UnauthorizedError('no'), []],
])('a shard that is slow to fail, %s', async (_, error, after) => {
  const [a, b] = [new Played('a'), new Played('b')]
  const held = Promise.withResolvers<void>()
  b.opens.push(held.promise.then(() => Promise.reject(error)))
  const {feed, take} = start([a, b])
  expect(await take(1)).toEqual(['b:silent'])
  held.resolve()
  if (after.length === 0) await expect(take(1)).rejects.toBe(error)
  else expect((await take(2)).map(each => (typeof each === 'string' ? each : each.kind))).toEqual(after)
  await feed.return(undefined)
})

test('without following a slow shard is waited for', async () => {
  const [a, b] = [new Played('a'), new Played('b')]
  a.backfills.push([rec('r2')])
  b.backfill = async () => {
    await new Promise(resolve => setTimeout(resolve, 50))
    return [rec('r1')]
  }
  expect(await start([a, b], false).take(5)).toEqual(['b:r1', 'a:r2'])
})

test('one shard that is down is told and tried again; all down is an error', async () => {
  const [a, b] = [new Played('a'), new Played('b')]
  a.opens.push(new UnreachableError('down'))
  const {feed, take} = start([a, b])
  expect(await take(2)).toEqual(['a:lost', {kind: 'gap', shard: 'a', sinceMs: 1_000, untilMs: 1_000, refilled: 0}])
  await feed.return(undefined)
  const c = new Played('c')
  c.opens.push(new UnreachableError('down'))
  await expect(start([c]).take(1)).rejects.toThrow('down')
})

test('a refused key is an error even when another shard answers', async () => {
  const [a, b] = [new Played('a'), new Played('b')]
  a.opens.push(new UnauthorizedError('no key'))
  await expect(start([a, b]).take(1)).rejects.toThrow('no key')
})

test('the signal ends it', async () => {
  const {feed, stop, take} = start([new Played('a')])
  const next = take(1)
  setTimeout(() => stop.abort(), 5)
  expect(await next).toEqual([])
  await feed.return(undefined)
})
