import {readFileSync} from 'node:fs'
import type {S3Client} from '@aws-sdk/client-s3'
import {NotFoundError, OpsError, RefusedError, SystemError, UnauthorizedError, UnreachableError} from '../net/errors.ts'
import type {Location} from './open.ts'
import {equalBytes, logFolder, type Created, type TableStore} from './store.ts'

export interface S3Place extends Location {
  bucket: string
  /** Key prefix of the table, without a slash at the end. */
  prefix: string
}

/** A table in a bucket. Commits are PUT with `If-None-Match: *`, which the store must obey; see `checkWritable`. */
export async function s3Store(place: S3Place): Promise<TableStore> {
  const sdk = await import('./aws.ts')
  const client = createClient(sdk, place)
  const shown = `s3://${place.bucket}/${place.prefix}`
  const at = (path: string) => ({Bucket: place.bucket, Key: `${place.prefix}/${path}`})
  const guard = <T>(what: string, work: Promise<T>) => work.catch((error: unknown) => {
    throw s3Error(error, what, shown)
  })
  const get = (path: string, signal?: AbortSignal) => getObject(sdk, client, at(path), signal)
  let probed: Promise<void> | undefined
  return {
    shown,
    listLog: (from, signal) => guard('list', listKeys(sdk, client, place, from, signal)),
    read: (path, signal) => guard('read', get(path, signal)),
    readMany: (paths, signal) => guard('read', inParallel(paths, path => get(path, signal))),
    checkWritable: signal => (probed ??= guard('write', probe(sdk, client, at('_ctl_conditional_put'), shown, signal))),
    commit: (log, data, signal) => guard('write',
      Promise.all(data.map(each => putNew(sdk, client, at(each.path), each.bytes, signal)))
        .then(() => createOnce(sdk, client, at(log.path), log.bytes, shown, signal))),
    replace: (path, bytes, signal) => guard('write',
      client.send(new sdk.PutObjectCommand({...at(path), Body: bytes}), {abortSignal: signal}).then(() => undefined)),
    discard: path => client.send(new sdk.DeleteObjectCommand(at(path))).then(() => undefined, () => undefined),
    ageMs: (path, signal) => objectAge(sdk, client, at(path), signal),
    close: () => client.destroy(),
  }
}

type Sdk = typeof import('./aws.ts')
type Key = {Bucket: string; Key: string}

/** Credentials come from the SDK's whole chain: environment, profiles, SSO, web identity, container, instance. */
function createClient(sdk: Sdk, place: S3Place): S3Client {
  const bundle = process.env['AWS_CA_BUNDLE']
  return new sdk.S3Client({
    region: place.region ?? process.env['AWS_REGION'] ?? (place.profile ? undefined : 'us-east-1'),
    endpoint: place.endpoint,
    profile: place.profile,
    forcePathStyle: place.pathStyle ?? place.endpoint !== undefined,
    maxAttempts: 3,
    requestHandler: {
      connectionTimeout: place.connectTimeoutMs, requestTimeout: place.timeoutMs, throwOnRequestTimeout: true,
      ...(bundle && {httpsAgent: {ca: readFileSync(bundle), keepAlive: true, maxSockets: 32}}),
    },
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  })
}

async function listKeys(
  sdk: Sdk, client: S3Client, place: S3Place, from: string, signal?: AbortSignal,
): Promise<string[]> {
  const folder = `${place.prefix}/${logFolder}/`
  const names: string[] = []
  let ContinuationToken: string | undefined
  do {
    const page = await client.send(new sdk.ListObjectsV2Command({
      Bucket: place.bucket, Prefix: folder, Delimiter: '/', StartAfter: from ? folder + from : undefined,
      ContinuationToken,
    }), {abortSignal: signal})
    for (const {Key} of page.Contents ?? []) if (Key) names.push(Key.slice(folder.length))
    ContinuationToken = page.NextContinuationToken
  } while (ContinuationToken)
  return names.sort()
}

async function getObject(sdk: Sdk, client: S3Client, key: Key, signal?: AbortSignal): Promise<Uint8Array | undefined> {
  try {
    const {Body} = await client.send(new sdk.GetObjectCommand(key), {abortSignal: signal})
    return await Body!.transformToByteArray()
  } catch (error) {
    if (statusOf(error) === 404 && nameOf(error) !== 'NoSuchBucket') return undefined
    throw error
  }
}

const parallel = 16

async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(items.length)
  let next = 0
  const worker = async () => {
    while (next < items.length) {
      const at = next++
      results[at] = await work(items[at]!)
    }
  }
  await Promise.all(Array.from({length: Math.min(parallel, items.length)}, worker))
  return results
}

