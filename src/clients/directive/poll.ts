import type {Clock} from '../net/deadline.ts'
import {OpsError} from '../net/errors.ts'
import type {Snapshot} from './listing.ts'
import type {StoreEvent} from './store.ts'

export interface Polling {
  everyMs: number
  clock: Clock
  signal: AbortSignal
}

/** Watches a store that cannot tell by itself: reads again and again, and reports each other version. */
export async function* pollStore(
  load: (signal: AbortSignal) => Promise<Snapshot>, since: Snapshot, {everyMs, clock, signal}: Polling,
): AsyncGenerator<StoreEvent> {
  let last = fingerprint(since)
  while (!signal.aborted) {
    await clock.sleep(everyMs, signal).catch(() => {})
    if (signal.aborted) return
    const read = await load(signal).catch(asGap)
    const now = read instanceof OpsError ? read.code : fingerprint(read)
    if (now === last || signal.aborted) continue
    last = now
    yield read instanceof OpsError ? {kind: 'gap', error: read} : {kind: 'set', snapshot: read}
  }
}

/** What makes a reading news: another version, or an entry that the proxy has marked as expired. */
function fingerprint({version, directives, differing, missing}: Snapshot): string {
  const expiries = directives.map(({expired}) => Number(expired ?? false))
  return [version, ...expiries, differing?.length ?? 0, missing?.length ?? 0].join(' ')
}

function asGap(error: unknown): OpsError {
  if (error instanceof OpsError) return error
  throw error
}
