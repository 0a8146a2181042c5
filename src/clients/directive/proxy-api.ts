import type {Http, HttpAnswer} from '../net/http.ts'
import {unauthorized} from '../net/http-errors.ts'
import {NotFoundError, SystemError, UnauthorizedError, type OpsError} from '../net/errors.ts'
import {parseJson, type Json} from '../net/json.ts'
import {isEndpointKind, isLevel} from './model.ts'
import type {HeldDirective} from './listing.ts'

/** One proxy process. Its ids and tape are its own: `req-7` of another instance is another request. */
export interface ProxyInstance {
  /** As shown: the address without secrets. */
  readonly name: string
  readonly http: Http
  /** Opens `/admin/directives`. */
  readonly adminToken?: string
  /** Opens the data routes where the proxy asks for one; the probe is such a request. */
  readonly dataToken?: string
}

/** An explain document: what one request went through. Fields that this version does not have stay inside. */
export interface ExplainDocument {
  requestId: string
  traceId: string
  outcome: string
  endpointKind?: string
  index?: string
  document: {[key: string]: Json}
}

export interface ProxyMetrics {
  requestsTotal: number
  requestsOk: number
  requestsError: number
  pools: {cluster: string; opened: number; dispatched: number; reused: number}[]
}

export interface TenantMetrics {
  tenant: string
  requestsTotal: number
  failuresTotal: number
  latencyNanosTotal: number
}

/** The stored set as the proxy shows it: no time left, only whether an entry has expired. */
export async function readAdminSet(instance: ProxyInstance, signal?: AbortSignal): Promise<HeldDirective[]> {
  const answer = await instance.http.request({path: '/admin/directives', headers: adminHeaders(instance), signal})
  const list = objectOf(accept(instance, answer), instance)['directives']
  if (!Array.isArray(list)) throw strange(instance, 'a list without directives')
  return list.map(entry => heldDirective(entry, instance))
}

/** Replaces the whole set of one instance; there is no precondition to send. */
export async function postAdminSet(instance: ProxyInstance, body: string, signal?: AbortSignal): Promise<void> {
  const headers = {...adminHeaders(instance), 'content-type': 'application/json'}
  accept(instance, await instance.http.request({method: 'POST', path: '/admin/directives', headers, body, signal}))
}

export async function readExplain(instance: ProxyInstance, requestId: string, signal?: AbortSignal) {
  const path = `/debug/explain/${encodeURIComponent(requestId)}`
  const answer = await instance.http.request({path, signal})
  if (answer.status === 404 && slugOf(answer) === 'unknown_request_id') {
    throw new NotFoundError(`${instance.name} has no request ${requestId}`, {
      code: 'UNKNOWN_REQUEST',
      endpoint: instance.name,
      hint: 'An instance keeps its last 1024 requests, and ids repeat between instances: ask the one that answered.',
    })
  }
  return explainDocument(accept(instance, answer), instance)
}

/** The break-glass tape, oldest first, at most 256 entries. */
export async function readTape(instance: ProxyInstance, signal?: AbortSignal): Promise<ExplainDocument[]> {
  const list = accept(instance, await instance.http.request({path: '/debug/breakglass', signal}))
  if (!Array.isArray(list)) throw strange(instance, 'a tape that is no list')
  return list.map(entry => explainDocument(entry, instance))
}

export async function readMetrics(instance: ProxyInstance, signal?: AbortSignal): Promise<ProxyMetrics> {
  const fields = objectOf(accept(instance, await instance.http.request({path: '/metrics', signal})), instance)
  const pools = Array.isArray(fields['pools']) ? fields['pools'].map(pool => objectOf(pool, instance)) : []
  return {
    requestsTotal: Number(fields['requests_total']),
    requestsOk: Number(fields['requests_ok']),
    requestsError: Number(fields['requests_error']),
    pools: pools.map(pool => ({
      cluster: String(pool['cluster']), opened: Number(pool['opened']), dispatched: Number(pool['dispatched']),
      reused: Number(pool['reused']),
    })),
  }
}

/** Counters per tenant from the Prometheus text; idle tenants leave after 15 minutes. */
export async function readTenantMetrics(instance: ProxyInstance, signal?: AbortSignal): Promise<TenantMetrics[]> {
  const answer = await instance.http.request({path: '/debug/metrics/tenants', signal})
  if (answer.status !== 200) accept(instance, answer)
  return parseTenantMetrics(answer.text)
}

