import type {Outcome} from '../../src/clients/net/change.ts'
import {systemClock} from '../../src/clients/net/deadline.ts'
import {RaftClient} from '../../src/clients/raft/client.ts'
import {RaftKv, type KvResult} from '../../src/clients/raft/kv.ts'
import {watchKeys, type WatchRecord, type WatchTools} from '../../src/clients/raft/watch.ts'
import type {RaftPeers} from './raft.ts'

/** Three voters that can be killed. */
export interface Breakable extends Pick<RaftPeers, 'endpoints' | 'kill' | 'restart'> {
  /**
   * How long a node must live before it may die again. A node of d-engine 0.2.4 on its file engine empties its
   * write-ahead log when it starts and writes its state anew only 10 s later: killed again before that, it loses
   * entries that it had applied, for good. Seen on real nodes; the trials are about us.
   */
  checkpointMs?: number
}

const monotonicMs = () => performance.now()
const clock = systemClock
const minutes = (count: number) => AbortSignal.timeout(count * 60_000)

export function openKv({endpoints}: Breakable, patienceMs = 10_000): Promise<RaftKv> {
  return RaftKv.open({endpoints, timeoutMs: 1_000, monotonicMs, clock, patienceMs, areLeasesOn: false})
}

/** Kills and revives, and knows when the cluster is whole again. */
export class Havoc {
  readonly #cluster: Breakable
  readonly #client: RaftClient
  readonly #startedMs = new Map<number, number>()

  constructor(cluster: Breakable, client: RaftClient) {
    this.#cluster = cluster
    this.#client = client
  }

  static async of(cluster: Breakable): Promise<Havoc> {
    return new Havoc(cluster, await RaftClient.open({endpoints: cluster.endpoints, timeoutMs: 1_000, monotonicMs}))
  }

  async leader(): Promise<number> {
    return (await this.#client.waitFor({kind: 'leader'}, 50, clock, minutes(1))).leader!.id
  }

  /** All nodes are ready, and one leads. */
  async whole(): Promise<void> {
    for (;;) {
      const {leader, nodes} = await this.#client.status(minutes(1))
      if (leader && nodes.every(({ready}) => ready)) return
      await clock.sleep(100)
    }
  }

  /** SIGKILL of the leader; back once another leads and the killed one is whole again. */
  async failover(): Promise<void> {
    const id = await this.leader()
    await this.#mayDie(id)
    await this.#cluster.kill(id)
    await this.#client.waitFor({kind: 'not-leader', id}, 50, clock, minutes(1))
    this.#restart(id)
    await this.whole()
  }

  async killFollower(): Promise<void> {
    const id = await this.leader()
    const follower = Object.keys(this.#cluster.endpoints).map(Number).find(each => each !== id)!
    await this.#mayDie(follower)
    await this.#cluster.kill(follower)
    await clock.sleep(1_000)
    this.#restart(follower)
    await this.whole()
  }

  close(): void {
    this.#client.close()
  }

  async #mayDie(id: number): Promise<void> {
    const untilMs = (this.#startedMs.get(id) ?? -Infinity) + (this.#cluster.checkpointMs ?? 12_000)
    const leftMs = untilMs - clock.monotonicMs()
    if (leftMs > 0) await clock.sleep(leftMs)
  }

  #restart(id: number): void {
    this.#startedMs.set(id, clock.monotonicMs())
    this.#cluster.restart(id)
  }
}

export interface Attempt {
  key: string
  value: string
  outcome: Outcome<KvResult>
}

const failed = (error: unknown): Outcome<KvResult> => ({state: 'not-done', error: error as never})

/** Puts keys of their own, one after the other, until `isOver`. */
export async function putLoop(kv: RaftKv, isOver: () => boolean): Promise<Attempt[]> {
  const attempts: Attempt[] = []
  const signal = minutes(30)
  while (!isOver()) {
    const [key, value] = [`/loop/${attempts.length}`, `value-${attempts.length}`]
    const outcome = await kv.planPut(Buffer.from(key), Buffer.from(value), {force: false}, signal)
      .then(change => change.apply(signal)).catch(failed)
    attempts.push({key, value, outcome})
  }
  return attempts
}

/** Counts up one key by compare and swap; resolves with the count of swaps that were done, and those left unknown. */
export async function countLoop(
  kv: RaftKv, isOver: () => boolean,
): Promise<{done: number; unknown: number; wrong: string[]}> {
  const key = Buffer.from('/count')
  const signal = minutes(30)
  const tally = {done: 0, unknown: 0, wrong: [] as string[]}
  for (let at = 0; !isOver(); at += 1) {
    const expected = (await read(kv, key)) ?? undefined
    const count = Number(expected?.toString().split('#')[0] ?? 0)
    if (count < tally.done || count > tally.done + tally.unknown) {
      tally.wrong.push(`${count} after ${tally.done} done and ${tally.unknown} unknown`)
    }
    const value = Buffer.from(`${count + 1}#${at}`)
    const outcome = await kv.planCas(key, value, {expected, unique: true, force: false}, signal)
      .then(change => change.apply(signal)).catch(failed)
    if (outcome.state === 'done') tally.done += 1
    if (outcome.state === 'unknown') tally.unknown += 1
  }
  return tally
}

async function read(kv: RaftKv, key: Buffer): Promise<Buffer | undefined> {
  for (;;) {
    const found = await kv.reader.get([key], 'linearizable', undefined, minutes(1)).catch(() => undefined)
    if (found) return found.values[0]
  }
}

/** What the cluster holds below a prefix, by key. */
export async function contents(kv: RaftKv, prefix: string): Promise<Record<string, string>> {
  const {entries} = await kv.reader.scan(Buffer.from(prefix), minutes(1))
  return Object.fromEntries(entries.map(({key, value}) => [String(key), String(value)]))
}

interface MirrorTools {
  /** Waited for after each record: a slow reader. */
  pause?: () => Promise<void>
  onPut?: (value: Buffer) => void
}

/** Everything a watcher told, as the map that a reader of it would have. */
export class Mirror {
  readonly map = new Map<string, string>()
  readonly counts: Record<WatchRecord['event'], number> = {present: 0, watching: 0, put: 0, delete: 0, gap: 0}
  readonly #stop = new AbortController()
  readonly #done: Promise<void>