/** True when the name was free. 412 says that it is taken, 409 that somebody is writing it right now. */
async function putNew(sdk: Sdk, client: S3Client, key: Key, bytes: Uint8Array, signal?: AbortSignal): Promise<boolean> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      await client.send(new sdk.PutObjectCommand({...key, Body: bytes, IfNoneMatch: '*'}), {abortSignal: signal})
      return true
    } catch (error) {
      const status = statusOf(error)
      if (status === 412 || status === 304) return false
      if (status !== 409 || attempt >= 5) throw error
      await new Promise(resolve => setTimeout(resolve, 50 * (attempt + 1)))
    }
  }
}

/**
 * A request that the SDK sent again can meet its own first copy: then the bytes, with our txnId in them, are
 * ours. After silence the name is read back; only when that fails too is the outcome unknown.
 */
async function createOnce(
  sdk: Sdk, client: S3Client, key: Key, bytes: Uint8Array, shown: string, signal?: AbortSignal,
): Promise<Created> {
  let failure: unknown
  try {
    if (await putNew(sdk, client, key, bytes, signal)) return 'created'
  } catch (error) {
    const status = statusOf(error)
    if (status !== undefined && status < 500) throw error
    failure = error
  }
  const there = await getObject(sdk, client, key).catch(() => undefined)
  if (there) return equalBytes(there, bytes) ? 'created' : 'taken'
  if (failure === undefined) return 'taken'
  if (neverSent(failure)) throw failure
  return {unknown: s3Error(failure, 'write', shown)}
}

/**
 * One small object stays in the table's folder: writing it again must be refused. A store that ignores the
 * condition would let two writers overwrite each other's commits without a word.
 */
async function probe(sdk: Sdk, client: S3Client, key: Key, shown: string, signal?: AbortSignal): Promise<void> {
  const text = Buffer.from('ctl asks with this object whether the store obeys If-None-Match: *\n')
  if (!(await putNew(sdk, client, key, text, signal))) return
  if (!(await putNew(sdk, client, key, text, signal))) return
  const what = `${shown}: the store ignores If-None-Match, so two writers could overwrite each other's commits`
  throw new RefusedError(what, {
    code: 'NO_CONDITIONAL_PUT', endpoint: shown,
    hint: 'Nothing was changed. Use a store with conditional writes, or let scouter alone write there.',
  })
}

/** Both instants are the server's own. */
async function objectAge(sdk: Sdk, client: S3Client, key: Key, signal?: AbortSignal): Promise<number | undefined> {
  const command = new sdk.HeadObjectCommand(key)
  let serverMs = Number.NaN
  command.middlewareStack.add(next => async args => {
    const result = await next(args)
    const headers = (result.response as {headers?: Record<string, string>}).headers
    serverMs = Date.parse(headers?.['date'] ?? '')
    return result
  }, {step: 'deserialize', priority: 'high'})
  const found = await client.send(command, {abortSignal: signal}).catch(() => undefined)
  const age = serverMs - (found?.LastModified?.getTime() ?? Number.NaN)
  // Both have a resolution of a second, so up to one second may be too much.
  return Number.isNaN(age) ? undefined : Math.max(0, age - 1_000)
}

interface SdkError {
  name?: string
  message?: string
  code?: string
  $metadata?: {httpStatusCode?: number}
}

const statusOf = (error: unknown) => (error as SdkError).$metadata?.httpStatusCode
const nameOf = (error: unknown) => (error as SdkError).name

function neverSent(error: unknown): boolean {
  return ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'].includes((error as SdkError).code ?? '')
    || nameOf(error) === 'CredentialsProviderError'
}

function s3Error(error: unknown, what: string, shown: string): OpsError {
  if (error instanceof OpsError) return error
  const {name = '', message = ''} = error as SdkError
  const status = statusOf(error)
  const options = {endpoint: shown, cause: error}
  if (name === 'CredentialsProviderError') {
    const hint = 'Set a profile, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.'
    return new UnauthorizedError(`no AWS credentials for ${shown}: ${message}`, {...options, hint})
  }
  if (status === 401 || status === 403) {
    const isRead = what === 'list' || what === 'read'
    const hint = isRead ? 's3:ListBucket is needed too: without it a missing commit looks forbidden.' : undefined
    return new UnauthorizedError(`not allowed to ${what} ${shown}: ${name} ${message}`, {...options, hint})
  }
  if (name === 'NoSuchBucket') {
    return new NotFoundError(`${shown}: there is no such bucket`, {...options, code: 'NO_BUCKET'})
  }
  if (status !== undefined && status < 500) {
    return new SystemError(`${shown}: ${what} answered ${status} ${name}: ${message}`, options)
  }
  if (name === 'AbortError') return new OpsError('ABORTED', 1, 'stopped', options)
  return new UnreachableError(`cannot ${what} ${shown}: ${message || name}`, options)
}