const counters: Record<string, keyof Omit<TenantMetrics, 'tenant'>> = {
  osproxy_tenant_requests_total: 'requestsTotal',
  osproxy_tenant_failures_total: 'failuresTotal',
  osproxy_tenant_latency_nanos_total: 'latencyNanosTotal',
}

export function parseTenantMetrics(text: string): TenantMetrics[] {
  const tenants = new Map<string, TenantMetrics>()
  for (const [, name, label, value] of text.matchAll(/^(\w+)\{tenant="((?:[^"\\]|\\.)*)"\} (\d+)$/gm)) {
    const counter = counters[name!]
    if (!counter) continue
    const tenant = label!.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped))
    const row = tenants.get(tenant) ?? {tenant, requestsTotal: 0, failuresTotal: 0, latencyNanosTotal: 0}
    tenants.set(tenant, {...row, [counter]: Number(value)})
  }
  return [...tenants.values()]
}

/** The body of a 200; every other status becomes an error in the proxy's own words. */
function accept(instance: ProxyInstance, answer: HttpAnswer): Json {
  if (answer.status === 200) return bodyOf(instance, answer)
  throw proxyError(instance, answer)
}

export function proxyError({name}: ProxyInstance, answer: HttpAnswer): OpsError {
  const slug = slugOf(answer)
  if (slug === 'tls_required') {
    return new UnauthorizedError(`${name} refuses changes over plain HTTP (tls_required)`, {
      code: 'TLS_REQUIRED', endpoint: name,
      hint: 'Use https:// in the context. A token already sent in the clear should be replaced.',
    })
  }
  if (answer.status === 401 || answer.status === 403) {
    return unauthorized(answer, name, 'Check the token reference of `directives` in the context.', slug)
  }
  if (slug === 'not_enabled') {
    return new SystemError(`${name}: this endpoint is switched off (not_enabled)`, {
      code: 'NOT_ENABLED', endpoint: name,
      hint: 'The admin endpoint needs directive_admin_token and is off while the proxy reads its set from etcd; ' +
        'the debug endpoints need debug_endpoints, tenant metrics also tenant_metrics_enabled.',
    })
  }
  return new SystemError(`${name} answered ${answer.status}${slug ? `: ${slug}` : ''}`, {endpoint: name})
}

export function slugOf(answer: HttpAnswer): string {
  try {
    return String((JSON.parse(answer.text) as {error?: unknown}).error ?? '')
  } catch {
    return ''
  }
}

function bodyOf(instance: ProxyInstance, answer: HttpAnswer): Json {
  try {
    return parseJson(answer.text)
  } catch {
    throw strange(instance, 'an answer that is not JSON')
  }
}

function adminHeaders({adminToken}: ProxyInstance): Record<string, string> {
  return adminToken === undefined ? {} : {authorization: `Bearer ${adminToken}`}
}

function heldDirective(entry: Json, instance: ProxyInstance): HeldDirective {
  const fields = objectOf(entry, instance)
  const {id, level, sample_per_mille: samplePerMille, ring_buffer: ringBuffer, capture, expired, endpoint} = fields
  if (typeof id !== 'string' || !isLevel(level)) throw strange(instance, 'a directive without id or level')
  const targets = ['tenant', 'index', 'principal'].filter(key => typeof fields[key] === 'string')
  return {
    id, level, samplePerMille: Number(samplePerMille ?? 1000), ringBuffer: ringBuffer === true,
    capture: capture === true, expired: expired === true,
    ...Object.fromEntries(targets.map(key => [key, fields[key]])),
    ...(isEndpointKind(endpoint) ? {endpoint} : {}),
  }
}

function explainDocument(entry: Json, instance: ProxyInstance): ExplainDocument {
  const document = objectOf(entry, instance)
  const spans = document['spans'] as {classify?: {endpoint_kind?: string; index_logical?: string}} | undefined
  return {
    requestId: String(document['request_id'] ?? ''), traceId: String(document['trace_id'] ?? ''),
    outcome: String(document['outcome'] ?? ''), endpointKind: spans?.classify?.endpoint_kind,
    index: spans?.classify?.index_logical, document,
  }
}

function objectOf(value: Json, instance: ProxyInstance): {[key: string]: Json} {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw strange(instance, 'not an object')
  return value
}

function strange({name}: ProxyInstance, what: string): SystemError {
  return new SystemError(`${name} answered ${what}`, {
    code: 'STRANGE_ANSWER', endpoint: name, hint: 'Is this the address of an osproxy?',
  })
}
