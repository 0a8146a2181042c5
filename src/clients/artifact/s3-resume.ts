import type {S3Access} from './s3-client.ts'
import {partBytes} from './buffer-pool.ts'

/** The parts of an unfinished upload by number; for most stores the etag is the MD5 in hex. */
export type KnownParts = Map<number, {etag: string; sizeBytes: number}>

/** The newest unfinished upload of this very key whose parts have our sizes, and that has not been tried. */
export async function resumable(
  s3: S3Access, key: string, sizeBytes: number, tried: Set<string>, signal: AbortSignal,
): Promise<{id: string; known: KnownParts} | undefined> {
  const {aws, client, bucket, call} = s3
  const page = await call(`list uploads of ${key}`, true, signal, abortSignal =>
    client.send(new aws.ListMultipartUploadsCommand({Bucket: bucket, Prefix: key}), {abortSignal}),
  ).catch(() => undefined)
  for (const each of (page?.Uploads ?? []).reverse()) {
    if (each.Key !== key || !each.UploadId || tried.has(each.UploadId)) continue
    const known = await partsOf(s3, key, each.UploadId, signal).catch(() => undefined)
    if (known && known.size > 0 && fits(known, sizeBytes)) return {id: each.UploadId, known}
  }
  return undefined
}

async function partsOf(
  {aws, client, bucket, call}: S3Access,
  key: string,
  id: string,
  signal: AbortSignal,
): Promise<KnownParts> {
  const known: KnownParts = new Map()
  for (let marker: string | undefined, isLast = false; !isLast;) {
    const page = await call(`list parts of ${key}`, true, signal, abortSignal =>
      client.send(new aws.ListPartsCommand({Bucket: bucket, Key: key, UploadId: id, PartNumberMarker: marker}), {
        abortSignal,
      }),
    )
    for (const part of page.Parts ?? []) {
      known.set(part.PartNumber ?? 0, {etag: (part.ETag ?? '').replaceAll('"', ''), sizeBytes: part.Size ?? 0})
    }
    marker = page.NextPartNumberMarker
    isLast = !page.IsTruncated || marker === undefined
  }
  return known
}

function fits(known: KnownParts, sizeBytes: number): boolean {
  const sizeOf = (number: number) => Math.min(partBytes, sizeBytes - (number - 1) * partBytes)
  return [...known].every(([number, {sizeBytes: size}]) => size === sizeOf(number))
}
