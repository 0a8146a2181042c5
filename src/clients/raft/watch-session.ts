import type {Clock} from '../net/deadline.ts'
import {SystemError, UnreachableError} from '../net/errors.ts'
import {raftError} from './errors.ts'
import type {Reader, Scan} from './kv-read.ts'
import type {Caller} from './caller.ts'
import {WatchEvent, type WatchResponse} from './proto.ts'
import {WatchQueue} from './watch-queue.ts'

/** What to watch: a folder, or one key. */
export interface WatchTarget {
  key: Buffer
  /** `key` is a folder: it begins and ends with a slash. */
  isPrefix: boolean
  /** Also tell the value that was there before. */
  withPrevious: boolean
}

/** What comes out of a session, in this order; nothing comes after `ended`. */
export type SessionItem =
  | {kind: 'event'; event: WatchResponse}
  /** Taken a while ago, so that the stream has told by now all that it has. */
  | {kind: 'scan'; scan: Scan}
  | {kind: 'ended'; reason: string}

export interface Session {
  scan: Scan
  queue: WatchQueue<SessionItem>
  close(): void
}

const openLimitMs = 3_000

/**
 * Opens a watch at a node and takes a snapshot there: first the watch, then, once the node has registered it, the
 * scan. Whatever is not in the snapshot comes through the queue, and is there already or will be.
 */
export async function openSession(
  node: Caller, target: WatchTarget, reader: Reader, clock: Clock, signal: AbortSignal,
): Promise<Session> {
  const stream = watchStream(node, target)
  const opening = new AbortController()
  const late = clock.sleep(openLimitMs, AbortSignal.any([signal, opening.signal])).then(() => {
    throw new UnreachableError(`raft ${node.endpoint}: the watch was not registered in time`, {code: 'TIMEOUT'})
  })
  late.catch(() => undefined)
  try {
    await Promise.race([stream.opened, late])
    return {queue: stream.queue, close: stream.close, scan: await scanOf(target, reader, signal, node)}
  } catch (error) {
    stream.close()
    throw error
  } finally {
    opening.abort()
  }
}

/** A scan of what the target covers; by `only` when given. */
export async function scanOf(
  {key, isPrefix}: WatchTarget, reader: Reader, signal: AbortSignal, only?: Caller,
): Promise<Scan> {
  const scan = await reader.scan(key, signal, only)
  return isPrefix ? scan : {...scan, entries: scan.entries.filter(each => each.key.equals(key))}
}

interface Stream {
  queue: WatchQueue<SessionItem>
  /** Resolves when the node has registered the watch: from then on nothing is missed. */
  opened: Promise<void>
  close(): void
}

function watchStream(node: Caller, {key, isPrefix, withPrevious}: WatchTarget): Stream {
  const {promise: opened, resolve, reject} = Promise.withResolvers<void>()
  const end = (reason: string) => {
    close()
    queue.push({kind: 'ended', reason})
  }
  const queue = new WatchQueue<SessionItem>(() => end('the output was read too slowly'))
  const close = node.stream('watch', {key, prefix: isPrefix, prevKv: withPrevious}, {
    opened: resolve,
    item: event => {
      if (event.event === WatchEvent.canceled) end(`node ${node.id} cancelled the watch: it was read too slowly`)
      else if (event.event !== WatchEvent.progress) queue.push({kind: 'event', event}, sizeOf(event))
    },
    ended: error => {
      const known = endOf(error, node)
      reject(known)
      queue.push({kind: 'ended', reason: known.message})
    },
  })
  opened.catch(() => undefined)
  return {queue, opened, close}
}

function endOf(error: unknown, {endpoint}: Caller): Error {
  return error === undefined
    ? new SystemError(`raft ${endpoint}: the node ended the watch`, {endpoint}) : raftError(error, endpoint)
}

function sizeOf({key, value, prevValue}: WatchResponse): number {
  return (key?.length ?? 0) + (value?.length ?? 0) + (prevValue?.length ?? 0)
}
