import {OpsError, type ExitCode} from '../../clients/net/errors.ts'
import {runUnderLease, type LeaseChildOptions} from '../lease-child.ts'
import {lostError} from '../lease-guard.ts'

/**
 * Runs the export command while the lease `key` lasts; its stdout becomes our stderr. Rejects with EXPORT_FAILED when
 * it did not end with 0, with LEASE_LOST when it was stopped.
 */
export async function runExport(key: string, options: Omit<LeaseChildOptions, 'stdin' | 'stdout'>): Promise<void> {
  const {exitCode, failure, guarded} = await runUnderLease({...options, stdin: 'inherit', stdout: 'stderr'})
  const failed = (message: string) =>
    new OpsError('EXPORT_FAILED', exitCode as ExitCode, message, {cause: failure})
  if (failure) throw failed(failure.message)
  if (guarded !== 'ended') throw lostError(key, guarded)
  if (exitCode !== 0) throw failed(`the export command ended with ${exitCode}`)
}
