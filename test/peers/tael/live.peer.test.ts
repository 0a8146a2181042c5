import {afterEach, expect, test} from 'vitest'
import {systemClock} from '../../../src/clients/net/deadline.ts'
import {createTaelClient} from '../../../src/clients/tael/client.ts'
import {spanFeed} from '../../../src/clients/tael/live-http.ts'
import {liveFeed, type LiveItem} from '../../../src/clients/tael/live.ts'
import type {Span} from '../../../src/clients/tael/model.ts'
import {dispose, startTael, type TaelNode} from './start.ts'
import {spanBatch, until} from './wal-server.ts'

const nodes: TaelNode[] = []
const stop: AbortController[] = []
afterEach(async () => {
  stop.splice(0).forEach(each => each.abort())
  await dispose(...nodes.splice(0))
})

async function servers(count: number): Promise<TaelNode[]> {
  const made = await Promise.all(Array.from({length: count}, () => startTael()))
  nodes.push(...made)
  return made
}

const post = async (node: TaelNode, names: string[]) => {
  const body = spanBatch('live', names) as Uint8Array<ArrayBuffer>
  const {status} = await fetch(`${node.url}/v1/traces`, {
    method: 'POST', headers: {'content-type': 'application/x-protobuf'}, body,
  })
  expect(status).toBe(200)
}

/** Follows shards and keeps what they gave. */
function following(shards: TaelNode[]) {
  const settings = {timeoutMs: 2_000, connectTimeoutMs: 500, retries: 0}
  const sources = shards.map((node, n) => {
    const client = createTaelClient({...settings, url: node.url})
    return spanFeed({shard: `s${n}`, url: node.url, headers: {}, client}, {limit: 1_000}, settings, Date.now)
  })
  const stopped = new AbortController()
  stop.push(stopped)
  const items: LiveItem<Span>[] = []
  const done = (async () => {
    const options = {sinceMs: undefined, follow: true, clock: systemClock, random: Math.random, signal: stopped.signal}
    for await (const item of liveFeed(sources, options)) items.push(item)
  })()
  const names = () => items.flatMap(item => (item.kind === 'record' ? [item.record.operation] : []))
  return {items, names, done, stop: () => stopped.abort()}
}

test('what was before and what comes from two shards shows once, while it is written', async () => {
  const [a, b] = (await servers(2)) as [TaelNode, TaelNode]
  const sent: string[] = []
  let writing = true
  const writer = (async () => {
    for (let n = 0; writing; n += 1) {
      sent.push(`n${n}`)
      await post(n % 2 === 0 ? a : b, [`n${n}`])
    }
  })()
  await until(() => sent.length > 20)
  const feed = following([a, b])
  await until(() => feed.names().length > 60)
  writing = false
  await writer
  await until(() => feed.names().length >= sent.length)
  expect(feed.names().toSorted()).toEqual(sent.toSorted())
  feed.stop()
  await feed.done
})

test('a server that is told to stop is left in time, and what comes after its restart is shown', async () => {
  const [node] = (await servers(1)) as [TaelNode]
  await post(node, ['before'])
  const feed = following([node])
  await until(() => feed.names().includes('before'))
  const tookMs = await node.stop()
  console.log(`SIGTERM with an open tail: stopped after ${Math.round(tookMs)} ms`)
  expect(tookMs).toBeLessThan(5_000)
  expect(feed.items.some(item => item.kind === 'state' && item.state === 'closing')).toBe(true)
  await node.restart()
  await post(node, ['after'])
  await until(() => feed.names().includes('after'))
  expect(feed.names()).toEqual(['before', 'after'])
  expect(feed.items.filter(item => item.kind === 'gap').length).toBe(1)
  feed.stop()
  await feed.done
})

test('a server that is killed is a gap, and comes back', async () => {
  const [node, other] = (await servers(2)) as [TaelNode, TaelNode]
  const feed = following([node, other])
  await until(async () => {
    await post(other, ['other-1'])
    return feed.names().includes('other-1')
  })
  await node.kill()
  await until(() => feed.items.some(item => item.kind === 'state' && item.shard === 's0'))
  await post(other, ['other-2'])
  await until(() => feed.names().includes('other-2'))
  await node.restart()
  await post(node, ['back'])
  await until(() => feed.names().includes('back'))
  feed.stop()
  await feed.done
})
