import {backoffMs} from '../net/deadline.ts'
import {UnreachableError} from '../net/errors.ts'
import type {FeedSource, LiveItem, LiveOptions, LiveState} from './live.ts'
import type {LiveQueue} from './live-queue.ts'
import {SseParser} from './sse.ts'

/** Worth another try: nobody there, cut off, too slow. */
export function isPassing(error: unknown): error is UnreachableError {
  return error instanceof UnreachableError
}

const aliveEveryMs = 1_500
/** Two looks without an answer: one may be a long pause of the collector. */
const silentLooks = 2
const doesNotAnswer = new Error('the server takes connections but does not answer; nothing can come from it')
const answersAgain = new Error('the server answers again; the stream was kept')
const reachBackMs = 5_000
const mostKnown = 50_000

/** One shard's stream: opened, read, watched, and opened again with what was missed. */
export class Feed<T> {
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
      const {shard} = this.#source
      this.#queue.put({kind: 'gap', shard, sinceMs: lostMs, untilMs: clock.nowMs(), refilled: fresh.length})
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

  /** An open stream keeps a server from stopping: leaves when it takes no new connection, tells when it is silent. */
  #watch(): {stop(): void} {
    const stopped = new AbortController()
    const signal = AbortSignal.any([this.#options.signal, stopped.signal])
    this.#look(signal).catch(() => undefined)
    return {stop: () => stopped.abort()}
  }

  async #look(signal: AbortSignal): Promise<void> {
    for (let silent = 0; ;) {
      await this.#options.clock.sleep(aliveEveryMs, signal)
      const accepts = await this.#source.accepts(signal)
      if (signal.aborted) return
      if (accepts === 'refused') {
        this.#say('closing', new Error('the server takes no new connections, so it is stopping'))
        return this.#inner.abort()
      }
      if (accepts === 'yes' && silent >= silentLooks) this.#say('back', answersAgain)
      silent = accepts === 'silent' ? silent + 1 : 0
      if (silent === silentLooks) this.#say('silent', doesNotAnswer)
    }
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
    if (this.#known.size > mostKnown) this.#known = new Map([...this.#known].slice(mostKnown / 2))
  }

  #record(record: T): void {
    this.#queue.put({kind: 'record', shard: this.#source.shard, record})
  }

  #say(state: LiveState, error: unknown): void {
    if (this.#options.signal.aborted || this.#inner.signal.aborted) return
    this.#queue.put({kind: 'state', shard: this.#source.shard, state, reason: (error as Error).message})
  }
}
