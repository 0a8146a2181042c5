import {chmod, open, readFile, realpath, rename, rm} from 'node:fs/promises'
import {dirname} from 'node:path'
import type {Document} from 'yaml'
import {OpsError, SystemError, UsageError} from '../../clients/net/errors.ts'
import {asConfig, notAConfiguration} from './file.ts'
import {takeLock, type LockTools} from './lock.ts'
import {makeFolder} from '../../clients/net/make-folder.ts'

export type EditTools = LockTools

const tries = 20

/**
 * Changes the configuration file: comments and order stay, two editors at once both take effect (a lock file
 * lets them in one after the other), and a crash leaves the old file or the new one, never half of either.
 * `change` gets a fresh document whenever the lock was lost before the write.
 */
export async function editConfig(path: string, tools: EditTools, change: (document: Document) => void): Promise<void> {
  const {parseDocument} = await import('./yaml.ts')
  await rewriteConfig(path, tools, text => {
    const document = parseDocument(text)
    try {
      if (document.errors[0]) throw document.errors[0]
      asConfig(document.toJS())
      change(document)
    } catch (cause) {
      throw cause instanceof OpsError ? cause : notAConfiguration(path, cause)
    }
    return document.toString()
  })
}

/** The same for the whole text, '' when there is no file yet; `rewrite` throws to leave it as it is. */
export async function rewriteConfig(path: string, tools: EditTools, rewrite: (text: string) => string): Promise<void> {
  await makeFolder(dirname(path)).catch(cause => {
    throw new SystemError(`${dirname(path)} cannot be made: ${(cause as Error).message}`, {endpoint: path, cause})
  })
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const lock = await takeLock(`${path}.lock`, tools)
    try {
      const text = rewrite(await textOf(path))
      if (await replaceFile(path, text, tools, lock.isHeld)) return
    } finally {
      await lock.release()
    }
  }
  throw new SystemError('the lock of the configuration was lost again and again', {
    code: 'CONFIG_LOCKED', endpoint: path,
  })
}

/** Only a missing file is an empty one: what cannot be read must not be replaced. */
async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw new UsageError(`the configuration cannot be read: ${(cause as Error).message}`, {
      code: 'CONFIG_UNREADABLE', endpoint: path, cause,
    })
  }
}

/** Beside the file itself, so that a link to it stays a link. False when `isHeld` says no at the last moment. */
async function replaceFile(
  path: string, text: string, {pid, random}: EditTools, isHeld: () => Promise<boolean>,
): Promise<boolean> {
  const target = await realpath(path).catch(() => path)
  const temporary = `${target}.${pid}-${random().toString(36).slice(2)}.tmp`
  try {
    const file = await open(temporary, 'w', 0o600)
    await file.writeFile(text).then(() => file.sync()).finally(() => file.close())
    await chmod(temporary, 0o600)
    if (!(await isHeld())) return false
    await rename(temporary, target)
    return true
  } catch (cause) {
    throw new SystemError(`the configuration cannot be written: ${(cause as Error).message}`, {endpoint: path, cause})
  } finally {
    await rm(temporary, {force: true})
  }
}
