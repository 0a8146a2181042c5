import {backoffMs, type Clock} from '../net/deadline.ts'
import {OpsError, UnreachableError} from '../net/errors.ts'
import {SseParser} from './sse.ts'

/** One shard's live feed of records of a kind. */
export interface FeedSource<T> {
  shard: string
  /** Subscribes: resolves when the server has accepted, with the raw stream. */
  open(signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>
  /** The records since a moment (or the newest few), oldest first. */
  backfill(sinceMs: number | undefined, signal: AbortSignal): Promise<T[]>
  /** The records of one message. */
  decode(message: string): T[]
  /** False when the server refuses a new connection: it is going, and waits for this stream to end. */
  accepts(signal: AbortSignal): Promise<boolean>
  /** Identity of a record, by content. */
  key(record: T): string
  timeNs(record: T): bigint
}

export type LiveItem<T> =
  | {kind: 'record'; shard: string; record: T}
  /** The stream was cut between these moments; `refilled` records of it were found by query, null: none could be asked. */
  | {kind: 'gap'; shard: string; sinceMs: number; untilMs: number; refilled: number | null}
  /** Records that came faster than they were taken. */
  | {kind: 'dropped'; shard: string; records: number}
  | {kind: 'state'; shard: string; state: 'closing' | 'lost' | 'back'; reason: string}

export interface LiveOptions {
  /** Begin with the records since then; undefined begins with the newest few. */
  sinceMs: number | undefined
  /** Go on with the stream after the backfill. */
  follow: boolean
  clock: Clock
  random: () => number
  signal: AbortSignal
}

const aliveEveryMs = 1_500
const mostWaiting = 50_000
const reachBackMs = 5_000

/**
 * Reads the feeds of all shards at once: subscribes, then asks for what was before, so that nothing falls
 * between the two, and shows what both gave once. A stream that ends is opened again with back-off, and what
 * was missed is asked for and told as a gap. Throws when no shard can be read at all.
 */
export async function* liveFeed<T>(sources: readonly FeedSource<T>[], options: LiveOptions): AsyncGenerator<LiveItem<T>> {
  const queue = new LiveQueue<LiveItem<T>>()
  const stop = new AbortController()
  const signal = AbortSignal.any([options.signal, stop.signal])
  const feeds = sources.map(source => new Feed(source, {...options, signal}, queue))
  try {
    const firsts = await Promise.all(feeds.map(feed => feed.connect(options.sinceMs).catch((error: unknown) => error)))
    const errors = firsts.filter(each => !Array.isArray(each))
    if (errors.length === sources.length || errors.some(error => !isPassing(error))) throw errors.find(e => !isPassing(e)) ?? errors[0]
    const records = firsts.flatMap((first, n) => (Array.isArray(first) ? (first as T[]).map(record => ({record, source: sources[n]!})) : []))
    records.sort((a, b) => Number(a.source.timeNs(a.record) - b.source.timeNs(b.record)))
    for (const {record, source} of records) yield {kind: 'record', shard: source.shard, record}
    for (const [n, first] of firsts.entries()) {
      if (!Array.isArray(first)) yield {kind: 'state', shard: sources[n]!.shard, state: 'lost', reason: (first as OpsError).message}
    }
    if (!options.follow) return
    for (const feed of feeds) feed.run().catch((error: unknown) => queue.fail(error))
    for (let item = await queue.take(signal); item; item = await queue.take(signal)) yield item
  } finally {
    stop.abort()
  }
}

/** Worth another try: nobody there, cut off, too slow. */
function isPassing(error: unknown): boolean {
  return error instanceof UnreachableError
}

class Feed<T> {
  readonly #source: FeedSource<T>
  readonly #options: LiveOptions
  readonly #queue: LiveQueue<LiveItem<T>>
  /** Records that the backfill gave and that the stream may give again. */
  #known = new Map<string, number>()
  #stream: AsyncIterable<Uint8Array> | undefined
  #inner = new AbortController()

  constructor(source: FeedSource<T>, options: LiveOptions, queue: LiveQueue<LiveItem<T>>) {
    this.#source = source
    this.#options = options
    this.#queue = queue
  }

