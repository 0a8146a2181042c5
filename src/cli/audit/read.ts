import {createReadStream} from 'node:fs'
import {readdir} from 'node:fs/promises'
import {basename, dirname, join} from 'node:path'
import {createInterface} from 'node:readline'
import {isMapping} from '../context/file.ts'
import {parseJson} from '../../clients/net/json.ts'
import type {AuditEntry} from '../../format/views/audit.ts'
import type {AuditRecord} from '../audit.ts'

/** Everything that is asked for must fit. */
export interface AuditFilter {
  sinceMs?: number
  untilMs?: number
  /** Words of the command line in their order, as `task claim`. */
  command?: string
  context?: string
  operator?: string
  target?: string
  outcome?: AuditEntry['outcome']
}

export interface AuditLog {
  /** Oldest first. */
  entries: AuditEntry[]
  /** Lines that are no record, e.g. one that a killed command left unfinished. */
  unreadable: number
}

/** Reads a log with the files that were set aside. Nothing is there before the first change. */
export async function readAudit(path: string, filter: AuditFilter = {}): Promise<AuditLog> {
  const merger = new Merger()
  let unreadable = 0
  for (const file of await filesOf(path)) {
    for await (const line of createInterface({input: createReadStream(file), crlfDelay: Infinity})) {
      if (line === '') continue
      const record = recordOf(line)
      if (record) merger.add(record)
      else unreadable += 1
    }
  }
  const entries = merger.entries().filter(entry => fits(entry, filter))
  return {entries: entries.toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)), unreadable}
}

/** Does an entry fit? */
export function fits(
  entry: AuditEntry,
  {sinceMs, untilMs, command, context, operator, target, outcome}: AuditFilter,
): boolean {
  const atMs = Date.parse(entry.at)
  if (sinceMs !== undefined && atMs < sinceMs) return false
  if (untilMs !== undefined && atMs >= untilMs) return false
  if (command !== undefined && !` ${entry.command.join(' ')} `.includes(` ${command.trim().replaceAll(/\s+/g, ' ')} `))
    return false
  if (context !== undefined && entry.context !== context) return false
  if (operator !== undefined && entry.operator !== operator) return false
  if (target !== undefined && entry.target !== target) return false
  return outcome === undefined || entry.outcome === outcome
}

/** Makes one entry of the lines that a change left: one before it and one after. */
class Merger {
  readonly #entries = new Map<string, AuditEntry>()

  add(record: AuditRecord): void {
    const began = this.#entries.get(record.id)
    const entry = entryOf(record)
    if (!began) this.#entries.set(record.id, entry)
    else if (record.outcome !== 'started') this.#entries.set(record.id, {...entry, at: began.at})
  }

  entries(): AuditEntry[] {
    return [...this.#entries.values()]
  }
}

const noEnd = 'no end is recorded: the command was killed, still runs, or could not write it'

function entryOf(record: AuditRecord): AuditEntry {
  const {id, at, operator, host, command, system, action, target} = record
  const hasEnded = record.outcome !== 'started'
  return {
    id,
    at,
    endedAt: hasEnded ? at : null,
    operator,
    host,
    context: record.context ?? null,
    command,
    system,
    action,
    target,
    reason: record.reason ?? null,
    ifVersion: record.ifVersion ?? null,
    before: record.before ?? null,
    after: record.after ?? null,
    outcome: hasEnded ? (record.outcome as AuditEntry['outcome']) : 'unknown',
    error: hasEnded ? (record.error ?? null) : noEnd,
  }
}

async function filesOf(path: string): Promise<string[]> {
  const names = await readdir(dirname(path)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return []
    throw error
  })
  const own = basename(path)
  const aside = names.filter(name => name.startsWith(`${own}.`)).sort()
  return [...aside, ...names.filter(name => name === own)].map(name => join(dirname(path), name))
}

const words = ['at', 'id', 'operator', 'host', 'system', 'action', 'target', 'outcome'] as const

function recordOf(line: string): AuditRecord | undefined {
  try {
    const found = parseJson(line) as unknown
    if (!isMapping(found) || !words.every(name => typeof found[name] === 'string') || !Array.isArray(found['command']))
      return undefined
    return Number.isNaN(Date.parse(String(found['at']))) ? undefined : (found as unknown as AuditRecord)
  } catch {
    return undefined
  }
}
