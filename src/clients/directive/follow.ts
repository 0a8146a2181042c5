import type {Clock} from '../net/deadline.ts'
import type {OpsError} from '../net/errors.ts'
import {eventsBetween, type SetEvent} from './diff.ts'
import {listing, notices, type Snapshot} from './listing.ts'
import type {DirectiveStore, StoreEvent} from './store.ts'

export type FollowEvent =
  | SetEvent
  | {event: 'notice'; text: string}
  /** The connection was lost: what happens until the next event is not seen. */
  | {event: 'gap'; error: OpsError}
  /** After a gap: the set was read again, and what changed meanwhile is told. */
  | {event: 'watching'; text: string}

/** What happens to a set from `since` on: what others do to it, and what ends by itself. */
export async function* followSet(
  store: DirectiveStore, since: Snapshot, clock: Clock, signal: AbortSignal,
): AsyncGenerator<FollowEvent> {
  let snapshot = since
  let shown = listing(since, clock.nowMs())
  const changes = store.watch(since, signal)[Symbol.asyncIterator]()
  let next = changes.next()
  let isLost = false
  while (!signal.aborted) {
    const won = await Promise.race([next, nextEnd(shown, clock, signal)])
    if (won?.done) return
    if (won) next = changes.next()
    if (won?.value.kind === 'gap') {
      yield {event: 'gap', error: won.value.error}
      isLost = true
      continue
    }
    const read = snapshotOf(won?.value) ?? snapshot
    const now = listing(read, clock.nowMs())
    yield* eventsBetween(shown, now)
    yield* newNotices(snapshot, read)
    if (won && isLost) yield {event: 'watching', text: `${store.place}, version ${read.version}`}
    if (won) isLost = false
    snapshot = read
    shown = now
  }
}

function* newNotices(before: Snapshot, now: Snapshot): Generator<FollowEvent> {
  const said = notices(before)
  for (const text of notices(now).filter(notice => !said.includes(notice))) yield {event: 'notice', text}
}

function snapshotOf(event: StoreEvent | undefined): Snapshot | undefined {
  return event?.kind === 'set' ? event.snapshot : undefined
}

/** At most so long between two looks at the clock; a longer timer would miss a clock that was set. */
const longestSleepMs = 1_000

async function nextEnd(
  shown: readonly {state: string; endsAtMs?: number}[], clock: Clock, signal: AbortSignal,
): Promise<undefined> {
  const ends = shown.filter(({state}) => state === 'active').map(({endsAtMs}) => endsAtMs ?? Number.POSITIVE_INFINITY)
  const waitMs = Math.max(10, Math.min(longestSleepMs, ...ends.map(endMs => endMs - clock.nowMs())))
  await clock.sleep(waitMs, signal).catch(() => {})
}
