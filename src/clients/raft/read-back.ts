/** What a write whose answer was lost was to do. An absent Buffer is an absent key. */
export type Intent =
  | {kind: 'put'; before: Buffer | undefined; value: Buffer; expires: boolean}
  | {kind: 'delete'; before: Buffer | undefined}
  /** `unique`: nobody else can have written `value`. */
  | {kind: 'cas'; expected: Buffer | undefined; value: Buffer; unique: boolean}

/**
 * What became of it, from what the key holds after a fence: a later entry of the same log was applied, so that the
 * write was applied before it or never will be. `not-done` says: the key holds what it held before, and the write
 * can no longer come. Whatever another client may as well have done stays unknown.
 */
export function readBack(intent: Intent, found: Buffer | undefined): 'done' | 'not-done' | 'unknown' {
  if (intent.kind === 'delete') {
    return found === undefined ? 'done' : same(found, intent.before) ? 'not-done' : 'unknown'
  }
  const isThere = same(found, intent.value)
  if (intent.kind === 'cas') {
    if (isThere) return intent.unique || same(intent.expected, intent.value) ? 'done' : 'unknown'
    return same(found, intent.expected) ? 'not-done' : 'unknown'
  }
  // A value that was there before does not show that its time was renewed; one that expired leaves no trace.
  if (intent.expires) return isThere && !same(intent.before, intent.value) ? 'done' : 'unknown'
  return isThere ? 'done' : same(found, intent.before) ? 'not-done' : 'unknown'
}

function same(a: Buffer | undefined, b: Buffer | undefined): boolean {
  return a === undefined || b === undefined ? a === b : a.equals(b)
}
