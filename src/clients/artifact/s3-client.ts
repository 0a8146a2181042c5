import {backoffMs, withDeadline, type Clock} from '../net/deadline.ts'
import {UnreachableError} from '../net/errors.ts'
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

/**
 * One call to S3: a read or a repeatable write is tried again while the store says that it is busy. `bulk` moves
 * megabytes, or makes the store do so: it gets half a minute, and silence is waited out as often as a refusal.
 */
export type Call = <T>(
  what: string, repeatable: boolean, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>,
  size?: 'small' | 'bulk',
) => Promise<T>

const bulkTimeoutMs = 30_000
/** A busy store is given more tries than the operator asked for: they cost little. */
const moreTries = 3

export type Aws = typeof import('./aws.ts')

/** What every part of the S3 store needs to talk to it. */
export interface S3Access {
  aws: Aws
  client: InstanceType<Aws['S3Client']>
  bucket: string
  call: Call
  /** The short way for ranges. */
  ranges: RangeHandler
  clock: Clock
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
  const ranges = new RangeHandler(config.requestHandler)
  config.requestHandler = ranges
  const endpoint = settings.endpoint ?? settings.url
  return {aws, client, bucket, endpoint, ranges, clock: settings.clock, call: caller(settings, endpoint)}
}

function caller(settings: S3Settings, endpoint: string): Call {
  return async (what, repeatable, signal, work, size = 'small') => {
    const retries = Math.max(settings.retries, 0)
    const limitMs = size === 'bulk' ? Math.max(settings.timeoutMs, bulkTimeoutMs) : settings.timeoutMs
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await withDeadline(what, limitMs, signal, work, endpoint)
      } catch (error) {
        signal.throwIfAborted()
        const said = isTransient(error) ? storeError(error, what, endpoint) : undefined
        const tries = 1 + retries + (size === 'small' && isSilence(error) ? 0 : moreTries)
        if (!said || !repeatable || attempt + 1 >= tries) throw storeError(error, what, endpoint)
        settings.onRetry?.(what, said)
        await settings.clock.sleep(backoffMs(attempt, settings.random, 200), signal)
      }
    }
  }
}

/** Our own deadline passed without an answer. */
function isSilence(error: unknown): boolean {
  return error instanceof UnreachableError
}
