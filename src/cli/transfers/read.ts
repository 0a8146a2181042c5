import {hostname} from 'node:os'
import {readdir, readFile, rm} from 'node:fs/promises'
import {join} from 'node:path'
import {parseRecord, pidOf, type TransferRecord} from './record.ts'

/** A transfer of this account, with how long nothing was heard of it. */
export interface Transfer extends TransferRecord {
  silentMs: number
}

export interface Surroundings {
  nowMs: number
  host: string
  isAlive(pid: number): boolean
}

/** A process of that number which is silent for so long is another one. */
const longestSilenceMs = 3_600_000
/** Of another host nobody can say whether it lives. */
const longestAwayMs = 60_000

/** `ghost`: its process is gone. `hidden`: on another host, and not heard of lately. */
export function verdictOn(record: TransferRecord, {nowMs, host, isAlive}: Surroundings): 'shown' | 'ghost' | 'hidden' {
  const silentMs = nowMs - Date.parse(record.updatedAt)
  if (silentMs > longestSilenceMs) return 'ghost'
  if (record.host !== host) return silentMs > longestAwayMs ? 'hidden' : 'shown'
  return isAlive(record.pid) ? 'shown' : 'ghost'
}

/** What the processes of this account transfer now, oldest first; what dead ones left behind is swept. */
export async function readTransfers(folder: string, around: Surroundings): Promise<Transfer[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const found = await Promise.all(names.map(name => readOne(folder, name, around)))
  return found.filter(each => each !== undefined).sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1))
}

async function readOne(folder: string, name: string, around: Surroundings): Promise<Transfer | undefined> {
  const pid = pidOf(name)
  if (pid === undefined) return undefined
  const path = join(folder, name)
  if (name.endsWith('.part')) return around.isAlive(pid) ? undefined : sweep(path)
  const record = parseRecord(await readFile(path, 'utf8').catch(() => ''))
  if (!record) return undefined
  const verdict = verdictOn(record, around)
  if (verdict === 'ghost') return sweep(path)
  const silentMs = Math.max(0, around.nowMs - Date.parse(record.updatedAt))
  return verdict === 'shown' ? {...record, silentMs} : undefined
}

async function sweep(path: string): Promise<undefined> {
  await rm(path, {force: true}).catch(() => undefined)
}

export const surroundings = (nowMs: number): Surroundings => ({nowMs, host: hostname(), isAlive})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
