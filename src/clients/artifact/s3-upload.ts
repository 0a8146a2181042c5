import type {S3Client} from '@aws-sdk/client-s3'
import {SystemError, type OpsError} from '../net/errors.ts'
import {md5, multipartEtag} from './hash.ts'
import {isMissing, isTransient, nameOf, storeError} from './s3-errors.ts'
import type {Call} from './s3-store.ts'
import {bufferPool, partBytes, partsInFlight, type PayloadSource, type UploadReport} from './store.ts'

interface Target {
  aws: typeof import('./aws.ts')
  client: S3Client
  bucket: string
  call: Call
  endpoint: string
}

const finishTries = 4

type KnownParts = Map<number, {etag: string; sizeBytes: number}>

interface Session {
  id: string
  known: KnownParts
}

/** The upload that was gone on with turned out to be another writer's, or has been given up by somebody. */
class StartOver extends SystemError {
  constructor() {
    super('the upload was given up by somebody else')
  }
}

/**
 * Multipart upload, 8 MiB a part, 8 at a time. An unfinished upload of the same key whose parts have the sizes
 * and MD5s of ours is gone on with; its parts are read (and so verified) here but not sent again.
 */
export async function uploadParts(target: Target, key: string, payload: PayloadSource, report: UploadReport, signal: AbortSignal): Promise<void> {
  if (await isThere(target, key, payload, report, signal)) return
  const foreign = new Set<string>()
  for (let attempt = 0; attempt < 4; attempt += 1) {
    const session = (await resumable(target, key, payload, foreign, signal)) ?? {id: await begin(target, key, signal), known: new Map()}
    foreign.add(session.id)
    try {
      return await run(target, key, session, payload, report, signal)
    } catch (error) {
      if (!(error instanceof StartOver)) throw error
      if (await isThere(target, key, payload, report, signal)) return
    }
  }
  throw new SystemError(`the upload of ${key} was given up by somebody else, several times`, {endpoint: target.endpoint})
}

async function run(target: Target, key: string, session: Session, payload: PayloadSource, report: UploadReport, outer: AbortSignal): Promise<void> {
  const stop = new AbortController()
  const signal = AbortSignal.any([outer, stop.signal])
  const pool = bufferPool(partsInFlight)
  const sums: Buffer[] = []
  const flying = new Set<Promise<void>>()
  let failure: unknown
  const send = async (number: number, body: Buffer, sum: Buffer) => {
    const known = session.known.get(number)
    if (known && known.etag === sum.toString('hex') && known.sizeBytes === body.length) report.onKept(body.length)
    else if (known) throw new StartOver()
    else {
      await sendPart(target, key, session.id, number, body, signal)
      report.onSent(body.length)
    }
  }
  try {
    for await (const body of payload.parts(() => pool.take(), signal)) {
      const sum = md5(body)
      sums.push(sum)
      const job = send(sums.length, body, sum).catch(error => {
        failure ??= error
        stop.abort(error)
      }).finally(() => {
        flying.delete(job)
        pool.giveBack(body)
      })
      flying.add(job)
      if (failure) break
    }
    await Promise.all(flying)
    if (failure) throw failure
    await complete(target, key, session.id, sums, outer)
  } catch (error) {
    stop.abort(error)
    await Promise.allSettled(flying)
    const reason = failure ?? error
    // A run that was stopped on purpose can go on later; a failed one leaves no parts behind.
    if (!(reason instanceof StartOver) && !outer.aborted) await giveUp(target, key, session.id)
    throw reason
  }
}

async function sendPart(target: Target, key: string, id: string, number: number, body: Buffer, signal: AbortSignal): Promise<void> {
  const {aws, client, bucket, call} = target
  await call(`send part ${number} of ${key}`, true, signal, async abortSignal => {
    const input = {Bucket: bucket, Key: key, UploadId: id, PartNumber: number, Body: body, ContentLength: body.length}
    await client.send(new aws.UploadPartCommand(input), {abortSignal}).catch(error => {
      throw nameOf(error) === 'NoSuchUpload' ? new StartOver() : error
    })
  })
}

