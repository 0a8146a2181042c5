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

/** A node that is silent for so long is frozen or gone. */
const probeTimeoutMs = 1_500
const windowSeconds = 900
const most = 100

/** What the dashboard reads of tael: the health of every node, alerts and errors of every shard. */
export async function taelSources(tools: OpenTools) {
  const {clock} = tools.io
  const [{nodes, apiKey}, servers] = await Promise.all([taelNodes(tools), taelServers(tools)])
  const probe = createNodeProbe(nodes, {
    headers: apiKey ? {authorization: `Bearer ${apiKey}`} : {}, timeoutMs: probeTimeoutMs,
    connectTimeoutMs: tools.connectTimeoutMs, retries: 0, clock, waveMs: 40,
  })
  const watch = new ShardWatch(probe, clock)
  const alerts = servers.map(({name, options}) => ({name, client: createAlertsClient(options)}))
  const query = queries(servers, tools)
  return {
    list: [
      {name: 'shards' as const, intervalMs: oftenMs, read: (signal: AbortSignal) =>
        watch.look(signal).then(status => ({...status, missing: []}))},
      {name: 'alerts' as const, intervalMs: 2_000, read: (signal: AbortSignal) => rulesOf(alerts, signal)},
      {name: 'errors' as const, intervalMs: 2_000, read: (signal: AbortSignal) => query.ask(client =>
        client.spans({status: 'error', lastSeconds: windowSeconds, limit: most}, signal).then(answer => answer.value))},
      {name: 'traces' as const, intervalMs: 3_000, onDemand: true, read: (signal: AbortSignal) => query.ask(client =>
        listTraces(client, {filter: {}, limit: most, lastSeconds: windowSeconds}, signal).then(({traces}) => traces))},
      {name: 'logs' as const, intervalMs: 1_000, onDemand: true, read: (signal: AbortSignal) => query.ask(client =>
        client.logs({limit: 200, lastSeconds: windowSeconds}, signal).then(answer => answer.value))},
    ],
    async trace(traceId: string, signal: AbortSignal) {
      const {items} = await query.ask(client => client.trace(traceId, signal).then(answer => answer.value))
      const trace = buildTrace(items)
      if (!trace) throw new NotFoundError(`trace ${traceId} has no spans`)
      return {trace, ...waterfallRows(trace, {collapse: 5, maxRows: 500}), offsets: false}
    },
    async close() {
      await Promise.all([probe.close(), query.close(), ...alerts.map(({client}) => client.close())])
    },
  }
}

/** Asks all servers; what did not answer is named beside what did. */
function queries(servers: readonly TaelServer[], {io}: OpenTools) {
  const clients = servers.map(({name, options}) => ({name, client: createTaelClient(options)}))
  return {
    async ask<T>(work: (client: TaelClient) => Promise<T[]>): Promise<{items: T[]; missing: string[]}> {
      const failed = new Map<string, ShardFailure>()
      const client = clients.length === 1 ? clients[0]!.client
        : fanoutClient(
          clients, io.clock, report => report.failed?.forEach(each => failed.set(each.shard, each)), {giveUp: true})
      const items = await work(client)
      return {items, missing: [...failed.values()].map(({shard, error}) => `${shard}: ${error}`)}
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
