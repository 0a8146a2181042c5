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
  store: ArtifactStore,
  random: () => number,
  signal: AbortSignal,
  rounds = 3,
  writers = 16,
): Promise<Check> {
  const key = storedPath(store.prefix, `.opsdeck-doctor-${Math.floor(random() * 2 ** 48).toString(16)}`)
  try {
    for (let round = 0; round < rounds; round += 1) {
      const created = await race(store, key, undefined, writers, signal)
      if (created !== 1) return lets(`${created} of ${writers} creates of one key won`)
      const now = await store.read(key, 1024, signal)
      const swapped = await race(store, key, now?.etag ?? '', writers, signal)
      if (swapped !== 1) return lets(`${swapped} of ${writers} swaps against one version won`)
      if ((await store.swap(key, Buffer.from('stale'), now?.etag ?? '', signal)) !== 'moved')
        return lets('a swap against an old version won')
      await store.remove([key], signal)
    }
  } finally {
    await store.remove([key], AbortSignal.timeout(10_000)).catch(() => undefined)
  }
  const among = store.kind === 'file' ? ' among snap processes; the crate knows no lock on a folder' : ''
  return {
    check: 'conditional puts',
    state: 'ok',
    finding: `one winner in each of ${rounds * 2} races of ${writers}${among}`,
  }
}

/** The same as a planned change. */
export function planRace(store: ArtifactStore, random: () => number): Change<Check> {
  return {
    system: 'artifacts',
    action: 'race',
    target: store.url,
    before: undefined,
    after: undefined,
    destructive: false,
    warnings: [],
    request: 'put, swap and delete one scratch object .opsdeck-doctor-… many times at once',
    apply: async signal => ({state: 'done', result: await checkConditionalPuts(store, random, signal)}),
  }
}

async function race(
  store: ArtifactStore,
  key: string,
  expected: string | undefined,
  writers: number,
  signal: AbortSignal,
): Promise<number> {
  const results = await Promise.all(
    Array.from({length: writers}, (_, index) =>
      store.swap(key, Buffer.from(`writer ${index} of ${expected}`), expected, signal),
    ),
  )
  return results.filter(each => each === 'written').length
}

function lets(finding: string): Check {
  return {
    check: 'conditional puts',
    state: 'fail',
    finding,
    fix: 'Two publishers can move the pointer backward here. Use another store, or make sure that only one publishes.',
  }
}

/** The stream that a restored node is to catch up with. */
export interface StreamNumbers {
  firstSequence: bigint
  lastSequence: bigint
}

/**
 * Is the artifact's position still in the stream? Restoring needs `first <= rank + 1`. Source: slipstream facts,
 * section 4.
 */
export function restoreCheck(rank: bigint, {firstSequence, lastSequence}: StreamNumbers): Check {
  const lag = lastSequence - rank
  const gap = firstSequence - 1n - rank
  if (gap > 0n) {
    return {
      check: 'restore',
      state: 'fail',
      finding: `too old: the stream has dropped ${gap} changes after position ${rank}`,
      fix: "Export and push again; keep the export interval below the stream's retention.",
    }
  }
  if (lag < 0n) {
    return {
      check: 'restore',
      state: 'fail',
      finding: `position ${rank} is ahead of the stream's last ${lastSequence}: the bucket was made anew`,
      fix: 'A node restored from it would wait in silence. Export anew, to a new key: the pointer moves only forward.',
    }
  }
  return {
    check: 'restore',
    state: 'ok',
    finding: `a restore can catch up: ${lag} changes behind, ${-gap} before it is too old`,
  }
}

/** Does the artifact say what it covers? A node takes one by itself only when its scope covers all that it watches. */
export function scopeCheck(scope: readonly string[] | undefined, watched: readonly string[]): Check {
  if (!scope) {
    return {
      check: 'scope',
      state: 'warn',
      finding: 'not recorded (schema 1, a direct export): only an import takes it, no node by itself',
      fix: 'Let the running watch loop export.',
    }
  }
  const missing = watched.filter(prefix => !scope.some(covered => prefix.startsWith(covered)))
  const shown = scope.map(prefix => prefix || '(all keys)').join(' ')
  if (missing.length === 0) return {check: 'scope', state: 'ok', finding: shown}
  return {
    check: 'scope',
    state: 'fail',
    finding: `${shown}: does not cover ${missing.join(' ')}`,
    fix: 'A node that watches these starts from nothing.',
  }
}

/** Do lease and pointer tell the same story? `completedHex` is the cursor of the last completed round. */
export function roundCheck(rank: bigint, completedHex: string | undefined): Check {
  const check = 'last round'
  if (completedHex === undefined) return {check, state: 'warn', finding: 'the lease says of no completed round'}
  const completed = /^[0-9a-f]{16}$/.test(completedHex) ? BigInt(`0x${completedHex}`) : undefined
  if (completed === undefined)
    return {check, state: 'ok', finding: `completed with the cursor ${completedHex || '(none)'}, which is no position`}
  if (completed === rank) return {check, state: 'ok', finding: `completed at ${rank}, which is the artifact's position`}
  if (completed > rank) {
    return {
      check,
      state: 'fail',
      finding: `completed at ${completed}, but the pointer is at ${rank}: another layout has overwritten it`,
      fix: 'Look for a 0.5 publisher, then publish again.',
    }
  }
  return {
    check,
    state: 'warn',
    finding: `completed at ${completed}, the pointer is at ${rank}: superseded, or published without the lease`,
  }
}