async function complete(target: Target, key: string, id: string, sums: Buffer[], signal: AbortSignal): Promise<void> {
  const {aws, client, bucket, call, endpoint} = target
  const Parts = sums.map((sum, index) => ({PartNumber: index + 1, ETag: `"${sum.toString('hex')}"`}))
  for (let attempt = 1; ; attempt += 1) {
    try {
      const input = {Bucket: bucket, Key: key, UploadId: id, MultipartUpload: {Parts}}
      return void (await call(`finish ${key}`, false, signal, abortSignal => client.send(new aws.CompleteMultipartUploadCommand(input), {abortSignal})))
    } catch (error) {
      // The answer may be lost although the object is there. Finishing the same parts again changes nothing.
      if ((await etagOf(target, key, signal))?.etag === multipartEtag(sums)) return
      if (nameOf((error as OpsError).cause) === 'NoSuchUpload') throw new StartOver()
      if (attempt >= finishTries || !isTransient((error as OpsError).cause)) throw storeError(error, `finish ${key}`, endpoint)
    }
  }
}

async function begin({aws, client, bucket, call, endpoint}: Target, key: string, signal: AbortSignal): Promise<string> {
  const begun = await call(`begin the upload of ${key}`, true, signal, abortSignal =>
    client.send(new aws.CreateMultipartUploadCommand({Bucket: bucket, Key: key}), {abortSignal}))
  if (!begun.UploadId) throw new SystemError(`the store began no upload of ${key}`, {endpoint})
  return begun.UploadId
}

async function giveUp({aws, client, bucket, call}: Target, key: string, id: string): Promise<void> {
  await call(`give up ${key}`, true, AbortSignal.timeout(10_000), abortSignal =>
    client.send(new aws.AbortMultipartUploadCommand({Bucket: bucket, Key: key, UploadId: id}), {abortSignal})).catch(() => undefined)
}

/** The newest unfinished upload of this very key whose parts have our sizes. */
async function resumable(target: Target, key: string, payload: PayloadSource, foreign: Set<string>, signal: AbortSignal): Promise<Session | undefined> {
  const {aws, client, bucket, call} = target
  const page = await call(`list uploads of ${key}`, true, signal, abortSignal =>
    client.send(new aws.ListMultipartUploadsCommand({Bucket: bucket, Prefix: key}), {abortSignal})).catch(() => undefined)
  for (const each of (page?.Uploads ?? []).reverse()) {
    if (each.Key !== key || !each.UploadId || foreign.has(each.UploadId)) continue
    const known = await partsOf(target, key, each.UploadId, signal).catch(() => undefined)
    if (known && known.size > 0 && fits(known, payload.sizeBytes)) return {id: each.UploadId, known}
  }
  return undefined
}

async function partsOf({aws, client, bucket, call}: Target, key: string, id: string, signal: AbortSignal): Promise<KnownParts> {
  const known: KnownParts = new Map()
  for (let marker: string | undefined, isLast = false; !isLast;) {
    const page = await call(`list parts of ${key}`, true, signal, abortSignal =>
      client.send(new aws.ListPartsCommand({Bucket: bucket, Key: key, UploadId: id, PartNumberMarker: marker}), {abortSignal}))
    for (const part of page.Parts ?? []) {
      known.set(part.PartNumber ?? 0, {etag: (part.ETag ?? '').replaceAll('"', ''), sizeBytes: part.Size ?? 0})
    }
    marker = page.NextPartNumberMarker
    isLast = !page.IsTruncated || marker === undefined
  }
  return known
}

function fits(known: KnownParts, sizeBytes: number): boolean {
  return [...known].every(([number, {sizeBytes: size}]) => size === Math.min(partBytes, sizeBytes - (number - 1) * partBytes))
}

/** Whether the object with our bytes is there already, judged by its multipart etag. */
async function isThere(target: Target, key: string, payload: PayloadSource, report: UploadReport, signal: AbortSignal): Promise<boolean> {
  const found = await etagOf(target, key, signal)
  if (found?.sizeBytes !== payload.sizeBytes) return false
  const pool = bufferPool(1)
  const sums: Buffer[] = []
  for await (const body of payload.parts(() => pool.take(), signal)) {
    sums.push(md5(body))
    pool.giveBack(body)
  }
  if (found.etag !== multipartEtag(sums)) return false
  report.onKept(payload.sizeBytes)
  return true
}

async function etagOf({aws, client, bucket, call}: Target, key: string, signal: AbortSignal): Promise<{etag: string; sizeBytes: number} | undefined> {
  return call(`look at ${key}`, true, signal, async abortSignal => {
    try {
      const head = await client.send(new aws.HeadObjectCommand({Bucket: bucket, Key: key}), {abortSignal})
      return {etag: (head.ETag ?? '').replaceAll('"', ''), sizeBytes: head.ContentLength ?? 0}
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  })
}
