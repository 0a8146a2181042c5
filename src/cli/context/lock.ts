import {open, readFile, rm, stat} from 'node:fs/promises'
import {SystemError} from '../../clients/net/errors.ts'
import type {Clock} from '../../clients/net/deadline.ts'

export interface LockTools {
  clock: Clock
  random: () => number
  pid: number
}

export interface Lock {
  /** False when somebody took it for abandoned, e.g. because this process was frozen for long. */
  isHeld(): Promise<boolean>
  release(): Promise<void>
}

const staleMs = 10_000
const waitMs = 5_000

/** A lock file with its holder's pid; one whose holder is gone, or that is old, is taken over. */
export async function takeLock(path: string, tools: LockTools): Promise<Lock> {
  const {clock} = tools
  const mine = `${tools.pid} ${tools.random()}`
  const deadlineMs = clock.monotonicMs() + waitMs
  while (!(await create(path, mine))) {
    const holder = await contentOf(path)
    if (holder !== undefined && await isAbandoned(path, holder, clock)) await clear(path, holder)
    else if (clock.monotonicMs() < deadlineMs) await clock.sleep(10 + 30 * tools.random())
    else throw new SystemError('another command is editing the configuration', {code: 'CONFIG_LOCKED', endpoint: path})
  }
  const isHeld = async () => (await contentOf(path)) === mine
  return {isHeld, release: async () => void ((await isHeld()) && await rm(path, {force: true}))}
}

/** False when there is one already. */
async function create(path: string, mine: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx', 0o600)
    await file.writeFile(mine).finally(() => file.close())
    return true
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw new SystemError(`the configuration cannot be locked: ${(cause as Error).message}`, {endpoint: path, cause})
  }
}

function contentOf(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined)
}

async function isAbandoned(path: string, holder: string, clock: Clock): Promise<boolean> {
  const facts = await stat(path).catch(() => undefined)
  if (!facts) return false
  if (clock.nowMs() - facts.mtimeMs > staleMs) return true
  const pid = Number(holder.split(' ')[0])
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

/**
 * Removes the abandoned lock. Two may judge the same lock, and the slower one may then remove the quicker
 * one's. It looks again just before, and the quicker one asks `isHeld` before it writes and else starts again.
 */
async function clear(path: string, abandoned: string): Promise<void> {
  if ((await contentOf(path)) === abandoned) await rm(path, {force: true})
}
