import {backoffMs, withDeadline, type Clock} from '../net/deadline.ts'
import {isTransient, storeError} from './s3-errors.ts'
import {RangeHandler, type Handler} from './s3-range.ts'

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
export type Call = <T>(
  what: string, repeatable: boolean, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>,
) => Promise<T>

export type Aws = typeof import('./aws.ts')

/** What every part of the S3 store needs to talk to it. */
export interface S3Access {
  aws: Aws
  client: InstanceType<Aws['S3Client']>
  bucket: string
  call: Call
  /** For messages. */
  endpoint: string
}

export async function openS3(settings: S3Settings, bucket: string): Promise<S3Access> {
  const aws = await import('./aws.ts')
  const agent = {keepAlive: true, maxSockets: 16}
  const client = new aws.S3Client({
    region: settings.region ?? 'us-east-1',
    endpoint: settings.endpoint,
    profile: settings.profile,
    forcePathStyle: settings.pathStyle ?? settings.endpoint !== undefined,
    credentials: settings.credentials,
    maxAttempts: 1,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {connectionTimeout: settings.connectTimeoutMs, httpAgent: agent, httpsAgent: agent},
  })
  const config = client.config as unknown as {requestHandler: Handler}
  config.requestHandler = new RangeHandler(config.requestHandler)
  const endpoint = settings.endpoint ?? settings.url
  return {aws, client, bucket, endpoint, call: caller(settings, endpoint)}
}

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
