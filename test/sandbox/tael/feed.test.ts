import {createServer, get, type IncomingMessage} from 'node:http'
import type {AddressInfo} from 'node:net'
import {afterEach, expect, it} from 'vitest'
import {batchFilter, Feed} from '../../../src/sandbox/tael/feed.ts'

const closers: (() => void)[] = []
afterEach(() => closers.splice(0).forEach(close => close()))

/** A feed behind a server, and one reader of it that has not read anything yet. */
async function reading(feed: Feed): Promise<IncomingMessage> {
  const server = createServer((_, response) => feed.open(response))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const {port} = server.address() as AddressInfo
  return new Promise(resolve => get({port, host: '127.0.0.1'}, resolve))
}

it('drops the oldest messages of a reader that lags, without a word, and nothing else waits for it', async () => {
  const feed = new Feed({capacity: 4, keepAliveMs: 60_000, isFrozen: () => false})
  const reader = await reading(feed)
  const filler = 'x'.repeat(1_000_000)
  for (let at = 0; at < 40; at += 1) feed.publish(`${at} ${filler}`)
  let text = ''
  reader.setEncoding('utf8').on('data', chunk => (text += chunk))
  const numbers = () => [...text.matchAll(/data: (\d+) /g)].map(match => Number(match[1]))
  while (numbers().at(-1) !== 39) await new Promise(resolve => setTimeout(resolve, 10))
  expect(numbers().slice(-4)).toEqual([36, 37, 38, 39])
  expect(numbers().length).toBeLessThan(40)
  expect(numbers()).toEqual(numbers().toSorted((a, b) => a - b))
})

it('forgets a reader that leaves', async () => {
  const feed = new Feed({capacity: 4, keepAliveMs: 60_000, isFrozen: () => false})
  const reader = await reading(feed)
  expect(feed.readers).toBe(1)
  reader.destroy()
  while (feed.readers > 0) await new Promise(resolve => setTimeout(resolve, 5))
})

it('says nothing while its process is frozen', async () => {
  let frozen = true
  const feed = new Feed({capacity: 4, keepAliveMs: 5, isFrozen: () => frozen})
  const reader = await reading(feed)
  let text = ''
  reader.on('data', chunk => (text += String(chunk)))
  await new Promise(resolve => setTimeout(resolve, 60))
  expect(text).toBe('')
  frozen = false
  while (!text.startsWith(':\n\n')) await new Promise(resolve => setTimeout(resolve, 5))
})

it.each([
  [{}, '[{"b":1,"a":"x"},{"a":"y"}]'], [{a: undefined}, '[{"b":1,"a":"x"},{"a":"y"}]'],
  [{a: 'x'}, '[{"a":"x","b":1}]'], [{a: 'z'}, undefined], [{a: 'x', b: '1'}, undefined],
])('a filter of %j', (wanted, expected) => expect(batchFilter(wanted)('[{"b":1,"a":"x"},{"a":"y"}]')).toBe(expected))
