import {instantOf} from '../clients/lease/item.ts'
import type {LeaseRecord} from '../clients/lease/record.ts'
import type {Clock} from '../clients/net/deadline.ts'
import {UsageError, type OpsError} from '../clients/net/errors.ts'
import {runChild, type ChildOptions, type RunningChild} from './child.ts'
import {guardLease, type GuardEnd, type OnExpiry, type StopTime} from './lease-guard.ts'

export interface LeaseChildOptions extends ChildOptions {
  command: readonly string[]
  clock: Clock
  /** The revision at which we hold the lease. */
  revision: bigint
  /** When the command must begin to stop, so that it is gone before the lease is. */
  stop: StopTime
  onExpiry: OnExpiry
  /** How often it is looked whether the lease is still ours. */
  checkEveryMs: number
  /** The revision at which the lease stands now. */
  look(signal: AbortSignal): Promise<bigint>
  /** Told the process group at once; when it throws, the command is stopped. */
  onStart?(pid: number | undefined): void
  note(text: string): void
}

export interface LeaseChildEnd {
  /** As `RunningChild` has it. */
  exitCode: number
  /** Why the command could not be started. */
  failure: OpsError | undefined
  /** What it wrote to `readFd`. */
  written: string
  /** Whether it ended by itself, or was stopped since the lease was lost or about to expire. */
  guarded: GuardEnd
}

/**
 * Runs a command while a lease lasts: it is stopped, its whole process group, when somebody else has the lease or,
 * with `kill`, when the lease is about to expire.
 */
export async function runUnderLease(options: LeaseChildOptions): Promise<LeaseChildEnd> {
  const child = runChild(options.command, options)
  const done = new AbortController()
  let guarding: Promise<GuardEnd> | undefined
  try {
    options.onStart?.(child.pid)
    guarding = guard(child, options, done.signal)
  } catch (error) {
    await child.stop('unnoted')
    throw error
  } finally {
    await child.exitCode
    done.abort()
  }
  const guarded = await guarding
  return {exitCode: await child.exitCode, failure: await child.failure, written: await child.written, guarded}
}

async function guard(child: RunningChild, options: LeaseChildOptions, done: AbortSignal): Promise<GuardEnd> {
  const {clock, onExpiry, stop, checkEveryMs, revision, look, note} = options
  const end = await guardLease(
    {clock, onExpiry, stop, everyMs: checkEveryMs, heldRevision: revision, look: () => look(done), note},
    done,
  )
  if (end !== 'ended') await child.stop(end)
  return end
}

/** The command is stopped so long before the lease ends; something must be left. */
export function checkTimes(
  {ttlS, skewMs, killAfterMs, onExpiry}: {ttlS: bigint; skewMs: number; killAfterMs: number; onExpiry: OnExpiry},
): void {
  if (onExpiry === 'warn' || Number(ttlS) * 1_000 > skewMs + killAfterMs) return
  throw new UsageError('--ttl leaves no time to work: --skew and --kill-after are taken off its end', {code: 'BAD_TTL'})
}

/** What a command that runs under a lease sees of it. */
export function leaseEnv(
  key: string, {record, revision}: {record: LeaseRecord; revision: bigint},
): Record<string, string> {
  return {
    OPSDECK_LEASE_KEY: key, OPSDECK_LEASE_HOLDER: record.holderId, OPSDECK_LEASE_REVISION: String(revision),
    OPSDECK_LEASE_ACQUIRED_AT: instantOf(record.acquiredAtUnixS) ?? '',
    OPSDECK_LEASE_EXPIRES_AT: instantOf(record.expiresAtUnixS) ?? '',
    OPSDECK_LEASE_EXPIRES_AT_UNIX: String(record.expiresAtUnixS),
  }
}
