import {bufferPool} from './buffer-pool.ts'
import {SystemError, type OpsError} from '../net/errors.ts'
import {md5, multipartEtag} from './hash.ts'
import type {S3Access} from './s3-client.ts'
import {isMissing, isTransient, nameOf, storeError} from './s3-errors.ts'
import {resumable, type KnownParts} from './s3-resume.ts'
import type {PayloadSource, UploadReport} from './store.ts'

interface Session {
  id: string
  known: KnownParts
}

/** One payload on its way. */
interface Upload {
  s3: S3Access
  key: string
  payload: PayloadSource
  report: UploadReport
  signal: AbortSignal
}

/** So many parts are in memory, on their way or being read: an eighth would take the process beyond 160 MB. */
const partsInMemory = 7

const startTries = 4
const finishTries = 4

/** The upload that was gone on with turned out to be another writer's, or has been given up by somebody. */
class StartOver extends SystemError {
  constructor() {
    super('the upload was given up by somebody else')
  }
}

/**
 * Multipart upload, 8 MiB a part, several at a time. The store checks each part against the SHA-256 that it is signed
 * with. An unfinished upload of the same key whose parts have the sizes and MD5s of ours is gone on with; its parts
 * are read (and so verified) here but not sent again.
 */
export async function uploadParts(
  s3: S3Access,
  key: string,
  payload: PayloadSource,
  report: UploadReport,
  signal: AbortSignal,
): Promise<void> {
  const upload: Upload = {s3, key, payload, report, signal}
  if (await isThere(upload)) return
  const tried = new Set<string>()
  for (let attempt = 0; attempt < startTries; attempt += 1) {
    const session = (await resumable(s3, key, payload.sizeBytes, tried, signal)) ?? {
      id: await begin(upload),
      known: new Map(),
    }
    tried.add(session.id)
    try {
      return await run(upload, session)
    } catch (error) {
      if (!(error instanceof StartOver)) throw error
      if (await isThere(upload)) return
    }
  }
  throw new SystemError(`the upload of ${key} was given up by somebody else, several times`, {endpoint: s3.endpoint})
}

async function run(upload: Upload, session: Session): Promise<void> {
  const stop = new AbortController()
  try {
    const etags = await sendParts({...upload, signal: AbortSignal.any([upload.signal, stop.signal])}, session, stop)
    await complete(upload, session.id, etags)
  } catch (error) {
    // A run that was stopped on purpose can go on later; a failed one leaves no parts behind.
    if (!(error instanceof StartOver) && !upload.signal.aborted) await giveUp(upload, session.id)
    throw error
  }
}

/** Sends the parts that are missing; the etags of all, in order. Nothing is on its way any more when it is over. */
async function sendParts(upload: Upload, session: Session, stop: AbortController): Promise<string[]> {
  const pool = bufferPool(partsInMemory)
  const etags: string[] = []
  const flying = new Set<Promise<void>>()
  let failure: unknown
  const fail = (error: unknown) => {
    failure ??= error
    stop.abort(error)
  }
  let parts = 0
  try {
    for await (const body of upload.payload.parts(() => pool.take(), upload.signal)) {
      const number = (parts += 1)
      const job = sendPart(upload, session, number, body)
        .then(etag => void (etags[number - 1] = etag), fail)
        .finally(() => {
          flying.delete(job)
          pool.giveBack(body)
        })
      flying.add(job)
    }
  } catch (error) {
    fail(error)
  }
  await Promise.all(flying)
  if (failure) throw failure
  return etags
}

/** The etag of the part, sent or already there. */
async function sendPart(
  {s3, key, report, signal}: Upload,
  session: Session,
  number: number,
  body: Buffer,
): Promise<string> {
  const known = session.known.get(number)
  if (known) {
    if (known.etag !== md5(body).toString('hex') || known.sizeBytes !== body.length) throw new StartOver()
    report.onKept(body.length)
    return known.etag
  }
  const {aws, client, bucket, call, endpoint} = s3
  const input = {
    Bucket: bucket,
    Key: key,
    UploadId: session.id,
    PartNumber: number,
    Body: body,
    ContentLength: body.length,
  }
  const sent = await call(`send part ${number} of ${key}`, true, signal, abortSignal =>
    client.send(new aws.UploadPartCommand(input), {abortSignal}).catch(error => {
      throw nameOf(error) === 'NoSuchUpload' ? new StartOver() : error
    }), 'bulk')
  if (!sent.ETag) throw new SystemError(`the store named no etag of part ${number} of ${key}`, {endpoint})
  report.onSent(body.length)
  return sent.ETag.replaceAll('"', '')
}

async function complete({s3, key, signal}: Upload, id: string, etags: string[]): Promise<void> {
  const {aws, client, bucket, call, endpoint} = s3
  const expected = multipartEtag(etags)
  const Parts = etags.map((etag, index) => ({PartNumber: index + 1, ETag: `"${etag}"`}))
  for (let attempt = 1; ; attempt += 1) {
    try {
      const input = {Bucket: bucket, Key: key, UploadId: id, MultipartUpload: {Parts}}
      return void (await call(`finish ${key}`, false, signal, abortSignal =>
        client.send(new aws.CompleteMultipartUploadCommand(input), {abortSignal}), 'bulk'))
    } catch (error) {
      // The answer may be lost although the object is there. Finishing the same parts again changes nothing.
      if (expected !== undefined && (await etagOf(s3, key, signal))?.etag === expected) return
      if (nameOf((error as OpsError).cause) === 'NoSuchUpload') throw new StartOver()
      if (attempt >= finishTries || !isTransient((error as OpsError).cause))
        throw storeError(error, `finish ${key}`, endpoint)
    }
  }
}

async function begin({s3: {aws, client, bucket, call, endpoint}, key, signal}: Upload): Promise<string> {
  const begun = await call(`begin the upload of ${key}`, true, signal, abortSignal =>
    client.send(new aws.CreateMultipartUploadCommand({Bucket: bucket, Key: key}), {abortSignal}))
  if (!begun.UploadId) throw new SystemError(`the store began no upload of ${key}`, {endpoint})
  return begun.UploadId
}

async function giveUp({s3: {aws, client, bucket, call}, key}: Upload, id: string): Promise<void> {
  await call(`give up ${key}`, true, AbortSignal.timeout(10_000), abortSignal =>
    client.send(new aws.AbortMultipartUploadCommand({Bucket: bucket, Key: key, UploadId: id}), {abortSignal}),
  ).catch(() => undefined)
}

/** Whether the object with our bytes is there already, judged by its multipart etag. */
async function isThere({s3, key, payload, report, signal}: Upload): Promise<boolean> {
  const found = await etagOf(s3, key, signal)
  if (found?.sizeBytes !== payload.sizeBytes) return false
  const pool = bufferPool(1)
  const sums: string[] = []
  for await (const body of payload.parts(() => pool.take(), signal)) {
    sums.push(md5(body).toString('hex'))
    pool.giveBack(body)
  }
  if (found.etag !== multipartEtag(sums)) return false
  report.onKept(payload.sizeBytes)
  return true
}

async function etagOf(
  {aws, client, bucket, call}: S3Access,
  key: string,
  signal: AbortSignal,
): Promise<{etag: string; sizeBytes: number} | undefined> {
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
