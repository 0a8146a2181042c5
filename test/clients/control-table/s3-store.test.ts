import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http'
import type {AddressInfo} from 'node:net'
import {afterEach, beforeEach, expect, test} from 'vitest'
import {openStore} from '../../../src/clients/control-table/open.ts'
import type {TableStore} from '../../../src/clients/control-table/store.ts'

/** A small object store whose manners are chosen by each test. */
let server: Server
let store: TableStore
let objects: Map<string, Buffer>
let onPut: (key: string, body: Buffer, request: IncomingMessage, answer: ServerResponse) => void
const saved = {...process.env}

beforeEach(async () => {
  objects = new Map()
  onPut = (key, body, request, answer) => {
    if (request.headers['if-none-match'] === '*' && objects.has(key)) return void answer.writeHead(412).end()
    objects.set(key, body)
    answer.writeHead(200).end()
  }
  server = createServer(async (request, answer) => {
    const key = decodeURIComponent(request.url!.split('?')[0]!)
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    if (request.method === 'PUT') return onPut(key, Buffer.concat(chunks), request, answer)
    const found = objects.get(key)
    if (found) answer.writeHead(200).end(found)
    else answer.writeHead(404, {'content-type': 'application/xml'}).end('<Error><Code>NoSuchKey</Code></Error>')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  Object.assign(process.env, {AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b'})
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  store = await openStore({uri: 's3://bucket/store', endpoint, timeoutMs: 2_000, connectTimeoutMs: 500})
})
afterEach(() => {
  store.close()
  server.closeAllConnections()
  server.close()
  process.env = saved
})

const bytes = Buffer.from('{"commitInfo":{"txnId":"1"}}')
const path = '_delta_log/00000000000000000001.json'
const key = `/bucket/store/_scouter_control/${path}`

test('a commit is put once', async () => {
  await store.checkWritable()
  expect(await store.commit({path, bytes}, [])).toBe('created')
  expect(await store.commit({path, bytes: Buffer.from('another')}, [])).toBe('taken')
  expect(objects.get(key)).toEqual(bytes)
})

test('a store that ignores the condition is refused before anything is written', async () => {
  onPut = (name, body, _request, answer) => {
    objects.set(name, body)
    answer.writeHead(200).end()
  }
  await expect(store.checkWritable()).rejects.toMatchObject({code: 'NO_CONDITIONAL_PUT', exit: 12})
  expect([...objects.keys()]).toEqual(['/bucket/store/_scouter_control/_ctl_conditional_put'])
})

test('a resent request that meets its own first copy has won', async () => {
  const plain = onPut
  let cut = true
  onPut = (name, body, request, answer) => {
    if (!cut) return plain(name, body, request, answer)
    cut = false
    objects.set(name, body)
    request.socket.destroy()
  }
  expect(await store.commit({path, bytes}, [])).toBe('created')
})

test('a resent request that meets somebody else\'s copy has lost', async () => {
  const plain = onPut
  onPut = (name, body, request, answer) => {
    onPut = plain
    objects.set(name, Buffer.from('somebody else'))
    request.socket.destroy()
    void [body, answer]
  }
  expect(await store.commit({path, bytes}, [])).toBe('taken')
})

test('a store that only breaks down leaves the outcome unknown', async () => {
  onPut = (_name, _body, request) => request.socket.destroy()
  expect(await store.commit({path, bytes}, [])).toMatchObject({unknown: {exit: 4}})
})

test('403 says what is needed', async () => {
  onPut = (_name, _body, _request, answer) =>
    void answer.writeHead(403, {'content-type': 'application/xml'}).end('<Error><Code>AccessDenied</Code></Error>')
  await expect(store.commit({path, bytes}, [])).rejects.toMatchObject({exit: 5})
  server.removeAllListeners('request')
  server.on('request', (_request, answer) =>
    answer.writeHead(403, {'content-type': 'application/xml'}).end('<Error><Code>AccessDenied</Code></Error>'))
  await expect(store.listLog('')).rejects.toMatchObject({exit: 5, hint: expect.stringContaining('ListBucket')})
})
