import {toJson} from '../json.ts'
import {duration, instant} from '../units.ts'
import {view, wide} from '../view.ts'

/* The records as the client gives them; spelled out here because formats know no client. */
export interface ExplainItem {
  instance: string; requestId: string; traceId: string; outcome: string; endpointKind?: string; index?: string
  document: Record<string, unknown>
}
interface TenantItem {
  instance: string; tenant: string; requestsTotal: number; failuresTotal: number; latencyNanosTotal: number
}
interface MetricsItem {
  instance: string; requestsTotal: number; requestsOk: number; requestsError: number
  pools: {cluster: string; opened: number; dispatched: number; reused: number}[]
}
interface TokenItem {
  honoured?: boolean; signature: string; faults: string[]; warnings: string[]; level?: string; expiresAtMs?: number
  tenant?: string; index?: string; principal?: string; samplePerMille?: number; ringBuffer?: boolean; capture?: boolean
}

const span = (item: ExplainItem, name: string) =>
  ((item.document['spans'] as Record<string, Record<string, unknown>> | undefined) ?? {})[name]
const fault = (item: ExplainItem) => (item.document['error'] as {code?: string} | null | undefined)?.code

/** A request as an instance explains it; ids mean something only together with the instance. */
export const explainView = view<ExplainItem>('requests', each => each.requestId, {
  request: {get: each => each.requestId, priority: 3},
  instance: {get: each => each.instance, priority: 2},
  outcome: {get: each => each.outcome, tone: each => (each.outcome === 'ok' ? 'good' : 'bad'), priority: 3},
  error: {get: fault, tone: () => 'bad', priority: 3},
  endpoint: each => each.endpointKind,
  index: each => each.index,
  tenant: each => span(each, 'spi.resolve')?.['partition_id'] as string | undefined,
  status: each => span(each, 'egress')?.['status'] as number | undefined,
  cluster: wide(each => span(each, 'dispatch')?.['target_cluster'] as string | undefined),
  trace: wide(each => each.traceId),
}, {
  empty: 'no requests',
  text: each => `${each.requestId} on ${each.instance}\n${toJson(each.document, 2)}\n`,
})

export const tenantView = view<TenantItem>('tenants', each => each.tenant, {
  tenant: {get: each => each.tenant, priority: 2},
  instance: each => each.instance,
  requests: each => each.requestsTotal,
  failures: {get: each => each.failuresTotal, tone: each => (each.failuresTotal > 0 ? 'bad' : undefined)},
  'mean latency': {
    get: each => (each.requestsTotal > 0 ? duration(each.latencyNanosTotal / 1e6 / each.requestsTotal) : undefined),
    value: each => each.latencyNanosTotal / 1e6 / each.requestsTotal, unit: 'ms', align: 'right',
  },
}, {empty: 'no tenant has sent a request in the last 15 minutes'})

const poolText = ({cluster, opened, dispatched, reused}: MetricsItem['pools'][number]) =>
  `${cluster} opened ${opened} dispatched ${dispatched} reused ${reused}`

export const metricsView = view<MetricsItem>('instances', each => each.instance, {
  instance: {get: each => each.instance, priority: 2},
  requests: each => each.requestsTotal,
  ok: each => each.requestsOk,
  errors: {get: each => each.requestsError, tone: each => (each.requestsError > 0 ? 'warn' : undefined)},
  pools: each => each.pools.map(poolText).join('; ') || undefined,
}, {empty: 'no instance is configured'})

export const tokenView = view<TokenItem>('token', each => each.level ?? '', {
  honoured: {
    get: each => (each.honoured === undefined ? 'not known without the key' : each.honoured ? 'yes' : 'no'),
    tone: each => (each.honoured === undefined ? 'warn' : each.honoured ? 'good' : 'bad'),
  },
  signature: each => each.signature,
  faults: {get: each => each.faults.join('; ') || undefined, tone: () => 'bad'},
  warnings: {get: each => each.warnings.join('; ') || undefined, tone: () => 'warn'},
  level: each => each.level,
  expires: each => (each.expiresAtMs === undefined ? undefined : instant(new Date(each.expiresAtMs).toISOString())),
  tenant: each => each.tenant,
  index: each => each.index,
  principal: each => each.principal,
  sample: each => each.samplePerMille,
  'ring buffer': each => each.ringBuffer,
  capture: each => each.capture,
}, {
  data: ({expiresAtMs, ...rest}) => (
    {...rest, expiresAt: expiresAtMs === undefined ? undefined : new Date(expiresAtMs).toISOString()}),
})

interface MintedItem {
  token: string; header: string; expiresAtMs: number; warnings: string[]
}

/** As a person gets it, the header alone, so that `curl -H "$(…)"` works. */
export const mintedView = view<MintedItem>('token', each => each.token, {
  header: each => each.header,
  expires: each => instant(new Date(each.expiresAtMs).toISOString()),
}, {
  text: each => `${each.header}\n`,
  data: ({expiresAtMs, ...rest}) => ({...rest, expiresAt: new Date(expiresAtMs).toISOString()}),
})
