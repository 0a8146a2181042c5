import type {Clock} from '../net/deadline.ts'
import {Reader} from '../net/decode.ts'
import {OpsError} from '../net/errors.ts'
import {createHttp, type Http, type HttpAnswer, type HttpOptions} from '../net/http.ts'
import {parseJson, type Json} from '../net/json.ts'
import {statusError} from './errors.ts'
import {decodeIngest} from './wire-reports.ts'
import type {NodeClaim} from './cluster-verdict.ts'

export interface NodeAddress {
  shard: string
  url: string
}

/** One node at one moment; null is what it did not tell. */
export interface NodeStatus extends NodeClaim {
  shard: string
  url: string
  /** Whether the process answers, and how long that took. */
  healthy: boolean
  latencyMs: number | null
  ready: boolean | null
  nodeId: string | null
  /** Of its own last reign; never to be compared as "the current one". */
  epoch: number | bigint | null
  version: string | null
  /** The newest batch that it took itself; what it receives by replication is not counted. */
  lastAcceptedAt: string | null
  errors: number | null
  shed: number | null
  inFlight: number | null
  /** Why it is not known better. */
  error: string | null
}

/** Keeps one connection a node and asks its health routes, all at the same time, each within the time limit. */
export interface NodeProbe {
  probe(signal?: AbortSignal): Promise<NodeStatus[]>
  close(): Promise<void>
}

export interface ProbeOptions extends Omit<HttpOptions, 'url'> {
  clock: Clock
  /**
   * Time between one wave of 16 nodes and the next: so many answers at once would hold up whoever has more to do, and
   * be measured later than they came. 0 asks all at once.
   */
  waveMs?: number
}

const waveNodes = 16
/** However many nodes there are, the last one is asked in time to be told from one that is gone. */
const longestSpreadMs = 400

/** How long the node at a place waits for its wave, of so many nodes. */
export function waveStartMs(at: number, count: number, waveMs: number): number {
  const waves = Math.ceil(count / waveNodes)
  return Math.floor(at / waveNodes) * Math.min(waveMs, longestSpreadMs / waves)
}

export function createNodeProbe(nodes: readonly NodeAddress[], {waveMs = 0, ...options}: ProbeOptions): NodeProbe {
  const {clock} = options
  const open = nodes.map(node => ({node, http: createHttp({...options, url: node.url, connections: 5, retries: 0})}))
  const turn = (at: number, signal?: AbortSignal) => {
    const waitMs = waveStartMs(at, nodes.length, waveMs)
    return waitMs > 0 ? clock.sleep(waitMs, signal) : undefined
  }
  return {
    probe: signal => Promise.all(open.map(async ({node, http}, at) => {
      await turn(at, signal)
      return probeNode(node, http, clock, signal)
    })),
    close: async () => void (await Promise.all(open.map(({http}) => http.close()))),
  }
}

async function probeNode(node: NodeAddress, http: Http, clock: Clock, signal?: AbortSignal): Promise<NodeStatus> {
  const startedMs = clock.monotonicMs()
  const [health, ready, cluster, ingest, info] = await Promise.all([
    ask(http, '/healthz', signal).then(answer => ({answer, ms: clock.monotonicMs() - startedMs})),
    ask(http, '/readyz', signal),
    ask(http, '/internal/cluster', signal),
    ask(http, '/api/v1/ingest/status', signal),
    ask(http, '/info', signal),
  ])
  const healthy = !(health.answer instanceof OpsError) && health.answer.status === 200
  return {
    ...node,
    healthy,
    latencyMs: healthy ? Math.round(health.ms * 10) / 10 : null,
    ready: ready instanceof OpsError ? null : ready.status === 200,
    ...clusterFacts(documentOf(cluster)),
    ...ingestFacts(documentOf(ingest)),
    version: versionOf(documentOf(info), info),
    error: health.answer instanceof OpsError ? health.answer.message : refusal(http, cluster),
  }
}

function ask(http: Http, path: string, signal?: AbortSignal): Promise<HttpAnswer | OpsError> {
  return http.request({path, signal}).catch((error: unknown) => {
    if (error instanceof OpsError) return error
    throw error
  })
}

/** The answer's JSON object; undefined when there is none. */
function documentOf(answer: HttpAnswer | OpsError): {[key: string]: Json} | undefined {
  if (answer instanceof OpsError || answer.status !== 200) return undefined
  try {
    const document = parseJson(answer.text)
    return document !== null && typeof document === 'object' && !Array.isArray(document) ? document : undefined
  } catch {
    return undefined
  }
}

function clusterFacts(document: {[key: string]: Json} | undefined) {
  if (!document) return {coordinated: null, isLeader: null, nodeId: null, epoch: null}
  const from = new Reader(document, 'cluster')
  if (document['enabled'] !== true) return {coordinated: false, isLeader: null, nodeId: null, epoch: null}
  return {
    coordinated: true, isLeader: document['is_leader'] === true, nodeId: from.stringOrNull('node_id'),
    epoch: from.exact('epoch'),
  }
}

function ingestFacts(document: {[key: string]: Json} | undefined) {
  if (!document) return {lastAcceptedAt: null, errors: null, shed: null, inFlight: null}
  const {items, backpressure} = decodeIngest(document)
  const newest = items.map(each => each.lastAcceptedAt).filter(at => at !== null).sort().at(-1) ?? null
  const sum = (get: (each: (typeof items)[number]) => number) => items.reduce((total, each) => total + get(each), 0)
  return {
    lastAcceptedAt: newest, errors: sum(each => each.errors), shed: sum(each => each.shed),
    inFlight: backpressure.inFlight,
  }
}

/** Servers up to 0.5.14 have no `/info`. */
function versionOf(document: {[key: string]: Json} | undefined, answer: HttpAnswer | OpsError): string | null {
  if (typeof document?.['version'] === 'string') return document['version']
  return !(answer instanceof OpsError) && answer.status === 404 ? '0.5.14 or older' : null
}

/** A node that answers, but not this question: mostly a missing key. */
function refusal(http: Http, cluster: HttpAnswer | OpsError): string | null {
  if (cluster instanceof OpsError) return cluster.message
  if (cluster.status === 200) return null
  return statusError(cluster, {endpoint: http.endpoint, path: '/internal/cluster'}).message
}
