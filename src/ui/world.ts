import {detect, type Memories} from './events/detect.ts'
import type {DashEvent, Happening} from './events/event.ts'
import type {Known} from './freshness.ts'
import type {Now, Readings, SourceName} from './model.ts'
import type {AnySource, Facts} from './sources.ts'

export type KnownSources = {[N in SourceName]?: Known<Readings[N]>}

/** Everything that is known of the systems; how it is looked at is kept apart. */
export interface World {
  facts: Facts
  sources: KnownSources
  /** Newest last. */
  events: readonly DashEvent[]
  nextId: number
  memories: Memories
  /** Latencies of the last readings by node, null where it did not answer. */
  history: Readonly<Record<string, readonly (number | null)[]>>
}

/** More than a night's worth; older ones are dropped. */
export const keptEvents = 1_000
export const keptLatencies = 60

export function emptyWorld(facts: Facts, list: readonly AnySource[]): World {
  const sources = Object.fromEntries(list.map(({name, intervalMs, onDemand}) => [name, {intervalMs, onDemand}]))
  return {facts, sources, events: [], nextId: 1, memories: {}, history: {}}
}

export function asked(world: World, name: SourceName, now: Now): World {
  return known(world, name, {askedMs: now.monotonicMs})
}

/**
 * A reading came: it is shown, and what it says has happened goes to the log. One that was begun before the one that is
 * shown says nothing new, however late it comes.
 */
export function read<N extends SourceName>(
  world: World, name: N, data: Readings[N], now: Now, begunMs = now.monotonicMs,
): World {
  const before = world.sources[name]
  if (isOvertaken(before, begunMs)) return world
  const {memories, happened} = detect(world.memories, name, data, now.ms)
  const back: Happening[] = before?.error === undefined
    ? []
    : [{kind: 'source back', subject: name, text: `${name} can be read again`}]
  const next = known(world, name, {
    data, begunMs, readMs: now.monotonicMs, error: undefined, failedMs: undefined, askedMs: undefined,
  })
  return logged({...next, memories, history: latencies(next, name)}, [...back, ...happened], now)
}

/** A reading failed: the last good one stays, and the first failure in a row is an event. */
export function failed(world: World, name: SourceName, error: string, now: Now, begunMs = now.monotonicMs): World {
  const before = world.sources[name]
  if (isOvertaken(before, begunMs)) return world
  const isFirst = before?.error === undefined
  const next = known(world, name, {error, failedMs: before?.failedMs ?? now.monotonicMs, askedMs: undefined})
  return isFirst
    ? logged(next, [{kind: 'source lost', subject: name, text: `${name} cannot be read: ${error}`}], now)
    : next
}

const isOvertaken = (before: Known<unknown> | undefined, begunMs: number) =>
  before?.begunMs !== undefined && begunMs < before.begunMs

export function acknowledged(world: World, ids: readonly number[]): World {
  return {
    ...world, events: world.events.map(event => (ids.includes(event.id) ? {...event, acknowledged: true} : event)),
  }
}

function known(world: World, name: SourceName, change: Partial<Known<unknown>>): World {
  return {...world, sources: {...world.sources, [name]: {...world.sources[name]!, ...change}}}
}

function logged(world: World, happened: readonly Happening[], now: Now): World {
  if (happened.length === 0) return world
  const added = happened.map((each, at): DashEvent => ({
    ...each, id: world.nextId + at, atMs: now.ms, acknowledged: false,
  }))
  return {...world, events: [...world.events, ...added].slice(-keptEvents), nextId: world.nextId + added.length}
}

function latencies({history, sources}: World, name: SourceName): World['history'] {
  if (name !== 'shards' && name !== 'raft') return history
  const nodes = name === 'shards'
    ? sources.shards!.data!.items.map(({url, latencyMs}) => [url, latencyMs] as const)
    : sources.raft!.data!.items.map(({endpoint, latencyMs}) => [endpoint, latencyMs] as const)
  const grown = nodes.map(
    ([key, latencyMs]) => [key, [...(history[key] ?? []), latencyMs].slice(-keptLatencies)] as const,
  )
  return {...history, ...Object.fromEntries(grown)}
}
