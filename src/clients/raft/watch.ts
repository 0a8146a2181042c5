import {backoffMs, type Clock} from '../net/deadline.ts'
import {UnreachableError} from '../net/errors.ts'
import type {Reader} from './kv-read.ts'
import type {Leader} from './leader.ts'
import {WatchEvent, type WatchResponse} from './proto.ts'
import {openSession, scanOf, type Session, type SessionItem, type WatchTarget} from './watch-session.ts'
import {WatchedKeys, type Difference} from './watch-state.ts'

/** Where a change was seen: `scan` when no event told it, as after a gap, or of a key that expired. */
export type WatchSource = 'stream' | 'scan'

export type WatchRecord =
  /** A key of the first snapshot. */
  | {event: 'present'; key: Buffer; value: Buffer; revision: bigint; source: WatchSource}
  /** The snapshot is whole, and the node tells every change after `revision`. */
  | {event: 'watching'; node: number; revision: bigint; keys: number}
  | {event: 'put'; key: Buffer; value: Buffer; previous?: Buffer; revision: bigint; source: WatchSource}
  | {event: 'delete'; key: Buffer; previous?: Buffer; revision: bigint; source: WatchSource}
  /** From here to the next `watching`, changes may be missing; what they led to follows, found by a scan. */
  | {event: 'gap'; reason: string; revision: bigint}

export interface WatchTools {
  reader: Reader
  leader: Leader
  clock: Clock
  random: () => number
  /** How often the whole folder is read and compared with what the stream told; 0 for never. */
  reconcileMs: number
  /** Keys may vanish without an event. */
  areLeasesOn: boolean
  /** Tells what is no record, such as a comparison that could not be made. */
  note: (text: string) => void
}

/** How long the stream has to tell what a scan already shows. */
const graceMs = 2_000
const stableMs = 5_000
const firstLimitMs = 10_000
const hasWaited = new Set(['NO_LEADER', 'UNREACHABLE'])

/**
 * Follows a folder or a key: what is there, then every change, in the order of revisions. A stream that breaks is
 * opened anew at the leader, with a gap told before and the differences after it. Ends when the signal aborts;
 * rejects only when it cannot begin.
 */
export async function* watchKeys(
  target: WatchTarget, tools: WatchTools, signal: AbortSignal,
): AsyncGenerator<WatchRecord> {
  const known = new WatchedKeys()
  const last = {revision: 0n}
  const firstUntilMs = tools.clock.monotonicMs() + firstLimitMs
  let isFirst = true
  for (let attempt = 0; !signal.aborted; attempt += 1) {
    const session = await begin(target, tools, isFirst ? firstUntilMs : Infinity, signal)
    if (session) {
      const openedMs = tools.clock.monotonicMs()
      try {
        yield* tellSnapshot(session, known, last, isFirst)
        isFirst = false
        const reason = yield* follow(session, target, known, last, tools, signal)
        if (signal.aborted) return
        if (reason !== undefined) yield {event: 'gap', reason, revision: last.revision}
      } finally {
        session.close()
      }
      if (tools.clock.monotonicMs() - openedMs > stableMs) attempt = 0
    }
    await tools.clock.sleep(backoffMs(attempt, tools.random, 100, 2_000), signal).catch(() => undefined)
  }
}

/** Undefined when it failed and is to be tried again: after the first session always, before it until `untilMs`. */
async function begin(
  target: WatchTarget, {leader, reader, clock}: WatchTools, untilMs: number, signal: AbortSignal,
): Promise<Session | undefined> {
  try {
    return await openSession(await leader.proven(signal), target, reader, clock, signal)
  } catch (error) {
    leader.forget()
    // A search for the leader has tried for long enough already.
    const mayPass = error instanceof UnreachableError && !hasWaited.has(error.code) && clock.monotonicMs() < untilMs
    if (!mayPass && untilMs < Infinity && !signal.aborted) throw error
    return undefined
  }
}

type Last = {revision: bigint}

function* tellSnapshot({scan}: Session, known: WatchedKeys, last: Last, isFirst: boolean): Generator<WatchRecord> {
  const {entries, revision, node} = scan
  yield* differencesTold(known.settle(entries, revision), revision, isFirst)
  if (revision > last.revision) last.revision = revision
  yield {event: 'watching', node: node.id, revision, keys: known.size}
}

function* differencesTold(
  differences: readonly Difference[], revision: bigint, isFirst = false,
): Generator<WatchRecord> {
  for (const each of differences) {
    if (each.kind === 'delete') yield {event: 'delete', key: each.key, revision, source: 'scan'}
    else yield {event: isFirst ? 'present' : 'put', key: each.key, value: each.value, revision, source: 'scan'}
  }
}

/** Until the session ends: returns why, or undefined when that has been told. */
async function* follow(
  session: Session, target: WatchTarget, known: WatchedKeys, last: Last, tools: WatchTools, signal: AbortSignal,
): AsyncGenerator<WatchRecord, string | undefined> {
  const over = new AbortController()
  void reconcile(session, target, tools, AbortSignal.any([signal, over.signal]))
  try {
    for (;;) {
      const items = await session.queue.take(signal)
      if (signal.aborted) return undefined
      for (const item of items) {
        if (item.kind === 'ended') return item.reason
        if (item.kind === 'event') yield* eventTold(item.event, known, last)
        else if (yield* lossTold(item, known, tools, last)) return undefined
      }
    }
  } finally {
    over.abort()
  }
}

const nothing = Buffer.alloc(0)

function* eventTold(message: WatchResponse, known: WatchedKeys, last: Last): Generator<WatchRecord> {
  const {key = nothing, value = nothing, revision = 0n, prevValue = nothing} = message
  const isDelete = message.event === WatchEvent.delete
  if (!known.take(key, isDelete ? undefined : value, revision)) return
  last.revision = revision
  const previous = prevValue.length > 0 ? {previous: prevValue} : {}
  if (isDelete) yield {event: 'delete', key, ...previous, revision, source: 'stream'}
  else yield {event: 'put', key, value, ...previous, revision, source: 'stream'}
}

/** Compares with a scan; true when the stream has lost something, and must be opened anew. */
function* lossTold(
  {scan}: SessionItem & {kind: 'scan'}, known: WatchedKeys, tools: WatchTools, last: Last,
): Generator<WatchRecord, boolean> {
  const differences = known.settle(scan.entries, scan.revision)
  const areExpired = tools.areLeasesOn && differences.every(each => each.kind === 'delete')
  const isLoss = differences.length > 0 && !areExpired
  const reason = `the watch did not tell ${differences.length} of the changes`
  if (isLoss) yield {event: 'gap', reason, revision: last.revision}
  yield* differencesTold(differences, scan.revision)
  return isLoss
}

/** Scans now and then. A node that lags, or whose event queue ran over, says nothing of what it did not tell. */
async function reconcile(session: Session, target: WatchTarget, tools: WatchTools, signal: AbortSignal): Promise<void> {
  if (tools.reconcileMs === 0) return
  const {reader, clock, note} = tools
  try {
    for (;;) {
      await clock.sleep(tools.reconcileMs, signal)
      const scan = await scanOf(target, reader, signal).catch((error: unknown) => {
        if (!signal.aborted) note(`not compared with a scan: ${(error as Error).message}`)
        return undefined
      })
      await clock.sleep(graceMs, signal)
      if (scan) session.queue.push({kind: 'scan', scan})
    }
  } catch {
    // The session is over.
  }
}
