/** Exit codes of the three commands. 0 to 6 are the published contract of the Rust `tael` CLI. */
export const Exit = {
  ok: 0,
  failure: 1,
  noResults: 2,
  usage: 3,
  unreachable: 4,
  unauthorized: 5,
  conditionMet: 6,
  conflict: 7,
  waitTimeout: 8,
  partial: 9,
  leaseLost: 10,
  integrity: 11,
  refused: 12,
} as const

export type ExitCode = (typeof Exit)[keyof typeof Exit]

export interface OpsErrorOptions {
  /** What the user can do next, one sentence or a command to copy. */
  hint?: string
  /** Where it happened: a URL, host:port, path or key. Never a secret. */
  endpoint?: string
  /** Further facts for `-o json`, e.g. {holder, since, until}. Never a secret. */
  details?: Record<string, unknown>
  cause?: unknown
}

/**
 * Base of every error that we throw on purpose. `code` is stable and machine readable, `exit` is the
 * process exit code; both are decided where the error is thrown, and reported in one place.
 */
export class OpsError extends Error {
  readonly code: string
  readonly exit: ExitCode
  readonly hint: string | undefined
  readonly endpoint: string | undefined
  readonly details: Record<string, unknown> | undefined

  constructor(code: string, exit: ExitCode, message: string, options: OpsErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : {cause: options.cause})
    this.code = code
    this.exit = exit
    this.hint = options.hint
    this.endpoint = options.endpoint
    this.details = options.details
  }
}

/** The user's words are wrong: a flag, an argument, a query, a missing configuration key. Exit 3. */
export class UsageError extends OpsError {
  constructor(message: string, options: OpsErrorOptions & {code?: string} = {}) {
    super(options.code ?? 'USAGE', Exit.usage, message, options)
  }
}

/** Nobody answered: refused, timed out, cut off, 503. Exit 4. */
export class UnreachableError extends OpsError {
  constructor(message: string, options: OpsErrorOptions & {code?: string} = {}) {
    super(options.code ?? 'UNREACHABLE', Exit.unreachable, message, options)
  }
}

/** The system knows us and says no, or does not know us. Exit 5. */
export class UnauthorizedError extends OpsError {
  constructor(message: string, options: OpsErrorOptions & {code?: string} = {}) {
    super(options.code ?? 'UNAUTHORIZED', Exit.unauthorized, message, options)
  }
}

/** The one thing asked for does not exist. Exit 2. */
export class NotFoundError extends OpsError {
  constructor(message: string, options: OpsErrorOptions & {code?: string} = {}) {
    super(options.code ?? 'NOT_FOUND', Exit.noResults, message, options)
  }
}

/** Somebody else holds it, or the world moved since it was read. Exit 7. */
export class ConflictError extends OpsError {
  constructor(message: string, options: OpsErrorOptions & {code?: string} = {}) {
    super(options.code ?? 'CONFLICT', Exit.conflict, message, options)
  }
}

/** What was waited for did not come in time. Exit 8. */
export class WaitTimeoutError extends OpsError {
  constructor(message: string, options: OpsErrorOptions & {code?: string} = {}) {
    super(options.code ?? 'WAIT_TIMEOUT', Exit.waitTimeout, message, options)
  }
}

/** Bytes are not what they should be: a hash, a checksum, a cut file. Exit 11. */
export class IntegrityError extends OpsError {
  constructor(message: string, options: OpsErrorOptions & {code?: string} = {}) {
    super(options.code ?? 'INTEGRITY', Exit.integrity, message, options)
  }
}

/** Policy forbids it: read-only, not confirmed, a protected context. Exit 12. */
export class RefusedError extends OpsError {
  constructor(message: string, options: OpsErrorOptions & {code?: string} = {}) {
    super(options.code ?? 'REFUSED', Exit.refused, message, options)
  }
}

/** The system answered in a way that we cannot make sense of, or failed inside. Exit 1. */
export class SystemError extends OpsError {
  constructor(message: string, options: OpsErrorOptions & {code?: string} = {}) {
    super(options.code ?? 'SYSTEM', Exit.failure, message, options)
  }
}

/** Our own fault, as an error like the others; what is one of ours already stays as it is. */
export function knownError(error: unknown): OpsError {
  if (error instanceof OpsError) return error
  return new OpsError('INTERNAL', Exit.failure, (error as Error)?.message ?? String(error), {cause: error})
}
