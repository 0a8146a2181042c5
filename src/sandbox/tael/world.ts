import type {SwitchableServer} from '../switchable.ts'
import {seedRecords} from './seed.ts'
import {serveTael} from './server.ts'
import {Shard} from './store.ts'
import {Tier} from './tier.ts'

/** Two shards and a query tier over them, each a server of its own. */
export interface TaelWorld {
  shards: readonly {name: string; store: Shard; server: SwitchableServer}[]
  tier: SwitchableServer
  /** From now on the tier answers without this shard, and says nothing of it. */
  hide(name: string): void
  unhide(name: string): void
  close(): Promise<void>
}

const shardNames = ['shard-a', 'shard-b'] as const

export interface WorldOptions {
  nowMs: () => number
  /** Leave the stores empty. */
  empty?: boolean
}

/** Starts them, seeded with an incident that ends now; traces are split over the shards by their id. */
export async function startTaelWorld({nowMs, empty = false}: WorldOptions): Promise<TaelWorld> {
  const stores = [new Shard(), new Shard()] as const
  const hidden = new Set<Shard>()
  if (!empty) {
    const {spans, logs, points} = seedRecords(nowMs())
    stores.forEach((store, shard) => store.add({
      spans: spans.filter(span => ownerOf(span.traceId, stores.length) === shard),
      logs: logs.filter(log => ownerOf(log.traceId ?? log.service, stores.length) === shard),
      points: points.filter(point => ownerOf(point.name, stores.length) === shard),
    }))
  }
  const shards = await Promise.all(stores.map(async (store, at) => ({name: shardNames[at]!, store, server: await serveTael(store, nowMs)})))
  const isDown = (store: Shard) => hidden.has(store) || shards.find(shard => shard.store === store)?.server.state !== 'up'
  const tier = await serveTael(new Tier(stores, isDown), nowMs)
  const storeOf = (name: string) => shards.find(shard => shard.name === name)?.store
  return {
    shards,
    tier,
    hide: name => void (storeOf(name) && hidden.add(storeOf(name)!)),
    unhide: name => void (storeOf(name) && hidden.delete(storeOf(name)!)),
    close: async () => {
      await Promise.all([tier.close(), ...shards.map(shard => shard.server.close())])
    },
  }
}

/** Any even split will do here: which shard owns a trace is the ingest's choice. */
function ownerOf(key: string, shards: number): number {
  let hash = 0
  for (const char of key) hash = (hash * 31 + char.codePointAt(0)!) >>> 0
  return hash % shards
}
