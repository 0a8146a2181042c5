import type {Clock} from '../net/deadline.ts'
import {SystemError, UnreachableError} from '../net/errors.ts'
import {raftError} from './errors.ts'
import type {Reader, Scan} from './kv-read.ts'
import type {Caller} from './leader.ts'
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
export async function openSession(node: Caller, target: WatchTarget, reader: Reader, clock: Clock, signal: AbortSignal): Promise<Session> {
  const over = new AbortController()
  const stop: {now?: () => void} = {}
  const close = () => {
    over.abort()
    stop.now?.()
  }
  try {
    const queue = await registered(node, target, clock, AbortSignal.any([signal, over.signal]), stop)
    return {queue, close, scan: await scanOf(target, reader, signal, node)}
  } catch (error) {
    close()
    throw error
  }
}

/** A scan of what the target covers; by `only` when given. */
export async function scanOf({key, isPrefix}: WatchTarget, reader: Reader, signal: AbortSignal, only?: Caller): Promise<Scan> {
  const scan = await reader.scan(key, signal, only)
  return isPrefix ? scan : {...scan, entries: scan.entries.filter(each => each.key.equals(key))}
}

/** Resolves when the node has registered the watch: from then on nothing is missed. */
async function registered(
  node: Caller, {key, isPrefix, withPrevious}: WatchTarget, clock: Clock, signal: AbortSignal, stop: {now?: () => void},
): Promise<WatchQueue<SessionItem>> {
  const opened = Promise.withResolvers<void>()
  let isOpen = false
  const end = (reason: string) => {
    stop.now?.()
    queue.push({kind: 'ended', reason})
  }
  const queue = new WatchQueue<SessionItem>(() => end('the output was read too slowly'))
  stop.now = node.stream('watch', {key, prefix: isPrefix, prevKv: withPrevious}, {
    opened: () => {
      isOpen = true
      opened.resolve()
    },
    item: event => {
      if (event.event === WatchEvent.canceled) end(`node ${node.id} cancelled the watch: it was read too slowly`)
      else if (event.event !== WatchEvent.progress) queue.push({kind: 'event', event}, sizeOf(event))
    },
    ended: error => {
      const known = error === undefined ? new SystemError(`raft ${node.endpoint}: the node ended the watch`) : raftError(error, node.endpoint)
      if (isOpen) queue.push({kind: 'ended', reason: known.message})
      else opened.reject(known)
    },
  })
  const late = clock.sleep(openLimitMs, signal).then(() => {
    throw new UnreachableError(`raft ${node.endpoint}: the watch was not registered in time`, {code: 'TIMEOUT', endpoint: node.endpoint})
  })
  late.catch(() => undefined)
  await Promise.race([opened.promise, late])
  return queue
}

function sizeOf({key, value, prevValue}: WatchResponse): number {
  return (key?.length ?? 0) + (value?.length ?? 0) + (prevValue?.length ?? 0)
}
