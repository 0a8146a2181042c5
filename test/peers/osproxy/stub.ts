import {createServer, type IncomingMessage, type ServerResponse} from 'node:http'
import type {AddressInfo} from 'node:net'

export interface StubRequest {
  method: string
  url: string
  headers: Record<string, unknown>
  body: string
}

/** The search cluster behind the proxies and the collector of their spans, in one small server. */
export interface Stub {
  url: string
  /** What reached the cluster. */
  requests: StubRequest[]
  /** The request ids of the exported spans, in order. */
  spanRequestIds(): string[]
  stop(): Promise<void>
}

export async function startStub(): Promise<Stub> {
  const requests: StubRequest[] = []
  const spans: unknown[] = []
  const server = createServer((request, response) => {
    void readBody(request).then(body => {
      if (request.url?.startsWith('/v1/traces')) {
        spans.push(JSON.parse(body))
        return answer(response, 200, {})
      }
      requests.push({method: request.method ?? '', url: request.url ?? '', headers: request.headers, body})
      answer(response, 200, clusterAnswer(request.method ?? '', request.url ?? ''))
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    spanRequestIds: () => spans.flatMap(span =>
      [...JSON.stringify(span).matchAll(requestIdAttribute)].map(found => found[1]!)),
    async stop() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

const requestIdAttribute = /"osproxy\.request\.id","value":\{"stringValue":"([^"]+)"/g

function clusterAnswer(method: string, url: string): unknown {
  const [index = '', , id = '1'] = url.split('?')[0]!.split('/').filter(Boolean)
  if (url.includes('/_search')) return {took: 1, timed_out: false, hits: {total: {value: 0, relation: 'eq'}, hits: []}}
  if (url.includes('/_bulk')) return {took: 1, errors: false, items: []}
  if (method === 'GET') return {_index: index, _id: id, found: true, _source: {_tenant: 'acme', id: 1}}
  return {_index: index, _id: id, _version: 1, result: 'created', _seq_no: 0, _primary_term: 1}
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, {'content-type': 'application/json'}).end(JSON.stringify(body))
}
