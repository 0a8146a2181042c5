import {withDeadline} from '../net/deadline.ts'
import {UsageError} from '../net/errors.ts'
import {connectNats} from './nats-connect.ts'
import {natsError} from './nats-errors.ts'
import {apiAnswer, streamInfo, subjects} from './nats-wire.ts'
import {checkNats, natsConnection, type LeasePlace} from './open.ts'

/** The change stream of a bucket whose content is exported as artifacts. */
export interface ChangeStream {
  /** The bucket, as messages name it. */
  place: string
  /** First sequence that it still holds; last + 1 when it holds none. */
  firstSequence: bigint
  lastSequence: bigint
  /** Why current values may vanish from it without a delete; undefined when they cannot. */
  eviction: string | undefined
}

/** The streams of one server. */
export interface ChangeStreams {
  /** Asks for one; binds to it, never creates it. NotFoundError NO_BUCKET when there is none. */
  read(bucket: string, signal: AbortSignal): Promise<ChangeStream>
  close(): Promise<void>
}

/** Connects to the server of `place`, whose bucket does not matter. */
export async function openChangeStreams(place: Omit<LeasePlace, 'bucket'>): Promise<ChangeStreams> {
  if (place.url.startsWith('sqlite:')) {
    const hint = 'Name a NATS server: --url nats://host:4222'
    throw new UsageError('an SQLite file has no change stream', {code: 'BAD_URL', hint})
  }
  checkNats({...place, bucket: 'any'})
  const {connection, close} = await connectNats({
    ...await natsConnection(place), servers: place.url.split(','), reconnect: false,
  }, place.url)
  const read: ChangeStreams['read'] = async (bucket, signal) => {
    checkNats({...place, bucket})
    const where = `${place.url}/${bucket}`
    const ask = () => connection.request(subjects(bucket).info, '', {timeout: place.timeoutMs})
    try {
      const {data} = await withDeadline('asking for the stream', place.timeoutMs, signal, ask, where)
      const {config, firstRevision, lastRevision} = streamInfo(apiAnswer(data), bucket)
      const eviction = evictionOf(config as Retention)
      return {place: where, firstSequence: firstRevision, lastSequence: lastRevision, eviction}
    } catch (error) {
      throw signal.aborted ? signal.reason : natsError(error, where)
    }
  }
  return {read, close}
}

/** Asks the stream of `place.bucket`. */
export async function readChangeStream(place: LeasePlace, signal: AbortSignal): Promise<ChangeStream> {
  const streams = await openChangeStreams(place)
  try {
    return await streams.read(place.bucket!, signal)
  } finally {
    await streams.close()
  }
}

interface Retention {
  max_age?: number
  allow_msg_ttl?: boolean
  discard?: string
  max_bytes?: number
  max_msgs?: number
}

/** Source: slipstream facts, section 4: an age limit, ttls of messages, or dropping the oldest at a limit. */
export function evictionOf({
  max_age: maxAgeNs = 0,
  allow_msg_ttl: hasTtls,
  discard,
  max_bytes: maxBytes = -1,
  max_msgs: maxMessages = -1,
}: Retention): string | undefined {
  if (maxAgeNs > 0) return `values age out after ${maxAgeNs / 1e9} s`
  if (hasTtls) return 'values may carry a ttl of their own'
  if (discard === 'old' && maxBytes > 0) return `beyond ${maxBytes} bytes the oldest values are dropped`
  if (discard === 'old' && maxMessages > 0) return `beyond ${maxMessages} values the oldest are dropped`
  return undefined
}
