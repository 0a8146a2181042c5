import {OpsError, type ExitCode} from '../../clients/net/errors.ts'
import type {Clock} from '../../clients/net/deadline.ts'
import {runChild, type RunningChild, type SignalSource} from '../child.ts'
import {guardLease, lostError, type GuardEnd, type OnExpiry, type StopTime} from '../lease-guard.ts'

export interface ExportOptions {
  command: readonly string[]
  env: Record<string, string | undefined>
  signals: SignalSource
  clock: Clock
  lease: string
  revision: bigint
  /** When the command must begin to stop, so that it is gone before the lease is. */
  stop: StopTime
  onExpiry: OnExpiry
  killAfterMs: number
  /** How often the lease is looked at. */
  checkEveryMs: number
  /** The revision at which the lease stands now. */
  look(signal: AbortSignal): Promise<bigint>
  /** Notes the process group at once. */
  onStart(pid: number | undefined): void
  note(text: string): void
}

/**
 * Runs the export command while the lease lasts: it is stopped, its whole process group, when somebody else has the
 * lease or when the lease is about to expire. Its stdout becomes our stderr. Rejects when it did not end with 0.
 */
export async function runExport(options: ExportOptions): Promise<void> {
  const {command, env, signals, killAfterMs, lease} = options
  const child = runChild(command, {env, signals, killAfterMs, stdin: 'inherit', stdout: 'stderr'})
  const done = new AbortController()
  let guarding: Promise<GuardEnd> | undefined
  try {
    options.onStart(child.pid)
    guarding = guard(child, options, done.signal)
  } catch (error) {
    await child.stop('unnoted')
    throw error
  } finally {
    await child.exitCode
    done.abort()
  }
  const guarded = await guarding
  const failure = await child.failure
  const exitCode = await child.exitCode
  if (failure) throw new OpsError('EXPORT_FAILED', exitCode as ExitCode, failure.message, {cause: failure})
  if (guarded !== 'ended') throw lostError(lease, guarded)
  if (exitCode !== 0)
    throw new OpsError('EXPORT_FAILED', exitCode as ExitCode, `the export command ended with ${exitCode}`)
}

async function guard(child: RunningChild, options: ExportOptions, done: AbortSignal): Promise<GuardEnd> {
  const {clock, onExpiry, stop, checkEveryMs, revision, look, note} = options
  const end = await guardLease(
    {clock, onExpiry, stop, everyMs: checkEveryMs, heldRevision: revision, look: () => look(done), note},
    done,
  )
  if (end !== 'ended') await child.stop(end)
  return end
}
