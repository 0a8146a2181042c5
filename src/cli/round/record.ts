import {constants, renameSync, writeFileSync} from 'node:fs'
import {open, readFile, rename, rm} from 'node:fs/promises'
import {dirname} from 'node:path'
import {IntegrityError} from '../../clients/net/errors.ts'
import {roundSteps, type RoundRecord} from './plan.ts'

/** Where a round that exports to `folder` keeps what it needs to go on after a kill. */
export const recordPath = (folder: string): string => `${folder}.round.json`

/** The file that keeps two rounds of one folder apart; it stays, empty. */
export const lockPath = (folder: string): string => `${folder}.round.lock`

/** Undefined when no round left one. IntegrityError ROUND_RECORD when it is none. */
export async function readRecord(folder: string): Promise<RoundRecord | undefined> {
  const path = recordPath(folder)
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  return text === undefined ? undefined : parseRecord(text, path)
}

/** Replaces the record as a whole, and lastingly. */
export async function writeRecord(folder: string, record: RoundRecord): Promise<void> {
  const path = recordPath(folder)
  const draft = `${path}.new`
  const file = await open(draft, 'w', 0o600)
  try {
    await file.writeFile(recordText(record))
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(draft, path)
  await syncFolder(dirname(path))
}

/**
 * The same at once and without waiting for the disk: for the process group of a child that runs already, which must
 * be known should we be killed in this very moment.
 */
export function writeRecordNow(folder: string, record: RoundRecord): void {
  const path = recordPath(folder)
  writeFileSync(`${path}.new`, recordText(record), {mode: 0o600})
  renameSync(`${path}.new`, path)
}

function recordText(record: RoundRecord): string {
  return `${JSON.stringify({...record, acquiredAtUnixS: String(record.acquiredAtUnixS)}, null, 2)}\n`
}

export async function removeRecord(folder: string): Promise<void> {
  await rm(recordPath(folder), {force: true})
}

function parseRecord(text: string, path: string): RoundRecord {
  const words = ['key', 'lease', 'leases', 'artifacts', 'host', 'holder'] as const
  try {
    const found = JSON.parse(text) as Record<string, unknown>
    const isWhole =
      words.every(name => typeof found[name] === 'string')
      && [...roundSteps, 'failed'].includes(found['step'] as never)
      && /^\d+$/.test(String(found['acquiredAtUnixS']))
    if (isWhole) return {...found, acquiredAtUnixS: BigInt(String(found['acquiredAtUnixS']))} as unknown as RoundRecord
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw new IntegrityError('what an earlier round left cannot be read', {
    code: 'ROUND_RECORD',
    endpoint: path,
    hint: `Look at the folder beside it, then remove both: rm ${path}`,
  })
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY)
  await folder.sync().finally(() => folder.close())
}
