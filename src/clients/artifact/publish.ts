import {parseManifest, schemaVersionOf, type Manifest} from './manifest.ts'

/** What stands at the pointer. */
export type Pointer =
  | {state: 'absent'}
  | {state: 'manifest'; manifest: Manifest; bytes: Buffer; etag: string; modifiedMs: number}
  | {state: 'garbage'; bytes: Buffer; etag: string; reason: string; isNewerSchema: boolean}

export function readPointer(
  found: {bytes: Buffer; etag: string; modifiedMs: number} | undefined,
  where: string,
): Pointer {
  if (!found) return {state: 'absent'}
  try {
    return {state: 'manifest', manifest: parseManifest(found.bytes, where), ...found}
  } catch (error) {
    const isNewerSchema = (schemaVersionOf(found.bytes) ?? 0n) > 2n
    return {state: 'garbage', bytes: found.bytes, etag: found.etag, reason: (error as Error).message, isNewerSchema}
  }
}

export type PointerMove = 'create' | 'replace' | 'unchanged' | 'superseded' | 'newer-schema'

/**
 * May a publisher of `ours` move the pointer? Like the 0.8.6 crate: a higher rank stops it, an equal or lower one
 * or an unreadable pointer is replaced. Stricter in one case: a manifest of a newer schema is left alone, because
 * its rank cannot be known.
 */
export function pointerMove(pointer: Pointer, ours: {bytes: Buffer; rank: bigint}): PointerMove {
  if (pointer.state === 'absent') return 'create'
  if (pointer.bytes.equals(ours.bytes)) return 'unchanged'
  if (pointer.state === 'garbage') return pointer.isNewerSchema ? 'newer-schema' : 'replace'
  return pointer.manifest.cursor.rank > ours.rank ? 'superseded' : 'replace'
}
