import type {Change} from '../net/change.ts'
import {storedPath} from './object-key.ts'
import type {ArtifactStore} from './store.ts'

export interface Check {
  check: string
  state: 'ok' | 'warn' | 'fail'
  finding: string
  fix?: string
}

/**
 * Races a scratch key: of many creates, and of many swaps against one version, exactly one may win. Some stores
 * answer the conditions right one by one and do not lock; others ignore them. The scratch object is removed.
 */
export async function checkConditionalPuts(
  store: ArtifactStore, random: () => number, signal: AbortSignal, rounds = 3, writers = 16,
): Promise<Check> {
  const key = storedPath(store.prefix, `.opsdeck-doctor-${Math.floor(random() * 2 ** 48).toString(16)}`)
  try {
    for (let round = 0; round < rounds; round += 1) {
      const created = await race(store, key, undefined, writers, signal)
      if (created !== 1) return lets(`${created} of ${writers} creates of one key won`)
      const now = await store.read(key, 1024, signal)
      const swapped = await race(store, key, now?.etag ?? '', writers, signal)
      if (swapped !== 1) return lets(`${swapped} of ${writers} swaps against one version won`)
      if ((await store.swap(key, Buffer.from('stale'), now?.etag ?? '', signal)) !== 'moved') return lets('a swap against an old version won')
      await store.remove([key], signal)
    }
  } finally {
    await store.remove([key], AbortSignal.timeout(10_000)).catch(() => undefined)
  }
  const among = store.kind === 'file' ? ' among snap processes; the crate knows no lock on a folder' : ''
  return {check: 'conditional puts', state: 'ok', finding: `one winner in each of ${rounds * 2} races of ${writers}${among}`}
}

/** The same as a planned change. */
export function planRace(store: ArtifactStore, random: () => number): Change<Check> {
  return {
    system: 'artifacts', action: 'race', target: store.url, before: undefined, after: undefined, destructive: false, warnings: [],
    request: 'put, swap and delete one scratch object .opsdeck-doctor-… many times at once',
    apply: async signal => ({state: 'done', result: await checkConditionalPuts(store, random, signal)}),
  }
}

async function race(store: ArtifactStore, key: string, expected: string | undefined, writers: number, signal: AbortSignal): Promise<number> {
  const results = await Promise.all(Array.from({length: writers}, (_, index) => store.swap(key, Buffer.from(`writer ${index} of ${expected}`), expected, signal)))
  return results.filter(each => each === 'written').length
}

function lets(finding: string): Check {
  return {
    check: 'conditional puts', state: 'fail', finding,
    fix: 'Two publishers can move the pointer backward here. Use another store, or make sure that only one publishes.',
  }
}

/** Would a restore take the newest artifact? `firstSequence` and `lastSequence` of the stream that it is to catch up with. */
export function restoreCheck(rank: bigint, stream: {firstSequence: bigint; lastSequence: bigint}): Check {
  const lag = stream.lastSequence - rank
  const gap = stream.firstSequence - 1n - rank
  if (gap > 0n) {
    return {check: 'restore', state: 'fail', finding: `too old: the stream has dropped ${gap} changes after position ${rank}`, fix: 'Export and push again; keep the export interval below the stream\'s retention.'}
  }
  if (lag < 0n) {
    return {check: 'restore', state: 'warn', finding: `the artifact's position ${rank} is ahead of the stream's last ${stream.lastSequence}: the bucket was made anew`}
  }
  return {check: 'restore', state: 'ok', finding: `a restore can catch up; it is ${lag} changes behind`}
}
