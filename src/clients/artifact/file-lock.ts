import {UnreachableError} from '../net/errors.ts'
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
  const {DatabaseSync} = await import('node:sqlite')
  const database = new DatabaseSync(path, {timeout: 0})
  try {
    for (const startedMs = clock.monotonicMs(); !tryLock(database);) {
      if (clock.monotonicMs() - startedMs > waitMs) throw locked(path, waitMs)
      await clock.sleep(10, signal)
    }
    return await work()
  } finally {
    database.close()
  }
}

function tryLock(database: {exec(sql: string): void}): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE')
    return true
  } catch (error) {
    if ((error as {errcode?: number}).errcode !== 5) throw error
    return false
  }
}

function locked(path: string, waitMs: number): UnreachableError {
  return new UnreachableError(`another process held ${path} for ${waitMs} ms`, {
    code: 'LOCKED',
    endpoint: path,
    hint: 'Another push or pull of the same key is running, or stopped. Look for it, then try again.',
  })
}
