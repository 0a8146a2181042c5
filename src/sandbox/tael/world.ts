import {setTimeout as sleep} from 'node:timers/promises'
import type {Target} from '../control.ts'
import {serveSwitchable, type SwitchableServer} from '../switchable.ts'
import {AlertBook} from './alerts.ts'
import {Feed} from './feed.ts'
import {ShardGroup} from './group.ts'
import {ownersOf} from './owner.ts'
import type {Batch} from './records.ts'
import {seedRecords} from './seed.ts'
import {answerer} from './server.ts'
import {tierServices} from './services.ts'
import {Tier} from './tier.ts'

/** Two shards, each a leader and a standby, and a query tier over the first node of each. */
export interface TaelWorld {
  groups: readonly ShardGroup[]
  tier: SwitchableServer
  /** From now on the tier answers without this shard, and says nothing of it. */
  hide(name: string): void
  unhide(name: string): void
  /** Sends records to the shards that own them, at most one batch to a shard at a time; the rest is shed. */
  take(batch: Batch): Promise<void>
  targets(): Record<string, Target>
  close(): Promise<void>
}

export interface WorldOptions {
  nowMs: () => number
  /** A folder for the WAL directories. */
  dir: string
  /** Leave the stores empty. */
  empty?: boolean
  /** How many times faster than real servers it lets its times pass; 1 unless a test is in a hurry. */
  pace?: number
}

const shardNames = ['shard-a', 'shard-b'] as const

/** The tier gives a shard that hangs so long, each request anew. */
const shardTimeoutMs = 30_000
const keepAliveMs = 15_000

/** Starts them, seeded with an incident that ends now; traces are split over the shards by their id. */
export async function startTaelWorld({nowMs, dir, empty = false, pace = 1}: WorldOptions): Promise<TaelWorld> {
  const groups = await Promise.all(shardNames.map(name => ShardGroup.start({name, dir, nowMs, pace})))
  const hidden = new Set<string>()
  const busy = new Set<ShardGroup>()
  const take = async (batch: Batch) => {
    await Promise.all(ownersOf(batch, groups.length).map(async (part, at) => {
      const group = groups[at]!
      if (busy.has(group) || Object.keys(part).length === 0) return
      busy.add(group)
      await group.take(part).finally(() => busy.delete(group))
    }))
  }
  if (!empty) await take(seedRecords(nowMs()))
  const tier = await startTier(groups, {hidden, nowMs, pace})
  return {
    groups,
    tier,
    hide: name => void hidden.add(name),
    unhide: name => void hidden.delete(name),
    take,
    targets: () => ({...Object.assign({}, ...groups.map(group => group.targets())), 'query-tier': targetOf(tier)}),
    close: async () => {
      await Promise.all([tier.close(), ...groups.map(group => group.close())])
    },
  }
}

interface TierOptions {
  hidden: ReadonlySet<string>
  nowMs: () => number
  pace: number
}

function startTier(groups: readonly ShardGroup[], {hidden, nowMs, pace}: TierOptions): Promise<SwitchableServer> {
  const asked = () => groups.filter(group => !hidden.has(group.name))
  const tier = new Tier(groups.map(group => group.store), store => {
    const group = asked().find(each => each.store === store)
    return group?.first.state !== 'up'
  })
  const feed = () => new Feed({capacity: 1, keepAliveMs: keepAliveMs / pace, isFrozen: () => false})
  // Shards are asked one after the other, so each that hangs adds its time limit to every request.
  const storage = async () => {
    for (const group of asked()) {
      if (group.first.state === 'frozen') await sleep(shardTimeoutMs / pace, undefined, {ref: false})
    }
  }
  return serveSwitchable(answerer({backend: tier, services: tierServices(feed, new AlertBook()), nowMs, storage}))
}

function targetOf(server: SwitchableServer): Target {
  return {
    state: () => server.state,
    actions: {kill: () => server.kill(), freeze: () => server.freeze(), revive: () => server.revive()},
  }
}
