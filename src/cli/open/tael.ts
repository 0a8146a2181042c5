import type {TaelOptions} from '../../clients/tael/client.ts'
import type {NodeAddress} from '../../clients/tael/nodes.ts'
import {nodesOf} from '../../clients/tael/shard-watch.ts'
import {chooseShards, unknownShard, type ShardFlags} from '../tael-shards.ts'
import {contextWords, optionalSecret, type OpenTools} from './tools.ts'

export interface TaelChoice extends ShardFlags {
  /** A server named by hand, instead of the context's. */
  server?: string
  /** A reference, instead of the context's. */
  apiKey?: string
}

export interface TaelServer {
  name: string
  options: TaelOptions
}

const defaultUrl = 'http://127.0.0.1:7701'

/** The servers to ask: the shards of the context, or the one that is named; more than one is a fan-out. */
export async function taelServers(tools: OpenTools, choice: TaelChoice = {}): Promise<TaelServer[]> {
  const {settings} = tools
  const section = settings.section('tael')
  const apiKey = await keyOf(tools, choice)
  const shards = chooseShards(choice.server === undefined ? section : undefined, choice)
  const chosen = shards ?? [{name: 'default', url: choice.server ?? section?.url ?? defaultUrl}]
  return chosen.map(({name, url}) => {
    tools.trace(`tael at ${url}${contextWords(settings)}`)
    return {name, options: taelOptions(tools, url, apiKey)}
  })
}

/** The nodes of every shard and group of the context, or the one that is named; and the key that opens them. */
export async function taelNodes(
  tools: OpenTools, choice: TaelChoice = {},
): Promise<{nodes: NodeAddress[]; apiKey: string | undefined}> {
  const section = tools.settings.section('tael')
  const apiKey = await keyOf(tools, choice)
  if (choice.server !== undefined) return {nodes: [{shard: 'default', url: choice.server}], apiKey}
  const nodes = nodesOf(section ?? {})
  const names = [...new Set(nodes.map(node => node.shard))]
  for (const name of choice.shard ?? []) if (!names.includes(name)) throw unknownShard(name, names)
  return {nodes: nodes.filter(node => choice.shard?.includes(node.shard) ?? true), apiKey}
}

/** A server named by hand never gets the key of a context that was made for another one. */
function keyOf({settings}: OpenTools, {server, apiKey}: TaelChoice): Promise<string | undefined> {
  const mayUseKey = server === undefined || settings.origin('tael.apiKey')?.startsWith('env ')
  return optionalSecret(settings, apiKey ?? (mayUseKey ? settings.section('tael')?.apiKey : undefined))
}

function taelOptions(
  {io, timeoutMs, connectTimeoutMs, retries, trace, note}: OpenTools, url: string, apiKey: string | undefined,
): TaelOptions {
  return {
    url, apiKey, timeoutMs, connectTimeoutMs, retries, clock: io.clock, random: io.random,
    onRetry: (attempt, waitMs, error) =>
      trace(`try ${attempt} failed (${error.message}), next in ${Math.round(waitMs)} ms`),
    onLimitation: note,
  }
}
