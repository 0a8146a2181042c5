import {IntegrityError, NotFoundError} from '../net/errors.ts'
import {manifestAddress} from './hash.ts'
import {maxManifestBytes, parseManifest, type Manifest} from './manifest.ts'
import {payloadKey, pointerKey, type Layout} from './object-key.ts'
import type {ArtifactStore, StoredObject} from './store.ts'

/** The newest artifact of a key: its pointer, and the payload if one of the two layouts has it. */
export interface Located {
  key: string
  manifest: Manifest
  manifestBytes: Buffer
  /** First 8 bytes of the manifest's BLAKE3, hex. */
  address: string
  publishedMs: number
  payload: StoredObject | undefined
  layout: Layout | undefined
  /** The payload at the other layout's name, when both are there. */
  other: StoredObject | undefined
}

/** Looks the key up. NotFoundError when there is no pointer, IntegrityError when it is no manifest. */
export async function locate(store: ArtifactStore, key: string, signal: AbortSignal): Promise<Located> {
  const name = pointerKey(store.prefix, key)
  const found = await store.read(name, maxManifestBytes, signal)
  if (!found) {
    throw new NotFoundError(`no artifact ${key}`, {
      code: 'NO_ARTIFACT',
      endpoint: store.url,
      hint: 'See what is there: snap list',
    })
  }
  const manifest = parseManifest(found.bytes, name)
  const address = await manifestAddress(found.bytes)
  const at = (layout: Layout) =>
    store.stat(payloadKey(store.prefix, key, layout, manifest.cursor.rank, address), signal)
  const [addressed, fixed] = await Promise.all([at('addressed'), at('fixed')])
  return {
    key, manifest, manifestBytes: found.bytes, address, publishedMs: found.modifiedMs,
    payload: addressed ?? fixed, layout: addressed ? 'addressed' : fixed ? 'fixed' : undefined,
    other: addressed ? fixed : undefined,
  }
}

export function requirePayload(located: Located, store: ArtifactStore): StoredObject {
  if (located.payload) return located.payload
  throw new IntegrityError(`the pointer of ${located.key} is dangling: its payload is not in the store`, {
    code: 'DANGLING',
    endpoint: store.url,
    hint: 'A 0.5 publisher may have overwritten the pointer, or the payload was removed. Publish again.',
  })
}
