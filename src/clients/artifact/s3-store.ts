import {ConflictError, IntegrityError, UsageError} from '../net/errors.ts'
import {backoffMs, withDeadline, type Clock} from '../net/deadline.ts'
import {isMissing, isTransient, nameOf, statusOf, storeError} from './s3-errors.ts'
import {uploadParts} from './s3-upload.ts'
import type {ArtifactStore, OpenUpload, StoredObject} from './store.ts'

export interface S3Settings {
  /** `s3://bucket/prefix`. */
  url: string
  endpoint?: string
  region?: string
  profile?: string
  /** Default: true with an endpoint of one's own, else false. */
  pathStyle?: boolean
  credentials?: {accessKeyId: string; secretAccessKey: string; sessionToken?: string}
  timeoutMs: number
  connectTimeoutMs: number
  retries: number
  clock: Clock
  random: () => number
  onRetry?: (what: string, error: Error) => void
}

/** One call to S3: a read or a repeatable write is tried again while the store is busy. */
export type Call = <T>(what: string, repeatable: boolean, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>) => Promise<T>

/** Opens `s3://bucket/prefix`; nothing is asked of the store yet. */
export async function openS3Store(settings: S3Settings): Promise<ArtifactStore> {
  const {bucket, prefix} = parseS3Url(settings.url)
  const aws = await import('./aws.ts')
  const client = new aws.S3Client({
    region: settings.region ?? 'us-east-1', endpoint: settings.endpoint, profile: settings.profile,
    forcePathStyle: settings.pathStyle ?? settings.endpoint !== undefined, credentials: settings.credentials, maxAttempts: 1,
    requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {connectionTimeout: settings.connectTimeoutMs, httpAgent: {keepAlive: true, maxSockets: 16}, httpsAgent: {keepAlive: true, maxSockets: 16}},
  })
  const endpoint = settings.endpoint ?? settings.url
  const call = caller(settings, endpoint)
  const Bucket = bucket
  return {
    kind: 's3', url: settings.url, prefix,
    read: (key, maxBytes, signal) => call(`read ${key}`, true, signal, async abortSignal => {
      const got = await orMissing(client.send(new aws.GetObjectCommand({Bucket, Key: key}), {abortSignal}))
      if (!got) return undefined
      if ((got.ContentLength ?? 0) > maxBytes) {
        (got.Body as {destroy?: () => void} | undefined)?.destroy?.()
        throw new IntegrityError(`${key} has ${got.ContentLength} bytes, more than ${maxBytes}`, {code: 'TOO_LARGE', endpoint})
      }
      const bytes = Buffer.from(await got.Body!.transformToByteArray())
      if (bytes.length !== got.ContentLength) throw storeError({message: 'the answer was cut off'}, `read ${key}`, endpoint)
      return {bytes, etag: got.ETag ?? '', modifiedMs: got.LastModified?.getTime() ?? 0}
    }),
    stat: (key, signal) => call(`look at ${key}`, true, signal, async abortSignal => {
      const got = await orMissing(client.send(new aws.HeadObjectCommand({Bucket, Key: key}), {abortSignal}))
      return got && {key, sizeBytes: got.ContentLength ?? 0, etag: got.ETag ?? '', modifiedMs: got.LastModified?.getTime() ?? 0}
    }),
    range: (key, etag, start, end, signal) => call(`read ${key}`, true, signal, async abortSignal => {
      const input = {Bucket, Key: key, Range: `bytes=${start}-${end - 1}`, IfMatch: etag}
      const got = await client.send(new aws.GetObjectCommand(input), {abortSignal}).catch(error => {
        if (statusOf(error) !== 412 && !isMissing(error)) throw error
        throw new ConflictError(`${key} was replaced or removed while it was read`, {code: 'CHANGED', endpoint, hint: 'Run the same command again.'})
      })
      const bytes = Buffer.allocUnsafeSlow(end - start)
      let at = 0
      for await (const chunk of got.Body as AsyncIterable<Uint8Array>) {
        if (at + chunk.length > bytes.length) throw storeError({message: 'the answer is too long'}, `read ${key}`, endpoint)
        bytes.set(chunk, at)
        at += chunk.length
      }
      if (at !== bytes.length) throw storeError({message: 'the answer was cut off'}, `read ${key}`, endpoint)
      return bytes
    }),
    async *list(Prefix, signal) {
      for (let token: string | undefined, isLast = false; !isLast;) {
        const page = await call(`list ${Prefix}`, true, signal, abortSignal =>
          client.send(new aws.ListObjectsV2Command({Bucket, Prefix, ContinuationToken: token}), {abortSignal}))
        for (const each of page.Contents ?? []) yield objectOf(each)
        token = page.NextContinuationToken
        isLast = !page.IsTruncated || token === undefined
      }
    },
    swap: (key, bytes, expected, signal) => call(`write ${key}`, false, signal, async abortSignal => {
      const condition = expected === undefined ? {IfNoneMatch: '*'} : {IfMatch: expected}
      try {
        await client.send(new aws.PutObjectCommand({Bucket, Key: key, Body: bytes, ...condition}), {abortSignal})
        return 'written'
      } catch (error) {
        if (statusOf(error) === 412 || statusOf(error) === 409 || isMissing(error)) return 'moved'
        throw error
      }
    }),
    put: (key, bytes, signal) => call(`write ${key}`, true, signal, async abortSignal =>
      void (await client.send(new aws.PutObjectCommand({Bucket, Key: key, Body: bytes}), {abortSignal}))),
    upload: (key, payload, report, signal) => uploadParts({aws, client, bucket, call, endpoint}, key, payload, report, signal),
    remove: async (keys, signal) => {
      for (const key of keys) {
        await call(`remove ${key}`, true, signal, abortSignal => client.send(new aws.DeleteObjectCommand({Bucket, Key: key}), {abortSignal}))
      }
    },
    async *uploads(Prefix, signal) {
      for (let KeyMarker: string | undefined, UploadIdMarker: string | undefined, isLast = false; !isLast;) {
        const page = await call(`list uploads of ${Prefix}`, true, signal, abortSignal =>
          client.send(new aws.ListMultipartUploadsCommand({Bucket, Prefix, KeyMarker, UploadIdMarker}), {abortSignal}))
        for (const each of page.Uploads ?? []) yield uploadOf(each)
        KeyMarker = page.NextKeyMarker
        UploadIdMarker = page.NextUploadIdMarker
        isLast = !page.IsTruncated
      }
    },
    abortUpload: ({key, id}, signal) => call(`give up the upload of ${key}`, true, signal, async abortSignal =>
      void (await client.send(new aws.AbortMultipartUploadCommand({Bucket, Key: key, UploadId: id}), {abortSignal}).catch(error => {
        if (nameOf(error) !== 'NoSuchUpload') throw error
      }))),
    close: async () => client.destroy(),
  }
}

