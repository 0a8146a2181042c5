import {IntegrityError, UsageError} from '../net/errors.ts'
import {openS3, type S3Access, type S3Settings} from './s3-client.ts'
import {isMissing, nameOf, statusOf, storeError} from './s3-errors.ts'
import {RangeReader} from './s3-read-range.ts'
import {uploadParts} from './s3-upload.ts'
import type {ArtifactStore, OpenUpload, PayloadSource, StoredObject, UploadReport} from './store.ts'

/** Opens `s3://bucket/prefix`; nothing is asked of the store yet. */
export async function openS3Store(settings: S3Settings): Promise<ArtifactStore> {
  const {bucket, prefix} = parseS3Url(settings.url)
  return new S3Store(settings.url, prefix, await openS3(settings, bucket))
}

class S3Store implements ArtifactStore {
  readonly kind = 's3'
  readonly url: string
  readonly prefix: string
  readonly #s3: S3Access
  readonly #ranges: RangeReader

  constructor(url: string, prefix: string, s3: S3Access) {
    this.url = url
    this.prefix = prefix
    this.#s3 = s3
    this.#ranges = new RangeReader(s3)
  }

  async read(key: string, maxBytes: number, signal: AbortSignal) {
    const {aws, client, bucket, endpoint, call} = this.#s3
    return call(`read ${key}`, true, signal, async abortSignal => {
      const got = await orMissing(client.send(new aws.GetObjectCommand({Bucket: bucket, Key: key}), {abortSignal}))
      if (!got) return undefined
      if ((got.ContentLength ?? 0) > maxBytes) {
        ;(got.Body as {destroy?: () => void} | undefined)?.destroy?.()
        throw new IntegrityError(`${key} has ${got.ContentLength} bytes, more than ${maxBytes}`, {
          code: 'TOO_LARGE',
          endpoint,
        })
      }
      const bytes = Buffer.from(await got.Body!.transformToByteArray())
      if (bytes.length !== got.ContentLength)
        throw storeError({message: 'the answer was cut off'}, `read ${key}`, endpoint)
      return {bytes, etag: got.ETag ?? '', modifiedMs: got.LastModified?.getTime() ?? 0}
    })
  }

  async stat(key: string, signal: AbortSignal): Promise<StoredObject | undefined> {
    const {aws, client, bucket, call} = this.#s3
    return call(`look at ${key}`, true, signal, async abortSignal => {
      const got = await orMissing(client.send(new aws.HeadObjectCommand({Bucket: bucket, Key: key}), {abortSignal}))
      return (
        got && {
          key,
          sizeBytes: got.ContentLength ?? 0,
          etag: got.ETag ?? '',
          modifiedMs: got.LastModified?.getTime() ?? 0,
        }
      )
    })
  }

  async range(key: string, etag: string, start: number, into: Uint8Array, signal: AbortSignal): Promise<void> {
    return this.#ranges.read(key, etag, start, into, signal)
  }

  async *list(prefix: string, signal: AbortSignal): AsyncGenerator<StoredObject> {
    const {aws, client, bucket, call} = this.#s3
    for (let token: string | undefined, isLast = false; !isLast;) {
      const input = {Bucket: bucket, Prefix: prefix, ContinuationToken: token}
      const page = await call(`list ${prefix}`, true, signal, abortSignal =>
        client.send(new aws.ListObjectsV2Command(input), {abortSignal}),
      )
      for (const each of page.Contents ?? []) yield objectOf(each)
      token = page.NextContinuationToken
      isLast = !page.IsTruncated || token === undefined
    }
  }