  /** Subscribes, then asks for what was before: so nothing falls between. */
  async connect(sinceMs: number | undefined): Promise<T[]> {
    this.#inner = new AbortController()
    const signal = AbortSignal.any([this.#options.signal, this.#inner.signal])
    if (this.#options.follow) this.#stream = await this.#source.open(signal)
    try {
      const records = await this.#source.backfill(sinceMs, signal)
      this.#known = new Map()
      for (const record of records) this.#count(this.#source.key(record), 1)
      return records
    } catch (error) {
      this.#inner.abort()
      throw error
    }
  }

  #count(key: string, by: number): void {
    this.#known.set(key, (this.#known.get(key) ?? 0) + by)
  }

  /** Reads the stream; when it ends, opens it again, for ever. */
  async run(): Promise<void> {
    const {clock, random, signal} = this.#options
    while (!signal.aborted) {
      if (this.#stream) await this.#read(this.#stream).catch(error => this.#say('lost', error))
      this.#inner.abort()
      this.#stream = undefined
      const lostMs = clock.nowMs()
      for (let attempt = 0; !this.#stream && !signal.aborted; attempt += 1) {
        await clock.sleep(100 + backoffMs(attempt, random, 250), signal).catch(() => undefined)
        await this.#reconnect(lostMs)
      }
    }
  }

  async #reconnect(lostMs: number): Promise<void> {
    const {clock, signal} = this.#options
    const seen = new Map(this.#known)
    try {
      const records = await this.connect(lostMs - reachBackMs)
      const fresh = records.filter(record => !seen.has(this.#source.key(record)))
      this.#queue.put({kind: 'gap', shard: this.#source.shard, sinceMs: lostMs, untilMs: clock.nowMs(), refilled: fresh.length})
      for (const record of fresh) this.#record(record)
    } catch (error) {
      if (!signal.aborted && !isPassing(error)) throw error
    }
  }

  async #read(stream: AsyncIterable<Uint8Array>): Promise<void> {
    const parser = new SseParser()
    const watch = this.#watch()
    try {
      for await (const chunk of stream) {
        for (const message of parser.push(chunk)) {
          for (const record of this.#source.decode(message)) this.#live(record)
        }
      }
      this.#say('lost', new Error('the server ended the stream'))
    } finally {
      watch.stop()
    }
  }

  /** An open stream keeps a server from stopping: leaves when it takes no new connection. */
  #watch(): {stop(): void} {
    const stopped = new AbortController()
    const signal = AbortSignal.any([this.#options.signal, stopped.signal])
    const look = async () => {
      while (!signal.aborted) {
        await this.#options.clock.sleep(aliveEveryMs, signal)
        if (await this.#source.accepts(signal)) continue
        this.#say('closing', new Error('the server takes no new connections, so it is stopping'))
        this.#inner.abort()
        return
      }
    }
    look().catch(() => undefined)
    return {stop: () => stopped.abort()}
  }

  /** A record of the stream, unless the backfill had it. All are remembered for the next reconnection. */
  #live(record: T): void {
    const key = this.#source.key(record)
    const left = this.#known.get(key) ?? 0
    if (left > 0) this.#known.set(key, left - 1)
    else {
      this.#known.set(key, 0)
      this.#record(record)
    }
    if (this.#known.size > mostWaiting) this.#known = new Map([...this.#known].slice(mostWaiting / 2))
  }

  #record(record: T): void {
    this.#queue.put({kind: 'record', shard: this.#source.shard, record})
  }

  #say(state: 'closing' | 'lost', error: unknown): void {
    if (this.#options.signal.aborted || this.#inner.signal.aborted) return
    this.#queue.put({kind: 'state', shard: this.#source.shard, state, reason: (error as Error).message})
  }
}

/** What waits for the reader. It never holds the server up: over the limit, records are counted and dropped. */
class LiveQueue<I extends {kind: string; shard: string}> {
  #items: I[] = []
  #dropped = new Map<string, number>()
  #failure: unknown
  #wake: (() => void) | undefined

  put(item: I): void {
    if (item.kind === 'record' && this.#items.length >= mostWaiting) {
      this.#dropped.set(item.shard, (this.#dropped.get(item.shard) ?? 0) + 1)
    } else this.#items.push(item)
    this.#wake?.()
  }

  fail(error: unknown): void {
    this.#failure ??= error
    this.#wake?.()
  }

  /** The next item; undefined when the signal has come. */
  async take(signal: AbortSignal): Promise<I | undefined> {
    for (;;) {
      if (signal.aborted) return undefined
      if (this.#items.length > 0) return this.#items.shift()
      for (const [shard, records] of this.#dropped) {
        this.#dropped.delete(shard)
        return {kind: 'dropped', shard, records} as unknown as I
      }
      if (this.#failure) throw this.#failure
      await new Promise<void>(resolve => {
        this.#wake = resolve
        signal.addEventListener('abort', () => resolve(), {once: true})
      })
    }
  }
}
