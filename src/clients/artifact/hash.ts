import {createHash} from 'node:crypto'

/** An unkeyed BLAKE3-256 over what it is fed. */
export interface Blake3 {
  update(bytes: Uint8Array): void
  /** Lowercase hex; the hasher is of no use afterwards until `reset`. */
  digest(): string
  reset(): void
}

export async function createBlake3(): Promise<Blake3> {
  const {createBLAKE3} = await import('./hash-wasm.ts')
  const hasher = await createBLAKE3()
  hasher.init()
  return {
    update: bytes => void hasher.update(bytes),
    digest: () => hasher.digest('hex'),
    reset: () => void hasher.init(),
  }
}

/** The address of a manifest: the first 8 bytes of the BLAKE3 of its exact bytes, as 16 lowercase hex digits. */
export async function manifestAddress(manifestBytes: Uint8Array): Promise<string> {
  const hasher = await createBlake3()
  hasher.update(manifestBytes)
  return hasher.digest().slice(0, 16)
}

/** Object stores name a part by its MD5. */
export function md5(bytes: Uint8Array): Buffer {
  return createHash('md5').update(bytes).digest()
}

/** The etag of a multipart object whose parts have these MD5s, hex; undefined when one of them is something else. */
export function multipartEtag(parts: readonly string[]): string | undefined {
  if (!parts.every(part => /^[0-9a-f]{32}$/.test(part))) return undefined
  return `${md5(Buffer.from(parts.join(''), 'hex')).toString('hex')}-${parts.length}`
}
