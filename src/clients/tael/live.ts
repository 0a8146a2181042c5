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

/** What a shard had before, or why that is not known. */
type First<T> = {records: T[]} | {error: unknown}

/** How long a shard that has not answered holds up what the others have. */
const patienceMs = 1_000

const notYet = 'it has not answered yet; the others are shown'
const atLast = 'it has answered; what it had before comes late'

/**
 * Reads the feeds of all shards at once: subscribes, then asks for what was before, so that nothing falls
 * between the two, and shows what both gave once. A stream that ends is opened again with back-off, and what
 * was missed is asked for and told as a gap. A shard that is slow to answer joins later. Throws when no shard
 * can be read at all.
 */
export async function* liveFeed<T>(
  sources: readonly FeedSource<T>[], options: LiveOptions,
): AsyncGenerator<LiveItem<T>> {
  const queue = new LiveQueue<LiveItem<T>>()
  const stop = new AbortController()
  const signal = AbortSignal.any([options.signal, stop.signal])
  const feeds = sources.map(source => new Feed(source, {...options, signal}, queue))
  const firsts = feeds.map(
    feed => feed.connect(options.sinceMs).then(records => ({records}), (error: unknown) => ({error})),
  )
  try {
    const known = await inTime<T>(firsts, {...options, signal})
    yield* beginning(known, sources)
    if (!options.follow) return
    for (const [n, feed] of feeds.entries()) {
      const joined = known[n] ? feed.run() : joinLate(firsts[n]!, feed, sources[n]!, queue)
      joined.catch((error: unknown) => queue.fail(error))
    }
    for (let item = await queue.take(signal); item; item = await queue.take(signal)) yield item
  } finally {
    stop.abort()
  }
}

/** The first answers; when following, only those that came soon after the first good one. */
async function inTime<T>(
  firsts: readonly Promise<First<T>>[], {follow, clock, signal}: LiveOptions,
): Promise<(First<T> | undefined)[]> {
  const known: (First<T> | undefined)[] = firsts.map(() => undefined)
  const all = Promise.all(firsts.map(async (first, n) => {
    known[n] = await first
  }))
  if (!follow) {
    await all
    return known
  }
  const over = new AbortController()
  const served = Promise.any(firsts.map(first => first.then(each => ('records' in each ? each : Promise.reject(each)))))
  const patience = served.then(() => clock.sleep(patienceMs, AbortSignal.any([signal, over.signal])), () => all)
  await Promise.race([all, patience.catch(() => undefined)])
  over.abort()
  return [...known]
}

/** What was before, of all shards in order of time; then which shards could not be read. */
function* beginning<T>(firsts: (First<T> | undefined)[], sources: readonly FeedSource<T>[]): Generator<LiveItem<T>> {
  const errors = firsts.flatMap(first => (first && 'error' in first ? [first.error] : []))
  const fatal = errors.find(error => !isPassing(error)) ?? (errors.length === sources.length ? errors[0] : undefined)
  if (fatal) throw fatal
  const records = firsts.flatMap((first, n) =>
    (first && 'records' in first ? first.records.map(record => ({record, source: sources[n]!})) : []))
  records.sort((a, b) => Number(a.source.timeNs(a.record) - b.source.timeNs(b.record)))
  for (const {record, source} of records) yield {kind: 'record', shard: source.shard, record}
  for (const [n, first] of firsts.entries()) {
    const {shard} = sources[n]!
    if (!first) yield {kind: 'state', shard, state: 'silent', reason: notYet}
    else if ('error' in first) yield {kind: 'state', shard, state: 'lost', reason: (first.error as Error).message}
  }
}

/** A shard that kept the others waiting: what it had before, when it answers, then its stream. */
async function joinLate<T>(
  first: Promise<First<T>>, feed: Feed<T>, {shard}: FeedSource<T>, queue: LiveQueue<LiveItem<T>>,
): Promise<void> {
  const found = await first
  if ('error' in found) {
    if (!isPassing(found.error)) throw found.error
    queue.put({kind: 'state', shard, state: 'lost', reason: found.error.message})
  } else {
    queue.put({kind: 'state', shard, state: 'back', reason: atLast})
    for (const record of found.records) queue.put({kind: 'record', shard, record})
  }
  await feed.run()
}
