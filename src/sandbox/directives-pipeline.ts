import type {EndpointKind} from '../clients/directive/model.ts'

/** A data request as the proxy sorts it, and how it ends in a proxy whose cluster always answers. */
export interface Classified {
  kind: EndpointKind
  index: string
  isWrite: boolean
  /** A streamed request never evaluates directives. */
  isStreamed: boolean
}

export interface Answer {
  status: number
  body: unknown
}

const writes: EndpointKind[] = ['IngestDoc', 'IngestBulk', 'DeleteById', 'DeleteByQuery']

export function classify(method: string, url: URL): Classified {
  const [index = '', action = '', id] = url.pathname.split('/').filter(Boolean)
  const kind = kindOf(method, index, action, id)
  const isPlainSearch = kind === 'Search' && !url.searchParams.has('scroll')
  return {kind, index, isWrite: writes.includes(kind), isStreamed: isPlainSearch || kind === 'IngestBulk'}
}

const byAction: Record<string, EndpointKind> = {
  _search: 'Search', _count: 'Count', _mget: 'MultiGet', _msearch: 'MultiSearch', _bulk: 'IngestBulk',
}

function kindOf(method: string, index: string, action: string, id: string | undefined): EndpointKind {
  if (index.startsWith('_') && !index.startsWith('__')) return 'Admin'
  if (action !== '_doc') return byAction[action] ?? 'Unknown'
  if (method === 'POST' || method === 'PUT') return 'IngestDoc'
  if (id === undefined) return 'Unknown'
  return method === 'DELETE' ? 'DeleteById' : 'GetById'
}

/** What the proxy answers; without a tenant nothing can be resolved. */
export function answerTo({kind, index}: Classified, tenant: string | undefined, id: string): Answer {
  if (kind === 'Admin' || kind === 'Unknown') return refused('unsupported_endpoint')
  if (tenant === undefined) return refused('partition_unresolved')
  if (kind === 'GetById') return {status: 200, body: {_id: id, _index: index, _source: {id: 1}, found: true}}
  if (kind === 'IngestDoc') return {status: 201, body: {_index: index, _id: id, result: 'created'}}
  if (kind === 'Search') return {status: 200, body: {took: 1, timed_out: false, hits: {hits: []}}}
  return {status: 200, body: kind === 'Count' ? {count: 0} : {}}
}

function refused(error: string): Answer {
  return {status: 400, body: {error, retryable: false}}
}

const remediation: Record<string, string> = {
  unsupported_endpoint: 'endpoint is not supported for tenancy rewrite in this version',
  partition_unresolved: 'ensure the request carries the configured partition key',
}

export interface Explained {
  requestId: string
  traceId: string
  tenant: string | undefined
}

/** The explain document of a request, in the proxy's own shape. */
export function explain({kind, index, isWrite}: Classified, {status, body}: Answer, facts: Explained) {
  const classifySpan = {endpoint_kind: kind, index_logical: index, is_write: isWrite}
  const head = {request_id: facts.requestId, trace_id: facts.traceId}
  if (status >= 400) {
    const code = (body as {error: string}).error
    return {
      ...head, outcome: 'error', spans: {classify: classifySpan},
      error: {
        code, retryable: false, remediation: remediation[code],
        decision_chain: {cluster: null, index: null, partition: null, principal: null},
      },
    }
  }
  return {
    ...head, outcome: 'ok', error: null,
    spans: {
      classify: classifySpan,
      'spi.resolve': {
        epoch: 1, inject_field_names: ['_tenant'], migration: 'settled', partition_id: facts.tenant,
        placement_kind: 'shared_index', routing: true, target_cluster: 'default', target_index: 'osproxy-shared',
      },
      dispatch: {pool_reuse: true, target_cluster: 'default', upstream_status: status},
      egress: {response_bytes: JSON.stringify(body).length, status},
    },
  }
}