  constructor(kv: RaftKv, prefix: string, tools: Partial<WatchTools> & MirrorTools = {}) {
    const {pause, onPut, ...more} = tools
    const all: WatchTools = {
      reader: kv.reader, leader: kv.leader, clock, random: Math.random, reconcileMs: 5_000, areLeasesOn: false,
      note: () => undefined, ...more,
    }
    this.#done = this.#follow(
      watchKeys({key: Buffer.from(prefix), isPrefix: true, withPrevious: false}, all, this.#stop.signal),
      {pause, onPut},
    )
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#done
  }

  get contents(): Record<string, string> {
    return Object.fromEntries([...this.map].sort(([a], [b]) => (a < b ? -1 : 1)))
  }

  async #follow(records: AsyncIterable<WatchRecord>, {pause, onPut}: MirrorTools): Promise<void> {
    for await (const record of records) {
      this.counts[record.event] += 1
      if (record.event === 'delete') this.map.delete(String(record.key))
      else if ('value' in record) this.map.set(String(record.key), String(record.value))
      if (record.event === 'put') onPut?.(record.value)
      await pause?.()
    }
  }
}

/** Puts and deletes over a few keys until `isOver`, whatever becomes of each. */
export async function churn(kv: RaftKv, prefix: string, isOver: () => boolean): Promise<number> {
  const signal = minutes(30)
  let count = 0
  for (; !isOver(); count += 1) {
    const key = Buffer.from(`${prefix}${count % 40}`)
    const change = count % 7 === 0
      ? kv.planDelete(key, {}, signal)
      : kv.planPut(key, Buffer.from(`value-${count}`), {force: false}, signal)
    await change.then(each => each.apply(signal)).catch(() => undefined)
  }
  return count
}

