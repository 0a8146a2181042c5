import {NotFoundError, OpsError, SystemError, UnauthorizedError, UnreachableError} from '../net/errors.ts'

interface AwsError {
  name?: string
  message?: string
  code?: string
  $metadata?: {httpStatusCode?: number}
}

export function statusOf(error: unknown): number | undefined {
  return (error as AwsError)?.$metadata?.httpStatusCode
}

export function isMissing(error: unknown): boolean {
  return statusOf(error) === 404 && nameOf(error) !== 'NoSuchBucket'
}

export function nameOf(error: unknown): string {
  return (error as AwsError)?.name ?? ''
}

/** Busy or broken for now: another try may do. */
export function isTransient(error: unknown): boolean {
  if (error instanceof UnreachableError) return true
  if (error instanceof OpsError) return false
  const status = statusOf(error)
  if (status !== undefined)
    return status >= 500 || status < 300 || status === 429 || status === 408 || nameOf(error) === 'RequestTimeout'
  const name = nameOf(error)
  return name !== 'AbortError' && name !== 'CredentialsProviderError'
}

/** The error of a store call in our words: what failed, the store's own reason, what to do. */
export function storeError(error: unknown, what: string, endpoint: string): OpsError {
  if (error instanceof OpsError) return error
  const status = statusOf(error)
  const name = nameOf(error)
  const reason = (error as AwsError)?.message || (error as AwsError)?.code || name
  const options = {endpoint, cause: error, details: {status, name}}
  if (name === 'CredentialsProviderError') {
    return new UnauthorizedError(`${what}: no credentials for the store`, {
      ...options,
      hint: 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile (artifacts.profile).',
    })
  }
  if (name === 'NoSuchBucket')
    return new NotFoundError(`${what}: the bucket does not exist`, {...options, code: 'NO_BUCKET'})
  if (status === 401 || status === 403)
    return new UnauthorizedError(`${what}: the store refuses: ${name} ${reason}`, options)
  if (status === undefined || status === 503 || status === 429) {
    return new UnreachableError(
      `${what}: ${status ? `the store answers ${status} ${name}` : `no answer from the store (${reason})`}`,
      options,
    )
  }
  return new SystemError(`${what}: the store answers ${status} ${name}: ${reason}`, options)
}