function objectOf(each: {Key?: string; Size?: number; ETag?: string; LastModified?: Date}): StoredObject {
  return {key: each.Key ?? '', sizeBytes: each.Size ?? 0, etag: each.ETag ?? '', modifiedMs: each.LastModified?.getTime() ?? 0}
}

function uploadOf(each: {Key?: string; UploadId?: string; Initiated?: Date}): OpenUpload {
  return {key: each.Key ?? '', id: each.UploadId ?? '', startedMs: each.Initiated?.getTime() ?? 0}
}

const orMissing = <T>(sent: Promise<T>): Promise<T | undefined> =>
  sent.catch(error => {
    if (isMissing(error)) return undefined
    throw error
  })

function caller(settings: S3Settings, endpoint: string): Call {
  const tries = Math.max(settings.retries, 0) + 4
  return async (what, repeatable, signal, work) => {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await withDeadline(what, Math.max(settings.timeoutMs, 30_000), signal, work, endpoint)
      } catch (error) {
        signal.throwIfAborted()
        const said = isTransient(error) ? storeError(error, what, endpoint) : undefined
        if (!said || !repeatable || attempt + 1 >= tries) throw storeError(error, what, endpoint)
        settings.onRetry?.(what, said)
        await settings.clock.sleep(backoffMs(attempt, settings.random, 200), signal)
      }
    }
  }
}

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
