import {randomBytes} from 'node:crypto'
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http'
import type {AddressInfo} from 'node:net'
import {decodeSet} from '../clients/directive/decode.ts'
import {effectOf, type ArmedDirective} from '../clients/directive/match.ts'
import {targetOf, type Directive} from '../clients/directive/model.ts'
import {checkToken, tokenHeader} from '../clients/directive/token.ts'
import {answerTo, classify, explain, type Answer} from './directives-pipeline.ts'

export interface SandboxProxyOptions {
  port?: number
  adminToken: string
  signingKey: string
  /**
   * Reads the stored set of a fleet, as the text that the proxies decode; then the admin endpoint is off.
   * Asked before each request.
   */
  readSet?: () => Promise<string | undefined>
}

export interface SandboxProxy {
  url: string
  /** The ids of the requests whose span it would have exported: baseline off, so only directives cause them. */
  exported: readonly string[]
  stop(): Promise<void>
}

/** The directive side of one osproxy 1.0.5 in front of a cluster that always answers. */
export async function startSandboxProxy(options: SandboxProxyOptions): Promise<SandboxProxy> {
  const proxy = new ProxyState(options)
  const server = createServer((request, response) => void proxy.handle(request, response))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    exported: proxy.exported,
    async stop() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

type ExplainDocument = ReturnType<typeof explain>

interface TenantCounts {
  requests: number
  failures: number
  nanos: bigint
}

const tapeLength = 256
const explainLength = 1024

class ProxyState {
  readonly options: SandboxProxyOptions
  readonly exported: string[] = []
  readonly #tape: ExplainDocument[] = []
  readonly #explained = new Map<string, ExplainDocument>()
  readonly #tenants = new Map<string, TenantCounts>()
  readonly #counts = {total: 0, ok: 0, error: 0}
  #set: ArmedDirective[] = []
  #read: string | undefined
  #lastId = 0

  constructor(options: SandboxProxyOptions) {
    this.options = options
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const requestId = `req-${(this.#lastId += 1)}`
    const body = await readBody(request)
    await this.#follow()
    const url = new URL(request.url ?? '/', 'http://proxy')
    const own = this.#admin(request, url, body) ?? this.#debug(url)
    if (own) return respond(response, own, {})
    respond(response, this.#data(request, url, requestId), {'x-request-id': requestId})
  }

  /** A value that cannot be decoded leaves the last good set, as a running proxy does. */
  async #follow(): Promise<void> {
    const value = await this.options.readSet?.()
    if (!this.options.readSet || value === this.#read) return
    this.#read = value
    this.#publish(value ?? '{"directives":[]}')
  }

  #publish(value: string): Answer {
    const decoded = decodeSet(value)
    if (!decoded.ok) return {status: 400, body: {error: decoded.rejection}}
    this.#set = decoded.directives.map(directive => (
      {...directive, endsAtMonotonicMs: performance.now() + Number(directive.ttlSecs) * 1000}))
    return {status: 200, body: {published: this.#set.length}}
  }

  #admin({method, headers}: IncomingMessage, url: URL, body: string): Answer | undefined {
    if (url.pathname !== '/admin/directives') return undefined
    if (method === 'PATCH' || method === 'OPTIONS') return failed(405, 'method not allowed')
    if (this.options.readSet) return failed(404, 'not_enabled')
    if (method !== 'GET' && method !== 'POST') return failed(405, 'method_not_allowed')
    const [, scheme, token] = /^(\S+) (.*)$/.exec(headers.authorization ?? '') ?? []
    if (scheme?.toLowerCase() !== 'bearer' || token !== this.options.adminToken) return failed(401, 'unauthorized')
    if (method === 'POST') return this.#publish(body)
    return {status: 200, body: {directives: this.#set.map(directive => shown(directive, performance.now()))}}
  }

  #debug({pathname}: URL): Answer | undefined {
    if (pathname === '/metrics') return {status: 200, body: this.#metrics()}
    if (pathname === '/debug/breakglass') return {status: 200, body: this.#tape}
    if (pathname === '/debug/metrics/tenants') return {status: 200, body: this.#tenantMetrics()}
    const requestId = /^\/debug\/explain\/([^/]+)$/.exec(pathname)?.[1]
    if (requestId === undefined) return undefined
    const document = this.#explained.get(decodeURIComponent(requestId))
    return document ? {status: 200, body: document} : failed(404, 'unknown_request_id')
  }

  #data({method = 'GET', headers}: IncomingMessage, url: URL, requestId: string): Answer {
    const startedAt = process.hrtime.bigint()
    const classified = classify(method, url)
    const tenant = headers['x-tenant'] as string | undefined
    const answer = answerTo(classified, tenant, url.pathname.split('/')[3] ?? 'auto')
    const isResolved = answer.status < 400
    const facts = {requestId, traceId: randomBytes(16).toString('hex'), tenant: isResolved ? tenant : undefined}
    const document = explain(classified, answer, facts)
    keep(this.#explained, requestId, document)
    this.#count(answer, facts.tenant, process.hrtime.bigint() - startedAt)
    if (classified.isStreamed) return answer
    const principal = /^bearer (.*)$/i.exec(headers.authorization ?? '')?.[1] ?? 'anonymous'
    const {kind, index} = classified
    const request = {requestId, tenant: facts.tenant, index, principal, endpoint: kind}
    const effect = effectOf([...this.#set, ...this.#fromToken(headers[tokenHeader])], request, performance.now())
    if (effect.level !== 'Off') this.exported.push(requestId)
    if (effect.ringBuffer) this.#tape.push(document)
    if (this.#tape.length > tapeLength) this.#tape.shift()
    return answer
  }

  #fromToken(header: string | string[] | undefined): ArmedDirective[] {
    if (typeof header !== 'string') return []
    const {honoured, level, samplePerMille = 1000, ringBuffer = false, capture = false, tenant, index, principal} =
      checkToken(header.split(', ')[0]!, this.options.signingKey, Date.now())
    if (!honoured || !level) return []
    const bare: Directive = {id: 'x-debug-header', level, ttlSecs: 1, samplePerMille, ringBuffer, capture}
    return [{...bare, tenant, index, principal, endsAtMonotonicMs: Number.POSITIVE_INFINITY}]
  }

  #count({status}: Answer, tenant: string | undefined, nanos: bigint): void {
    this.#counts.total += 1
    this.#counts[status < 400 ? 'ok' : 'error'] += 1
    if (tenant === undefined) return
    const row = this.#tenants.get(tenant) ?? {requests: 0, failures: 0, nanos: 0n}
    this.#tenants.set(tenant, {requests: row.requests + 1, failures: row.failures, nanos: row.nanos + nanos})
  }

  #metrics() {
    const {total, ok, error} = this.#counts
    const pools = [{cluster: 'default', opened: Math.min(ok, 1), dispatched: ok, reused: Math.max(ok - 1, 0)}]
    return {requests_total: total, requests_ok: ok, requests_error: error, pools}
  }

  #tenantMetrics(): string {
    const lines = (name: string, value: (row: TenantCounts) => unknown) => {
      const samples = [...this.#tenants].map(([tenant, row]) => `${name}{tenant="${tenant}"} ${value(row)}`)
      return [`# TYPE ${name} counter`, ...samples]
    }
    return [
      ...lines('osproxy_tenant_requests_total', row => row.requests),
      ...lines('osproxy_tenant_failures_total', row => row.failures),
      ...lines('osproxy_tenant_latency_nanos_total', row => row.nanos), '',
    ].join('\n')
  }
}

function shown(directive: ArmedDirective, nowMonotonicMs: number) {
  const {id, level, samplePerMille, ringBuffer, capture, endsAtMonotonicMs} = directive
  const fields = {
    id, level, sample_per_mille: samplePerMille, ring_buffer: ringBuffer, capture, ...targetOf(directive),
    expired: nowMonotonicMs >= endsAtMonotonicMs,
  }
  return Object.fromEntries(Object.entries(fields).sort(([one], [other]) => (one < other ? -1 : 1)))
}

function failed(status: number, error: string): Answer {
  return {status, body: {error}}
}

function keep(explained: Map<string, ExplainDocument>, requestId: string, document: ExplainDocument): void {
  explained.set(requestId, document)
  if (explained.size > explainLength) explained.delete(explained.keys().next().value!)
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

function respond(response: ServerResponse, {status, body}: Answer, headers: Record<string, string>): void {
  const isText = typeof body === 'string'
  const contentType = isText ? 'text/plain; version=0.0.4' : 'application/json'
  response.writeHead(status, {'content-type': contentType, ...headers}).end(isText ? body : JSON.stringify(body))
}
