import {SystemError, UnreachableError} from '../net/errors.ts'
import type {Clock} from '../net/deadline.ts'

/**
 * Runs `work` while this process alone holds the lock file `path`. The lock is the operating system's (through
 * SQLite), so a killed process leaves none behind; the file itself stays, empty.
 */
export async function withFileLock<T>(
  path: string,
  waitMs: number,
  clock: Clock,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const database = await openFile(path)
  try {
    for (const startedMs = clock.monotonicMs(); !tryLock(database, path);) {
      if (clock.monotonicMs() - startedMs > waitMs) throw locked(path, waitMs)
      await clock.sleep(10, signal)
    }
    return await work()
  } finally {
    database.close()
  }
}

async function openFile(path: string) {
  const {DatabaseSync} = await import('node:sqlite')
  try {
    return new DatabaseSync(path, {timeout: 0})
  } catch (cause) {
    throw noLockFile(path, cause)
  }
}

function tryLock(database: {exec(sql: string): void}, path: string): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE')
    return true
  } catch (error) {
    if ((error as {errcode?: number}).errcode !== 5) throw noLockFile(path, error)
    return false
  }
}

/** Its folder is the destination's, so what is wrong with it would be wrong with the destination too. */
function noLockFile(path: string, cause: unknown): SystemError {
  return new SystemError(`the lock file ${path} cannot be used: ${(cause as Error).message}`, {
    code: 'NO_LOCK_FILE', endpoint: path, cause, hint: 'Is its folder there, writable, and not full?',
  })
}

function locked(path: string, waitMs: number): UnreachableError {
  return new UnreachableError(`another process held ${path} for ${waitMs} ms`, {
    code: 'LOCKED',
    endpoint: path,
    hint: 'Another push or pull of the same key is running, or stopped. Look for it, then try again.',
  })
}
