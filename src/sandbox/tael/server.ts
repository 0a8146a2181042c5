import type {IncomingMessage, RequestListener, ServerResponse} from 'node:http'
import {DropConnection, type Reply} from './call.ts'
import {route} from './routes.ts'
import {RouteError} from './route-error.ts'
import type {Services} from './services.ts'
import type {Backend} from './store.ts'

export interface AnswererOptions {
  backend: Backend
  services: Services
  nowMs: () => number
  /** Waited for before a request that reads or writes records: what the storage behind it takes. */
  storage?: () => Promise<void>
}

const largestBody = 2 * 1024 * 1024

/** Answers requests over tael's REST. */
export function answerer(options: AnswererOptions): RequestListener {
  return (request, response) => void answer(options, request, response)
}

async function answer(options: AnswererOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const {backend, services, nowMs, storage} = options
  try {
    const body = await readBody(request)
    const url = new URL(request.url ?? '/', 'http://sandbox')
    if (storage && readsRecords(url.pathname)) await storage()
    respond(response, route({
      method: request.method ?? 'GET',
      path: url.pathname.split('/').filter(Boolean).map(decodeURIComponent),
      query: url.searchParams,
      headers: request.headers,
      body,
      contentType: String(request.headers['content-type'] ?? '').split(';')[0]!,
      nowNs: BigInt(Math.trunc(nowMs())) * 1_000_000n,
      backend,
      services,
    }))
  } catch (error) {
    if (error instanceof DropConnection) request.socket.destroy()
    else if (error instanceof RouteError) sendError(response, error)
    else sendError(response, new RouteError(500, (error as Error).message))
  }
}

/** Health, feeds, alerts and what a server says of itself come from memory. */
function readsRecords(path: string): boolean {
  if (path === '/readyz') return true
  return path.startsWith('/api/v1/') && !/^\/api\/v1\/(alerts|ingest\/status$)|\/live$/.test(path)
}

function respond(response: ServerResponse, reply: Reply): void {
  if ('stream' in reply) reply.stream(response)
  else if ('text' in reply) send(response, reply.status, 'text/plain; charset=utf-8', reply.text)
  else send(response, reply.status, 'application/json', JSON.stringify(reply.json))
}

function sendError(response: ServerResponse, {status, message, plain, facts}: RouteError): void {
  if (message === '') response.writeHead(status).end()
  else if (plain) send(response, status, 'text/plain; charset=utf-8', message)
  else send(response, status, 'application/json', JSON.stringify({...facts, error: message}))
}

function send(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, {'content-type': type, 'content-length': Buffer.byteLength(text)}).end(text)
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += (chunk as Buffer).length
    if (size > largestBody) throw new RouteError(413, 'length limit exceeded', {plain: true})
    chunks.push(chunk as Buffer)
  }
  return Buffer.concat(chunks)
}
