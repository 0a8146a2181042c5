import type {IncomingMessage, ServerResponse} from 'node:http'
import {serveSwitchable, type SwitchableServer} from '../switchable.ts'
import {DropConnection, route} from './routes.ts'
import {RouteError} from './route-error.ts'
import type {Backend} from './store.ts'

const largestBody = 2 * 1024 * 1024

/** Serves a backend over tael's REST on a free port of 127.0.0.1. */
export function serveTael(backend: Backend, nowMs: () => number): Promise<SwitchableServer> {
  return serveSwitchable((request, response) => void answer(backend, nowMs, request, response))
}

async function answer(backend: Backend, nowMs: () => number, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const body = await readBody(request)
    const url = new URL(request.url ?? '/', 'http://sandbox')
    const reply = route({
      method: request.method ?? 'GET',
      path: url.pathname.split('/').filter(Boolean).map(decodeURIComponent),
      query: url.searchParams,
      body,
      contentType: String(request.headers['content-type'] ?? '').split(';')[0]!,
      nowNs: BigInt(nowMs()) * 1_000_000n,
      backend,
    })
    if ('text' in reply) send(response, reply.status, 'text/plain; charset=utf-8', reply.text)
    else send(response, reply.status, 'application/json', JSON.stringify(reply.json))
  } catch (error) {
    if (error instanceof DropConnection) request.socket.destroy()
    else if (error instanceof RouteError) sendError(response, error)
    else sendError(response, new RouteError(500, (error as Error).message))
  }
}

function sendError(response: ServerResponse, error: RouteError): void {
  if (error.message === '') response.writeHead(error.status).end()
  else if (error.plain) send(response, error.status, 'text/plain; charset=utf-8', error.message)
  else send(response, error.status, 'application/json', JSON.stringify({error: error.message}))
}

function send(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, {'content-type': type, 'content-length': Buffer.byteLength(text)}).end(text)
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += (chunk as Buffer).length
    if (size > largestBody) throw new RouteError(413, 'length limit exceeded', true)
    chunks.push(chunk as Buffer)
  }
  return Buffer.concat(chunks).toString()
}