  async swap(
    key: string,
    bytes: Buffer,
    expected: string | undefined,
    signal: AbortSignal,
  ): Promise<'written' | 'moved'> {
    const {aws, client, bucket, call} = this.#s3
    const condition = expected === undefined ? {IfNoneMatch: '*'} : {IfMatch: expected}
    return call(`write ${key}`, false, signal, async abortSignal => {
      try {
        await client.send(new aws.PutObjectCommand({Bucket: bucket, Key: key, Body: bytes, ...condition}), {
          abortSignal,
        })
        return 'written'
      } catch (error) {
        if (statusOf(error) === 412 || statusOf(error) === 409 || isMissing(error)) return 'moved'
        throw error
      }
    })
  }

  async put(key: string, bytes: Buffer, signal: AbortSignal): Promise<void> {
    const {aws, client, bucket, call} = this.#s3
    await call(`write ${key}`, true, signal, abortSignal =>
      client.send(new aws.PutObjectCommand({Bucket: bucket, Key: key, Body: bytes}), {abortSignal}))
  }

  async upload(key: string, payload: PayloadSource, report: UploadReport, signal: AbortSignal): Promise<void> {
    return uploadParts(this.#s3, key, payload, report, signal)
  }

  async remove(keys: string[], signal: AbortSignal): Promise<void> {
    const {aws, client, bucket, call} = this.#s3
    for (const key of keys) {
      await call(`remove ${key}`, true, signal, abortSignal =>
        client.send(new aws.DeleteObjectCommand({Bucket: bucket, Key: key}), {abortSignal}))
    }
  }

  async *uploads(prefix: string, signal: AbortSignal): AsyncGenerator<OpenUpload> {
    const {aws, client, bucket, call} = this.#s3
    for (let KeyMarker: string | undefined, UploadIdMarker: string | undefined, isLast = false; !isLast;) {
      const input = {Bucket: bucket, Prefix: prefix, KeyMarker, UploadIdMarker}
      const page = await call(`list uploads of ${prefix}`, true, signal, abortSignal =>
        client.send(new aws.ListMultipartUploadsCommand(input), {abortSignal}))
      for (const each of page.Uploads ?? []) yield uploadOf(each)
      KeyMarker = page.NextKeyMarker
      UploadIdMarker = page.NextUploadIdMarker
      isLast = !page.IsTruncated
    }
  }

  async abortUpload({key, id}: OpenUpload, signal: AbortSignal): Promise<void> {
    const {aws, client, bucket, call} = this.#s3
    const command = () => new aws.AbortMultipartUploadCommand({Bucket: bucket, Key: key, UploadId: id})
    await call(`give up the upload of ${key}`, true, signal, abortSignal =>
      client.send(command(), {abortSignal}).catch(error => {
        if (nameOf(error) !== 'NoSuchUpload') throw error
      }),
    )
  }

  async close(): Promise<void> {
    this.#s3.client.destroy()
  }
}

function objectOf(each: {Key?: string; Size?: number; ETag?: string; LastModified?: Date}): StoredObject {
  return {
    key: each.Key ?? '',
    sizeBytes: each.Size ?? 0,
    etag: each.ETag ?? '',
    modifiedMs: each.LastModified?.getTime() ?? 0,
  }
}

function uploadOf(each: {Key?: string; UploadId?: string; Initiated?: Date}): OpenUpload {
  return {key: each.Key ?? '', id: each.UploadId ?? '', startedMs: each.Initiated?.getTime() ?? 0}
}

const orMissing = <T>(sent: Promise<T>): Promise<T | undefined> =>
  sent.catch(error => {
    if (isMissing(error)) return undefined
    throw error
  })

export function parseS3Url(url: string): {bucket: string; prefix: string} {
  const match = /^s3a?:\/\/([^/]+)(?:\/(.*))?$/.exec(url)
  if (!match) throw new UsageError(`"${url}" is no store`, {hint: 'Write s3://bucket/prefix or file:///dir.'})
  return {bucket: match[1]!, prefix: decodePrefix(match[2] ?? '', url)}
}

/** The path of a store URL is percent-decoded once. */
export function decodePrefix(path: string, url: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    throw new UsageError(`the path of "${url}" is not valid percent-encoding`)
  }
}
