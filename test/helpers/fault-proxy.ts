import {createServer, request as send, type IncomingMessage, type ServerResponse} from 'node:http'
import type {AddressInfo} from 'node:net'

/** What goes wrong with one request on its way to a server, or with the answer on its way back. */
export type Fault =
  /** The proxy answers with this status, in the words of S3; the server sees nothing. */
  | {answer: 500 | 503; code: string}
  /** The connection is cut: before the request is forwarded, in the middle of it, before the answer, in its middle. */
  | 'cut-before' | 'cut-request' | 'cut-answer' | 'truncate'
  /** Everything goes through, a few bytes at a time. */
  | 'slow'
  | undefined

export interface ProxiedRequest {
  /** From 1 on. */
  number: number
  method: string
  path: string
}

export interface FaultProxy {
  endpoint: string
  /** The requests seen so far. */
  seen: ProxiedRequest[]
  /** Decides what happens to a request; it is held until the promise resolves. */
  onRequest: (request: ProxiedRequest) => Fault | Promise<Fault>
  /** Called when the server has answered and nothing of the answer has been passed on; it is held until then. */
  onAnswer: (request: ProxiedRequest) => void | Promise<void>
  close(): Promise<void>
}

/** An HTTP proxy in front of `target` (`http://host:port`), that makes trouble on demand. Bodies are kept whole. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const proxy: FaultProxy = {
    endpoint: '', seen: [], onRequest: () => undefined, onAnswer: () => {},
    close: () => new Promise(resolve => {
      server.close(() => resolve())
      server.closeAllConnections()
    }),
  }
  const server = createServer((request, reply) => {
    pass(proxy, target, request, reply).catch(() => request.socket.destroy())
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  proxy.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return proxy
}

async function pass(proxy: FaultProxy, target: string, request: IncomingMessage, reply: ServerResponse): Promise<void> {
  const seen = {number: proxy.seen.length + 1, method: request.method ?? '', path: request.url ?? ''}
  proxy.seen.push(seen)
  const body = await whole(request)
  const fault = await proxy.onRequest(seen)
  if (fault === 'cut-before') return void request.socket.destroy()
  if (typeof fault === 'object') {
    const text = `<?xml version="1.0"?><Error><Code>${fault.code}</Code><Message>on purpose</Message></Error>`
    return void reply
      .writeHead(fault.answer, {'content-type': 'application/xml', 'content-length': text.length})
      .end(text)
  }
  const answer = await forward(target, request, body, fault === 'cut-request')
  const bytes = answer && (await whole(answer))
  await proxy.onAnswer(seen)
  if (!answer || !bytes || fault === 'cut-answer') return void request.socket.destroy()
  reply.writeHead(answer.statusCode ?? 500, answer.rawHeaders)
  if (fault === 'truncate') return void reply.write(bytes.subarray(0, bytes.length / 2), () => request.socket.destroy())
  if (fault === 'slow')
    for (const piece of slices(bytes)) await new Promise(done => reply.write(piece, () => setTimeout(done, 2)))
  reply.end(fault === 'slow' ? undefined : bytes)
}

/** The server's answer; undefined when the request was cut off in its middle. */
async function forward(
  target: string,
  request: IncomingMessage,
  body: Buffer,
  isCut: boolean,
): Promise<IncomingMessage | undefined> {
  const {hostname, port} = new URL(target)
  const headers = {...request.headers}
  delete headers.expect
  delete headers['transfer-encoding']
  if (isCut && body.length < 2) return undefined
  return new Promise((resolve, reject) => {
    const sent = send({hostname, port, method: request.method, path: request.url, headers, agent: false}, resolve)
    sent.on('error', error => (isCut ? resolve(undefined) : reject(error)))
    if (!isCut) return void sent.end(body)
    sent.write(body.subarray(0, body.length / 2), () => sent.destroy())
  })
}

async function whole(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

function* slices(bytes: Buffer): Generator<Buffer> {
  const size = Math.max(1, Math.ceil(bytes.length / 10))
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}
