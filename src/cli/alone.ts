import {randomUUID} from 'node:crypto'
import {link, readFile, rm, writeFile} from 'node:fs/promises'
import {RefusedError, SystemError} from '../clients/net/errors.ts'

/**
 * Holds a file while something is done that must not be done twice at once from this machine; the file of a process
 * that is gone is taken over. Resolves with what gives it back; rejects with RefusedError naming `what`.
 */
export async function takeAlone(path: string, what: string, pid: number): Promise<() => Promise<void>> {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    if (await create(path, pid)) return () => rm(path, {force: true})
    const holder = Number(await readFile(path, 'utf8').catch(() => ''))
    if (isAlive(holder)) {
      throw new RefusedError(`${what} by process ${holder} on this machine`, {
        code: 'NOT_ALONE', endpoint: path, hint: 'Wait until it has ended.',
      })
    }
    await rm(path, {force: true})
  }
  throw new RefusedError(`${what} by another process on this machine`, {code: 'NOT_ALONE', endpoint: path})
}

/** The file appears with its holder in it: an empty one would look like left by a process that is gone. */
async function create(path: string, pid: number): Promise<boolean> {
  const own = `${path}.${pid}.${randomUUID()}`
  try {
    await writeFile(own, String(pid), {flag: 'wx', mode: 0o600})
    await link(own, path)
    return true
  } catch (cause) {
    const {code} = cause as NodeJS.ErrnoException
    if (code === 'EEXIST') return false
    throw new SystemError(`${path} cannot be made: ${code}`, {endpoint: path, cause})
  } finally {
    await rm(own, {force: true})
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
