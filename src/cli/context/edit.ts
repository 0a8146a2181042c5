import {chmod, mkdir, open, readFile, rename, rm, stat} from 'node:fs/promises'
import {dirname} from 'node:path'
import type {Document} from 'yaml'
import {SystemError, UsageError} from '../../clients/net/errors.ts'
import type {Clock} from '../../clients/net/deadline.ts'

export interface EditTools {
  clock: Clock
  pid: number
}

const lockStaleMs = 10_000
const lockWaitMs = 5_000

/**
 * Changes the configuration file: comments and order stay, two editors at once both take effect (a lock file
 * lets them in one after the other), and a crash leaves the old file or the new one, never half of either.
 */
export async function editConfig(path: string, tools: EditTools, change: (document: Document) => void): Promise<void> {
  await mkdir(dirname(path), {recursive: true, mode: 0o700}).catch(cause => {
    throw new SystemError(`${dirname(path)} cannot be made: ${(cause as Error).message}`, {endpoint: path, cause})
  })
  const unlock = await lock(`${path}.lock`, tools)
  try {
    const {parseDocument} = await import('./yaml.ts')
    const document = parseDocument(await readFile(path, 'utf8').catch(() => ''))
    if (document.errors.length > 0) {
      throw new UsageError(`${path} is not a configuration: ${document.errors[0]!.message}`, {code: 'CONFIG_INVALID', endpoint: path})
    }
    change(document)
    await replaceFile(path, document.toString(), tools.pid)
  } finally {
    await unlock()
  }
}

async function replaceFile(path: string, text: string, pid: number): Promise<void> {
  const temporary = `${path}.${pid}.tmp`
  const file = await open(temporary, 'w', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await chmod(temporary, 0o600)
  await rename(temporary, path)
}

/** A lock file with the holder's pid; one whose holder is gone, or that is old, is taken over. */
async function lock(path: string, {clock, pid}: EditTools): Promise<() => Promise<void>> {
  const deadline = clock.monotonicMs() + lockWaitMs
  for (;;) {
    try {
      const file = await open(path, 'wx', 0o600)
      await file.writeFile(String(pid))
      await file.close()
      return () => rm(path, {force: true})
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') {
        throw new SystemError(`the configuration cannot be locked: ${(cause as Error).message}`, {endpoint: path, cause})
      }
    }
    if (await isAbandoned(path, clock)) await rm(path, {force: true})
    else if (clock.monotonicMs() > deadline) throw new SystemError('another command is editing the configuration', {code: 'CONFIG_LOCKED', endpoint: path})
    else await clock.sleep(25)
  }
}

async function isAbandoned(path: string, clock: Clock): Promise<boolean> {
  const [text, facts] = await Promise.all([readFile(path, 'utf8').catch(() => ''), stat(path).catch(() => undefined)])
  if (!facts) return false
  if (clock.nowMs() - facts.mtimeMs > lockStaleMs) return true
  const holder = Number(text)
  if (!Number.isInteger(holder) || holder <= 0) return false
  try {
    process.kill(holder, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}
