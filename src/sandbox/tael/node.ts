import {serveSwitchable, type Liveness, type SwitchableServer} from '../switchable.ts'
import {AlertBook, spanDerivedPoints} from './alerts.ts'
import {deliver, eventRecord} from './alert-delivery.ts'
import {Feed} from './feed.ts'
import {batchOf, framesOf} from './frame.ts'
import type {Batch} from './records.ts'
import {RouteError} from './route-error.ts'
import {answerer} from './server.ts'
import {nothingCounted, type ClusterFacts, type Services} from './services.ts'
import {Shard} from './store.ts'
import {SandboxWal} from './wal.ts'

/** A node's place in a coordinated group. */
export interface GroupPlace {
  facts(): ClusterFacts
  /** Sends a frame to the standbys; resolves when they have answered or were given up. */
  ship(frame: Buffer): Promise<void>
}

export interface NodeOptions {
  walDir: string
  nowMs: () => number
  /** How many times faster than the real server it lets its times pass: 1 unless a test is in a hurry. */
  pace: number
  /** Without it the node is on its own. */
  group?: GroupPlace
}

/** The server's own times and sizes. */
const keepAliveMs = 15_000
const alertPassMs = 30_000
const busCapacity = {spans: 4_096, logs: 4_096, alerts: 256}

const pipelines = {spans: 'otlp_spans', logs: 'otlp_logs', metrics: 'otlp_metrics'} as const

/**
 * One server process: its records and rules lie on a disk and outlive it, its counters, feeds and alert states
 * do not. It takes batches, writes and ships its WAL, feeds its readers and evaluates its alert rules.
 */
export class TaelNode implements Services {
  readonly store = new Shard()
  readonly alerts = new AlertBook()
  readonly feeds: Services['feeds']
  readonly #options: NodeOptions
  #server!: SwitchableServer
  #wal: SandboxWal
  #passes: NodeJS.Timeout | undefined
  #passing: Promise<void> | undefined
  #counts = nothingCounted()
  #inFlight = 0
  #highestEpoch = 0n

  static async start(options: NodeOptions): Promise<TaelNode> {
    const node = new TaelNode(options)
    node.#server = await serveSwitchable(answerer({backend: node.store, services: node, nowMs: options.nowMs}))
    return node
  }

  private constructor(options: NodeOptions) {
    this.#options = options
    const shared = {keepAliveMs: keepAliveMs / options.pace, isFrozen: () => this.state === 'frozen'}
    const feed = (capacity: number) => new Feed({...shared, capacity})
    this.feeds = {spans: feed(busCapacity.spans), logs: feed(busCapacity.logs), alerts: feed(busCapacity.alerts)}
    this.#wal = new SandboxWal(options.walDir, options.nowMs())
    this.#startPasses()
  }

  get url(): string {
    return this.#server.url
  }

  get state(): Liveness {
    return this.#server.state
  }

  cluster(): ClusterFacts | undefined {
    return this.#options.group?.facts()
  }

  ingest() {
    return {...this.#counts, inFlight: this.#inFlight}
  }

  /** Takes what an exporter sends: durable and shipped first, then counted and fed to the readers. */
  async take(batch: Batch): Promise<void> {
    for (const {signal, records, frame, batch: part} of framesOf(batch)) {
      this.#inFlight += 1
      try {
        await this.#write(frame, part)
      } finally {
        this.#inFlight -= 1
      }
      if (this.state === 'down') return
      const counts = this.#counts[pipelines[signal]]
      counts.batches += 1
      counts.records += records.length
      counts.lastAcceptedMs = this.#options.nowMs()
      if (signal !== 'metrics') this.#publish(signal, JSON.stringify(records))
    }
  }

  receive(frame: Buffer, epoch: bigint): void {
    if (this.#options.group) this.#fence(epoch)
    const batch = batchOf(frame)
    this.#wal.appendFrame(frame)
    this.store.add(batch)
  }

  /** An epoch below the highest seen is refused; it is looked at before the frame is. */
  #fence(epoch: bigint): void {
    if (epoch < this.#highestEpoch) {
      throw new RouteError(409, 'fenced: record epoch is older than the current leader', {
        facts: {current: Number(this.#highestEpoch), epoch: Number(epoch)},
      })
    }
    this.#highestEpoch = epoch
  }

  async #write(frame: Buffer, batch: Batch): Promise<void> {
    this.#wal.appendFrame(frame)
    await this.#options.group?.ship(frame)
    this.store.add(batch)
  }

  #publish(signal: 'spans' | 'logs', json: string): void {
    this.#wal.appendToBus(signal, json)
    this.feeds[signal].publish(json)
  }

  #startPasses(): void {
    this.#passes = setInterval(() => void this.#passOnce(), alertPassMs / this.#options.pace).unref()
  }

  /** One after the other, however long a write takes; what ends with the process ends without a word. */
  #passOnce(): Promise<void> {
    this.#passing ??= this.#pass().catch(() => undefined).finally(() => (this.#passing = undefined))
    return this.#passing
  }

  /** Derives series from the spans, evaluates every rule and delivers what changed. */
  async #pass(): Promise<void> {
    const {windowSeconds} = this.alerts
    if (windowSeconds === undefined || this.state !== 'up') return
    const nowNs = BigInt(Math.trunc(this.#options.nowMs())) * 1_000_000n
    const points = spanDerivedPoints(this.store, nowNs, windowSeconds)
    for (const {frame, batch} of framesOf({points})) await this.#write(frame, batch)
    for (const event of this.alerts.evaluate(this.store, nowNs)) {
      const text = JSON.stringify(eventRecord(event))
      this.feeds.alerts.publish(text)
      void deliver(text, this.alerts.sinksOf(event.rule))
    }
  }

  freeze(): void {
    this.#server.freeze()
  }

  /** As kill -9: what was in memory is lost. */
  async kill(): Promise<void> {
    if (this.state === 'down') return
    await this.close()
    this.#counts = nothingCounted()
    this.#highestEpoch = 0n
    this.alerts.forget()
  }

  async revive(): Promise<void> {
    const restarted = this.state === 'down'
    if (restarted) {
      this.#wal = new SandboxWal(this.#options.walDir, this.#options.nowMs())
      this.#startPasses()
    }
    await this.#server.revive()
    if (restarted) await this.#passOnce()
  }

  /** Ends at once, readers of feeds or not. */
  async close(): Promise<void> {
    if (this.state === 'down') return
    clearInterval(this.#passes)
    await this.#server.kill()
    this.#wal.close()
  }
}