export interface LoopReport {
  attempts: number
  done: number
  readBack: number
  notDone: number
  /** Keys of unknown outcome, and what was found in the end. */
  unknown: string[]
  /** Keys that break a promise: `done` and not there, or `not-done` and there. */
  broken: string[]
}

/** Holds what the loop was told against what is there. */
export async function judgeLoop(kv: RaftKv, attempts: readonly Attempt[]): Promise<LoopReport> {
  const found = await contents(kv, '/loop/')
  const by = (state: string) => attempts.filter(({outcome}) => outcome.state === state)
  const missing = by('done').filter(({key, value}) => found[key] !== value)
  const risen = by('not-done').filter(({key}) => key in found)
  return {
    attempts: attempts.length, done: by('done').length, notDone: by('not-done').length,
    unknown: by('unknown').map(({key}) => `${key} ${key in found ? 'is there' : 'is not there'}`),
    readBack: attempts.filter(({outcome}) => outcome.state === 'done' && outcome.result.knownBy === 'read-back').length,
    broken: [...missing, ...risen].map(({key, outcome}) => `${key} ${outcome.state}`),
  }
}

/** Runs puts, swaps and a watched churn at once through so many failovers and, at the end, a follower's death. */
export async function throughFailovers(cluster: Breakable, count: number) {
  const havoc = await Havoc.of(cluster)
  await havoc.whole()
  const [putting, counting, churning, watching] = await Promise.all([1, 2, 3, 4].map(() => openKv(cluster)))
  const mirror = new Mirror(watching!, '/churn/')
  let isOver = false
  const work = Promise.all([
    putLoop(putting!, () => isOver), countLoop(counting!, () => isOver), churn(churning!, '/churn/', () => isOver),
  ])
  try {
    for (let round = 0; round < count; round += 1) {
      await clock.sleep(Math.random() * 500)
      await havoc.failover()
    }
    await havoc.killFollower()
    isOver = true
    const [attempts, tally, churned] = await work
    // A follower's stream may be a heartbeat behind.
    await clock.sleep(1_000)
    const stored = await contents(churning!, '/churn/')
    const counted = Number(Object.values(await contents(counting!, '/count'))[0]?.split('#')[0])
    return {
      loop: await judgeLoop(putting!, attempts), tally: {...tally, counted}, churned, told: mirror.counts,
      mirrored: mirror.contents, stored,
    }
  } finally {
    isOver = true
    await mirror.stop()
    havoc.close()
    for (const kv of [putting, counting, churning, watching]) kv!.close()
  }
}

/** What became of each of `count` puts below `/flood/`, by number: 1 taken, 0 unknown. */
export type Taken = Uint8Array

/** Puts on 100 keys through several connections at once; a put that times out is not repeated. */
export async function flood(
  cluster: Breakable, count: number, onTold: (made: number) => Promise<void>,
): Promise<Taken> {
  const writers = await Promise.all(Array.from({length: 4}, () => openKv(cluster)))
  const taken = new Uint8Array(count)
  let made = 0
  const writeSome = async (kv: RaftKv) => {
    const leader = await kv.leader.proven(minutes(1))
    while (made < count) {
      const at = made
      made += 1
      const insert = {key: Buffer.from(`/flood/${at % 100}`), value: Buffer.from(`value-${at}`)}
      const answer = await leader.call('write', {command: {insert}}).catch(() => undefined)
      taken[at] = answer?.write?.succeeded ? 1 : 0
      if (at % 1_000 === 0) await onTold(at)
    }
  }
  await Promise.all(writers.map(writeSome)).finally(() => writers.forEach(kv => kv.close()))
  return taken
}

/** Counts the events of a flood, by the number in their values. */
export function floodCounter(count: number): {seen: Uint8Array; onPut: (value: Buffer) => void} {
  const seen = new Uint8Array(count)
  return {seen, onPut: value => void (seen[Number(String(value).slice('value-'.length))]! += 1)}
}

/** Numbers of puts that were taken and not told exactly once, or told more than once. */
export function lostOf(taken: Taken, seen: Uint8Array): number[] {
  return [...taken.keys()].filter(at => (taken[at] ? seen[at] !== 1 : seen[at]! > 1))
}
