import {createServer, type Server} from 'node:http'
import {createServer as createTcp} from 'node:net'
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, describe, expect, it} from 'vitest'
import {createHttp, type HttpOptions} from '../../../src/clients/net/http.ts'
import {neverSent} from '../../../src/clients/net/http-errors.ts'
import {OpsError} from '../../../src/clients/net/errors.ts'
import {freePorts} from '../../helpers/ports.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

async function serve(
  handler: Parameters<typeof createServer>[1], where?: string,
): Promise<{url: string; server: Server}> {
  const server = createServer(handler)
  await new Promise<void>(resolve => (where ? server.listen(where, resolve) : server.listen(0, '127.0.0.1', resolve)))
  closers.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  return {server, url: typeof address === 'string' ? `unix://${address}` : `http://127.0.0.1:${address!.port}`}
}

function client(url: string, options: Partial<HttpOptions> = {}) {
  const http = createHttp({url, timeoutMs: 2_000, connectTimeoutMs: 1_000, retries: 0, random: () => 0, ...options})
  closers.push(() => http.close())
  return http
}

const code = (promise: Promise<unknown>) => promise.then(() => 'no error', error => (error as OpsError).code)

describe('requests', () => {
  it('repeats keys, encodes values, keeps the prefix of the address', async () => {
    const {url} = await serve((request, response) => response.end(request.url))
    const answer = await client(`${url}/tael/`).request({
      path: '/x', query: [['attribute', 'a=b&c'], ['attribute', 'd~=ü'], ['none', undefined]],
    })
    expect(answer.text).toBe('/tael/x?attribute=a%3Db%26c&attribute=d~%3D%C3%BC')
  })

  it('speaks over a Unix socket', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'opsdeck-http-'))
    closers.push(() => rm(dir, {recursive: true}))
    const {url} = await serve((_, response) => response.end('here'), join(dir, 's.sock'))
    expect((await client(url).request({path: '/'})).text).toBe('here')
  })

  it('gives any status as an answer, with the plain media type', async () => {
    const {url} =
      await serve((_, response) => response.writeHead(404, {'content-type': 'Text/Plain; charset=utf-8'}).end('no'))
    expect(await client(url).request({path: '/'})).toMatchObject({status: 404, contentType: 'text/plain', text: 'no'})
  })

  it.each([
    ['not-a-url'], ['ftp://host'], ['http://user:pass@host'], ['unix://relative'],
  ])('refuses the address %s', url => {
    expect(() => createHttp({url, timeoutMs: 1, connectTimeoutMs: 1, retries: 0})).toThrow(
      expect.objectContaining({exit: 3}),
    )
  })

  it('never repeats a password in an error', () => {
    expect(() => createHttp({url: 'http://user:hunter2@host', timeoutMs: 1, connectTimeoutMs: 1, retries: 0})).toThrow(
      expect.not.stringContaining('hunter2'),
    )
  })
})

describe('what can go wrong', () => {
  it('a closed port is refused at once, and was never sent', async () => {
    const [port] = await freePorts(1)
    const error =
      await client(`http://127.0.0.1:${port}`, {retries: 5}).request({path: '/'}).catch(each => each as OpsError)
    expect(error).toMatchObject({code: 'REFUSED', exit: 4})
    expect(neverSent(error)).toBe(true)
  })

  it('a server that accepts and is silent is a timeout, which may have been sent', async () => {
    const tcp = createTcp(() => undefined)
    await new Promise<void>(resolve => tcp.listen(0, '127.0.0.1', resolve))
    closers.push(() => tcp.close())
    const error = await client(`http://127.0.0.1:${(tcp.address() as {port: number}).port}`, {timeoutMs: 100})
      .request({path: '/'}).catch(each => each as OpsError)
    expect(error).toMatchObject({code: 'TIMEOUT', exit: 4})
    expect(neverSent(error)).toBe(false)
  })

  it('a body that never ends is a timeout too', async () => {
    const {url} = await serve((_, response) => response.writeHead(200).write('{"spans":['))
    expect(await code(client(url, {timeoutMs: 150}).request({path: '/'}))).toBe('TIMEOUT')
  })

  it('a connection closed without an answer is not tried again: the request may have caused it', async () => {
    let tries = 0
    const {url} = await serve(request => {
      tries += 1
      request.socket.destroy()
    })
    expect(await code(client(url, {retries: 3}).request({path: '/'}))).toBe('CLOSED')
    expect(tries).toBe(1)
  })

  it('an answer cut in the middle is closed, not a short answer', async () => {
    const {url} = await serve((request, response) => {
      response.writeHead(200, {'content-length': '100'})
      response.write('short')
      setTimeout(() => request.socket.destroy(), 20)
    })
    expect(await code(client(url).request({path: '/'}))).toBe('CLOSED')
  })

  it.each([[502], [503], [504]])('%i is tried again, and then is the answer', async status => {
    let tries = 0
    const {url} = await serve((_, response) => {
      tries += 1
      response.writeHead(status).end()
    })
    const waits: number[] = []
    const http = client(url, {retries: 2, onRetry: attempt => waits.push(attempt)})
    expect((await http.request({path: '/'})).status).toBe(status)
    expect(tries).toBe(3)
    expect(waits).toEqual([1, 2])
  })

  it('a write is not repeated', async () => {
    let tries = 0
    const {url} = await serve((_, response) => {
      tries += 1
      response.writeHead(503).end()
    })
    await client(url, {retries: 3}).request({method: 'POST', path: '/', body: 'x'})
    expect(tries).toBe(1)
  })

  it('a caller can stop it', async () => {
    const {url} = await serve(() => undefined)
    const stop = new AbortController()
    setTimeout(() => stop.abort(new Error('enough')), 50)
    await expect(client(url).request({path: '/', signal: stop.signal})).rejects.toThrow()
  })
})

describe('streams', () => {
  it('gives chunks as they come and ends when the server does', async () => {
    const {url} = await serve((_, response) => {
      response.write('a')
      setTimeout(() => response.end('b'), 20)
    })
    const {body} = await client(url).stream({path: '/', idleTimeoutMs: 1_000})
    const parts: string[] = []
    for await (const chunk of body) parts.push(Buffer.from(chunk).toString())
    expect(parts.join('')).toBe('ab')
  })

  it('notices silence', async () => {
    const {url} = await serve((_, response) => void response.write('a'))
    const {body} = await client(url).stream({path: '/', idleTimeoutMs: 1_000})
    const drain = async () => {
      for await (const _ of body) { /* only the end matters */ }
    }
    expect(await code(drain())).toBe('SILENT')
  })
})
