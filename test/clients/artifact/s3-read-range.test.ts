import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http'
import type {AddressInfo} from 'node:net'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {openS3Store} from '../../../src/clients/artifact/s3-store.ts'
import type {ArtifactStore} from '../../../src/clients/artifact/store.ts'
import {systemClock} from '../../../src/clients/net/deadline.ts'

const body = Buffer.from(Array.from({length: 100_000}, (_, index) => (index * 7 + (index >> 8)) & 255))
const signal = new AbortController().signal

let server: Server
let store: ArtifactStore
let asked: IncomingMessage[]
/** What the n-th request is answered with instead of the range; undefined for the range. */
let fault: (reply: ServerResponse, request: IncomingMessage, count: number) => unknown
let nowMs: number

beforeEach(async () => {
  asked = []
  fault = () => undefined
  nowMs = 0
  server = createServer((request, reply) => {
    const count = asked.push(request)
    if (fault(reply, request, count)) return
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? []
    const piece = body.subarray(Number(from), Number(to) + 1)
    reply.writeHead(206, {'content-length': piece.length, etag: '"e"'}).end(piece)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  store = await openS3Store({
    url: 's3://b/p', endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, timeoutMs: 5_000,
    connectTimeoutMs: 1_000, retries: 1, random: () => 0.001, clock: {...systemClock, monotonicMs: () => nowMs},
    credentials: {accessKeyId: 'a', secretAccessKey: 'b'},
  })
})
afterEach(async () => {
  await store.close()
  server.closeAllConnections()
  await new Promise(resolve => server.close(resolve))
})

async function read(start: number, length = 1000, key = 'p/k'): Promise<boolean> {
  const into = Buffer.alloc(length)
  await store.range(key, '"e"', start, into, signal)
  return into.equals(body.subarray(start, start + length))
}

const signatures = () => new Set(asked.map(each => each.headers.authorization)).size

test('each range is asked for under the condition of the etag, and signed once for all of an object', async () => {
  expect([await read(0), await read(5000, 70_000), await read(99_000)]).toEqual([true, true, true])
  expect(asked.map(each => each.headers.range)).toEqual(['bytes=0-999', 'bytes=5000-74999', 'bytes=99000-99999'])
  expect(asked.every(each => each.headers['if-match'] === '"e"')).toBe(true)
  expect(signatures()).toBe(1)
  expect(asked[0]!.headers.authorization).not.toContain('range')
})

test('another object, and a minute later, is signed anew', async () => {
  await read(0)
  await read(0, 1000, 'p/other')
  expect(signatures()).toBe(2)
  expect(asked[1]!.url).toContain('other')
  nowMs = 59_999
  await read(0, 1000, 'p/other')
  expect(asked.at(-1)!.headers.authorization).toBe(asked[1]!.headers.authorization)
  nowMs = 60_000
  await read(0, 1000, 'p/other')
  expect(signatures()).toBe(3)
})

test('a store that takes a signature only once gets one for each range', async () => {
  const seen = new Set<string>()
  fault = (reply, {headers}) => {
    const used = `${headers['x-amz-date']} ${headers['amz-sdk-invocation-id']}`
    if (!seen.has(used)) return void seen.add(used)
    return reply.writeHead(403).end('<Error><Code>AccessDenied</Code></Error>')
  }
  expect([await read(0), await read(1000), await read(2000)]).toEqual([true, true, true])
  expect(asked.length).toBe(4)
})

test('an object that was replaced meanwhile is told as such, with a signature at hand and without', async () => {
  const replaced = (reply: ServerResponse) =>
    reply.writeHead(412).end('<Error><Code>PreconditionFailed</Code></Error>')
  fault = replaced
  await expect(read(0)).rejects.toMatchObject({code: 'CHANGED', exit: 7})
  fault = () => undefined
  await read(0)
  fault = replaced
  await expect(read(1000)).rejects.toMatchObject({code: 'CHANGED', exit: 7})
})

test.each<[name: string, how: (reply: ServerResponse) => unknown]>([
  ['busy', reply => reply.writeHead(503).end('<Error><Code>SlowDown</Code></Error>')],
  ['cut off', reply => {
    reply.writeHead(206, {'content-length': 1000})
    reply.write(body.subarray(0, 400), () => reply.destroy())
    return true
  }],
])('a store that is %s is asked again, with a signature at hand too', async (_name, how) => {
  await read(0)
  fault = (reply, _request, count) => (count === 2 || count === 3 ? how(reply) : undefined)
  expect(await read(4000)).toBe(true)
  expect(asked.length).toBeLessThanOrEqual(4)
})
