import {createServer, type AddressInfo, type Server, type Socket} from 'node:net'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {answerHead, requestHead} from '../../../src/clients/artifact/s3-http.ts'
import {RangeHandler, type Handler, type RangeTarget} from '../../../src/clients/artifact/s3-range.ts'

const body = Buffer.from(Array.from({length: 40_000}, (_, index) => index & 255))
const head = (extra = '', length = body.length, status = '206 Partial Content') =>
  Buffer.from(`HTTP/1.1 ${status}\r\nContent-Length: ${length}\r\nETag: "e"\r\n${extra}\r\n`)
const plain = Buffer.concat([head(), body])

let server: Server
let connections: Socket[]
/** What the server does with the n-th request of the n-th connection. */
let answer: (socket: Socket, request: number, connection: number) => void
let declined: number
let handler: RangeHandler
const inner: Handler = {
  handle: async () => {
    declined += 1
    return {response: {statusCode: 999, headers: {}, body: undefined}}
  },
}

beforeEach(async () => {
  connections = []
  declined = 0
  handler = new RangeHandler(inner)
  server = createServer(socket => {
    const number = connections.push(socket)
    let requests = 0
    socket.on('error', () => undefined)
    socket.on('data', () => answer(socket, (requests += 1), number))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
})
afterEach(() => {
  handler.destroy()
  for (const socket of connections) socket.destroy()
  return new Promise(resolve => server.close(resolve))
})

async function get(abortSignal?: AbortSignal): Promise<RangeTarget> {
  const target = {bytes: Buffer.alloc(body.length), start: 7, etag: '"e"', isFilled: false, isRefused: false}
  const {port} = server.address() as AddressInfo
  const request = {method: 'GET', protocol: 'http:', hostname: '127.0.0.1', port, path: '/b/k', headers: {host: 'h'}}
  await handler.handle(request, {target, abortSignal})
  return target
}

const pause = () => new Promise(resolve => setTimeout(resolve, 5))

test.each<[name: string, pieces: Buffer[]]>([
  ['at once', [plain]],
  ['head and body apart', [head(), body]],
  ['cut inside the head', [plain.subarray(0, 20), plain.subarray(20)]],
  ['cut inside the empty line', [plain.subarray(0, head().length - 2), plain.subarray(head().length - 2)]],
  ['the last byte late', [plain.subarray(0, plain.length - 1), plain.subarray(plain.length - 1)]],
])('a plain answer is read into its place: %s', async (_name, pieces) => {
  answer = async socket => {
    for (const piece of pieces) {
      socket.write(piece)
      await pause()
    }
  }
  const target = await get()
  expect(target.isFilled).toBe(true)
  expect(body.equals(target.bytes)).toBe(true)
  expect(declined).toBe(0)
})

test.each<[name: string, bytes: Buffer]>([
  ['another status', Buffer.concat([head('', 9, '412 Precondition Failed'), Buffer.from('<Error />')])],
  ['the whole object', head('', body.length, '200 OK')],
  ['another length', head('', body.length - 1)],
  ['chunks', Buffer.from('HTTP/1.1 206 Partial Content\r\nTransfer-Encoding: chunked\r\n\r\n')],
  ['a compressed body', head('Content-Encoding: gzip\r\n')],
  ['a head without end', Buffer.alloc(20_000, 'x')],
  ['no HTTP', Buffer.from('hello\r\n\r\n')],
])('every other answer is left to the SDK: %s', async (_name, bytes) => {
  answer = socket => socket.write(bytes)
  expect((await get()).isFilled).toBe(false)
  expect(declined).toBe(1)
})

test('a connection is used again, but not when the server says that it closes it', async () => {
  answer = socket => socket.write(plain)
  await get()
  await get()
  expect(connections.length).toBe(1)
  answer = socket => socket.end(Buffer.concat([head('Connection: close\r\n'), body]))
  await get()
  await get()
  expect(connections.length).toBe(2)
})

test('a kept connection that the server has closed is replaced by a new one', async () => {
  answer = (socket, request, connection) => (connection === 1 && request === 2 ? socket.destroy() : socket.write(plain))
  await get()
  expect(body.equals((await get()).bytes)).toBe(true)
  expect(connections.length).toBe(2)
})

test.each<[name: string, bytes: Buffer]>([
  ['before the answer', Buffer.alloc(0)],
  ['in the head', plain.subarray(0, 30)],
  ['in the body', plain.subarray(0, 30_000)],
])('a cut %s is an error, never a short body', async (_name, bytes) => {
  answer = socket => socket.end(bytes)
  await expect(get()).rejects.toThrow('cut off')
})

test('bytes beyond the answer do not reach the memory, nor the next answer', async () => {
  answer = (socket, _request, connection) =>
    socket.write(connection === 1 ? Buffer.concat([head(), body, Buffer.from('more')]) : plain)
  const first = await get().catch(() => undefined)
  await pause()
  expect(first === undefined || !first.isFilled || body.equals(first.bytes)).toBe(true)
  expect(body.equals((await get()).bytes)).toBe(true)
})

test('it stops when told to', async () => {
  const stop = new AbortController()
  answer = () => stop.abort(new Error('stopped'))
  await expect(get(stop.signal)).rejects.toThrow('stopped')
  answer = socket => socket.write(plain)
  await expect(get(stop.signal)).rejects.toThrow('stopped')
})

test('no server: an error at once', async () => {
  await new Promise(resolve => server.close(resolve))
  const target = {bytes: Buffer.alloc(1), start: 0, etag: '"e"', isFilled: false, isRefused: false}
  const request = {method: 'GET', protocol: 'http:', hostname: '127.0.0.1', port: 1, path: '/', headers: {}}
  await expect(handler.handle(request, {target})).rejects.toMatchObject({code: 'ECONNREFUSED'})
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
})

test('requests without a place for their body go to the SDK', async () => {
  await handler.handle({method: 'GET', protocol: 'http:', hostname: 'h', path: '/', headers: {}})
  expect(declined).toBe(1)
})

test('the head of a request is what was signed', () => {
  const query = {'x-id': 'GetObject', list: ['a b', "c'"], flag: null}
  const request = {
    method: 'GET',
    protocol: 'http:',
    hostname: 'h',
    path: '/b/a%20b',
    query,
    headers: {host: 'h:1', range: 'bytes=0-1'},
  }
  expect(requestHead(request)).toBe(
    'GET /b/a%20b?x-id=GetObject&list=a%20b&list=c%27&flag HTTP/1.1\r\n'
      + 'host: h:1\r\nrange: bytes=0-1\r\nconnection: keep-alive\r\n\r\n',
  )
})

test('header names are lower case, repeated ones are joined, folded ones are not taken', () => {
  expect(answerHead('HTTP/1.1 206 x\r\nContent-Length: 3\r\nX-A: 1\r\nx-a: 2', 3)).toMatchObject({'x-a': '1, 2'})
  expect(answerHead('HTTP/1.1 206 x\r\nContent-Length: 3\r\nX-A: 1\r\n folded', 3)).toBeUndefined()
  expect(answerHead('HTTP/1.0 206 x\r\nContent-Length: 3', 3)).toBeUndefined()
})
