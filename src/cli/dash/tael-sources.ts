import {createAlertsClient, type AlertRule, type AlertsClient} from '../../clients/tael/alerts.ts'
import {createTaelClient, type TaelClient} from '../../clients/tael/client.ts'
import {fanoutClient, type ShardFailure} from '../../clients/tael/fanout.ts'
import {listTraces} from '../../clients/tael/list-traces.ts'
import {createNodeProbe} from '../../clients/tael/nodes.ts'
import {ShardWatch} from '../../clients/tael/shard-watch.ts'
import {buildTrace} from '../../clients/tael/trace.ts'
import {waterfallRows} from '../../clients/tael/waterfall.ts'
import {NotFoundError, OpsError} from '../../clients/net/errors.ts'
import {taelNodes, taelServers, type TaelServer} from '../open/tael.ts'
import type {OpenTools} from '../open/tools.ts'
import {oftenMs} from './control-sources.ts'

const windowSeconds = 900
const most = 100
const mostLogs = 200

/** What the dashboard reads of tael: the health of every node, alerts, errors, traces and logs of every shard. */
export async function taelSources(tools: OpenTools) {
  const servers = await taelServers(tools)
  const health = await healthSources(tools)
  const alerts = servers.map(({name, options}) => ({name, client: createAlertsClient(options)}))
  const query = queries(servers, tools)
  return {
    list: [
      health.source,
      {name: 'alerts' as const, intervalMs: 2_000, read: (signal: AbortSignal) => rulesOf(alerts, signal)},
      ...recentSources(query),
    ],
    ...traceReads(query),
    async close() {
      await Promise.all([health.close(), query.close(), ...alerts.map(({client}) => client.close())])
    },
  }
}

async function healthSources(tools: OpenTools) {
  const {clock} = tools.io
  const {nodes, apiKey} = await taelNodes(tools)
  const probe = createNodeProbe(nodes, {
    headers: apiKey ? {authorization: `Bearer ${apiKey}`} : {}, timeoutMs: tools.timeoutMs,
    connectTimeoutMs: tools.connectTimeoutMs, retries: 0, clock, waveMs: 40,
  })
  const watch = new ShardWatch(probe, clock)
  const read = async (signal: AbortSignal) => ({...await watch.look(signal), missing: []})
  return {source: {name: 'shards' as const, intervalMs: oftenMs, read}, close: () => probe.close()}
}

/** The newest of the last minutes. */
function recentSources({ask}: Queries) {
  const recent = (limit: number) => ({limit, lastSeconds: windowSeconds})
  const errors = (signal: AbortSignal) => ask(most, client =>
    client.spans({status: 'error', ...recent(most)}, signal).then(answer => answer.value))
  const traces = (signal: AbortSignal) => ask(most, client =>
    listTraces(client, {filter: {}, ...recent(most)}, signal).then(answer => answer.traces))
  const logs = (signal: AbortSignal) => ask(mostLogs, client =>
    client.logs(recent(mostLogs), signal).then(answer => answer.value))
  return [
    {name: 'errors' as const, intervalMs: 2_000, read: errors},
    {name: 'traces' as const, intervalMs: 3_000, onDemand: true, read: traces},
    {name: 'logs' as const, intervalMs: 1_000, onDemand: true, read: logs},
  ]
}

/** One trace, whenever it was. */
function traceReads({ask}: Queries) {
  return {
    async trace(traceId: string, signal: AbortSignal) {
      const {items, missing} = await ask(undefined, client =>
        client.trace(traceId, signal).then(answer => answer.value))
      const trace = buildTrace(items)
      if (trace) return {trace, ...waterfallRows(trace, {collapse: 5, maxRows: 500}), offsets: false, missing}
      const where = missing.length > 0 ? `where it could be asked for; missing ${missing.join('; ')}` : ''
      throw new NotFoundError(`trace ${traceId} has no spans ${where}`.trim())
    },
    async traceLogs(traceId: string, signal: AbortSignal) {
      const {items, missing} = await ask(undefined, client =>
        client.logs({traceId, limit: mostLogs}, signal).then(answer => answer.value))
      return {items, missing, ...(items.length >= mostLogs ? {within: `newest ${mostLogs}`} : {})}
    },
  }
}

interface Asked<T> {
  items: T[]
  missing: string[]
  within?: string
}

const withinText = (found: number, limit: number) =>
  `${found >= limit ? `newest ${limit}, ` : ''}last ${windowSeconds / 60}m`

type Queries = ReturnType<typeof queries>

/** Asks all servers; what did not answer is named beside what did. */
function queries(servers: readonly TaelServer[], {io}: OpenTools) {
  const clients = servers.map(({name, options}) => ({name, client: createTaelClient(options)}))
  return {
    /** `limit` is that of the question, when it is about the last minutes. */
    async ask<T>(limit: number | undefined, work: (client: TaelClient) => Promise<T[]>): Promise<Asked<T>> {
      const failed = new Map<string, ShardFailure>()
      const client = clients.length === 1 ? clients[0]!.client
        : fanoutClient(
          clients, io.clock, report => report.failed?.forEach(each => failed.set(each.shard, each)), {giveUp: true})
      const items = await work(client)
      const missing = [...failed.values()].map(({shard, error}) => `${shard}: ${error}`)
      return {items, missing, ...(limit === undefined ? {} : {within: withinText(items.length, limit)})}
    },
    close: () => Promise.all(clients.map(({client}) => client.close())),
  }
}

type Rule = AlertRule & {shard?: string}

/** The rules of every shard; rejects only when none answers. */
async function rulesOf(alerts: readonly {name: string; client: AlertsClient}[], signal: AbortSignal) {
  const answers = await Promise.all(alerts.map(({name, client}) =>
    client.rules(signal).then(
      ({value}) => value.map((rule): Rule => ({...rule, shard: name})), error => asFailure(name, error))))
  const failed = answers.flatMap(answer => ('error' in answer ? [answer] : []))
  if (failed.length > 0 && failed.length === answers.length) throw failed[0]!.error
  return {
    items: answers.flatMap(answer => ('error' in answer ? [] : answer)),
    missing: failed.map(({shard, error}) => `${shard}: ${error.message}`),
  }
}

function asFailure(shard: string, error: unknown): {shard: string; error: OpsError} {
  if (error instanceof OpsError) return {shard, error}
  throw error
}
