import type {Clock} from '../net/deadline.ts'
import {Feed, isPassing} from './live-feed.ts'
import {LiveQueue} from './live-queue.ts'

/** One shard's live feed of records of a kind. */
export interface FeedSource<T> {
  shard: string
  /** Subscribes: resolves when the server has accepted, with the raw stream. */
  open(signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>
  /** The records since a moment (or the newest few), oldest first. */
  backfill(sinceMs: number | undefined, signal: AbortSignal): Promise<T[]>
  /** The records of one message. */
  decode(message: string): T[]
  /** `refused`: the server takes no new connection: it is going, and waits for this stream to end. */
  accepts(signal: AbortSignal): Promise<'yes' | 'refused' | 'silent'>
  /** Identity of a record, by content. */
  key(record: T): string
  timeNs(record: T): bigint
}

export type LiveItem<T> =
  | {kind: 'record'; shard: string; record: T}
  /** The stream was cut between these moments; `refilled` records of it were found by query, null: none was asked. */
  | {kind: 'gap'; shard: string; sinceMs: number; untilMs: number; refilled: number | null}
  /** Records that came faster than they were taken. */
  | {kind: 'dropped'; shard: string; records: number}
  | {kind: 'state'; shard: string; state: LiveState; reason: string}

/** `closing`, `lost`: tried again; `silent`: the stream is kept, and `back` when the server answers again. */
export type LiveState = 'closing' | 'lost' | 'silent' | 'back'

export interface LiveOptions {
  /** Begin with the records since then; undefined begins with the newest few. */
  sinceMs: number | undefined
  /** Go on with the stream after the backfill. */
  follow: boolean
  clock: Clock
  random: () => number
  signal: AbortSignal
}

/**
 * Reads the feeds of all shards at once: subscribes, then asks for what was before, so that nothing falls
 * between the two, and shows what both gave once. A stream that ends is opened again with back-off, and what
 * was missed is asked for and told as a gap. Throws when no shard can be read at all.
 */
export async function* liveFeed<T>(
  sources: readonly FeedSource<T>[], options: LiveOptions,
): AsyncGenerator<LiveItem<T>> {
  const queue = new LiveQueue<LiveItem<T>>()
  const stop = new AbortController()
  const signal = AbortSignal.any([options.signal, stop.signal])
  const feeds = sources.map(source => new Feed(source, {...options, signal}, queue))
  try {
    const firsts = feeds.map(feed => feed.connect(options.sinceMs).catch((error: unknown) => error))
    yield* beginning(await Promise.all(firsts), sources)
    if (!options.follow) return
    for (const feed of feeds) feed.run().catch((error: unknown) => queue.fail(error))
    for (let item = await queue.take(signal); item; item = await queue.take(signal)) yield item
  } finally {
    stop.abort()
  }
}

/** What was before, of all shards in order of time; then which shards could not be read. */
function* beginning<T>(firsts: unknown[], sources: readonly FeedSource<T>[]): Generator<LiveItem<T>> {
  const errors = firsts.filter(each => !Array.isArray(each))
  const fatal = errors.find(error => !isPassing(error)) ?? (errors.length === sources.length ? errors[0] : undefined)
  if (fatal) throw fatal
  const records = firsts.flatMap((first, n) =>
    (Array.isArray(first) ? (first as T[]).map(record => ({record, source: sources[n]!})) : []))
  records.sort((a, b) => Number(a.source.timeNs(a.record) - b.source.timeNs(b.record)))
  for (const {record, source} of records) yield {kind: 'record', shard: source.shard, record}
  for (const [n, first] of firsts.entries()) {
    if (isPassing(first)) yield {kind: 'state', shard: sources[n]!.shard, state: 'lost', reason: first.message}
  }
}
