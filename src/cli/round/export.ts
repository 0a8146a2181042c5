import {OpsError, type ExitCode} from '../../clients/net/errors.ts'
import type {Clock} from '../../clients/net/deadline.ts'
import {runChild, type RunningChild, type SignalSource} from '../child.ts'
import {expiryStep, skewBoundMs} from './plan.ts'

export interface ExportOptions {
  command: readonly string[]
  env: Record<string, string | undefined>
  signals: SignalSource
  clock: Clock
  ttlMs: number
  expiresAtMs: number
  onExpiry: 'kill' | 'warn'
  killAfterMs: number
  /** How often the lease is looked at. */
  checkEveryMs: number
  /** Whether nobody else has taken the lease; rejects when that cannot be known now. */
  isOurs(): Promise<boolean>
  /** Notes the process group at once. */
  onStart(pid: number | undefined): void
  note(text: string): void
}

/**
 * Runs the export command while the lease lasts: it is stopped, its whole process group, when somebody else has the
 * lease or when the lease is about to expire. Its stdout becomes our stderr. Rejects when it did not end with 0.
 */
export async function runExport(options: ExportOptions): Promise<void> {
  const {command, env, signals, killAfterMs} = options
  const child = runChild(command, {env, signals, killAfterMs, stdin: 'inherit', stdout: 'stderr'})
  const over = new AbortController()
  let watching: Promise<void> | undefined
  try {
    options.onStart(child.pid)
    watching = watchLease(child, options, over.signal)
  } catch (error) {
    await child.stop('unnoted')
    throw error
  } finally {
    await child.exitCode
    over.abort()
    await watching
  }
  const failure = await child.failure
  const exitCode = await child.exitCode
  if (failure) throw new OpsError('EXPORT_FAILED', exitCode as ExitCode, failure.message, {cause: failure})
  if (child.stopReason !== undefined) throw stopped(child.stopReason)
  if (exitCode !== 0) throw new OpsError('EXPORT_FAILED', exitCode as ExitCode, `the export command ended with ${exitCode}`)
}

async function watchLease(child: RunningChild, options: ExportOptions, over: AbortSignal): Promise<void> {
  const {clock, expiresAtMs, ttlMs, onExpiry} = options
  const skewMs = skewBoundMs(ttlMs)
  let hasWarned = false
  while (!over.aborted) {
    const nowMs = clock.nowMs()
    const step = expiryStep(onExpiry, {expiresAtMs, skewMs, nowMs, hasWarned})
    if (step === 'stop') return child.stop('expiring')
    if (step === 'warn') {
      hasWarned = true
      options.note('warning: the lease expires while the export runs; then anybody may begin a round beside this one')
    }
    const isOurs = await options.isOurs().catch((error: Error) => {
      if (!over.aborted) options.note(`warning: the lease could not be looked at: ${error.message}`)
      return true
    })
    if (!isOurs) return child.stop('lost')
    const untilExpiryMs = expiresAtMs - skewMs - clock.nowMs()
    const waitMs = untilExpiryMs > 0 ? Math.min(options.checkEveryMs, untilExpiryMs) : options.checkEveryMs
    await clock.sleep(waitMs, over).catch(() => undefined)
  }
}

function stopped(reason: string): OpsError {
  const why = reason === 'lost' ? 'somebody else has the lease' : 'the lease was about to expire'
  return new OpsError('LEASE_LOST', 10, `${why}: the export command was stopped`, {
    hint: reason === 'lost' ? undefined : 'Give the round a longer --ttl, or --on-expiry warn.',
  })
}
