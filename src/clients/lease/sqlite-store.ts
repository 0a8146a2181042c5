import {existsSync} from 'node:fs'
import {DatabaseSync} from 'node:sqlite'
import {pathToFileURL} from 'node:url'
import {ConflictError, NotFoundError, SystemError, UnreachableError} from '../net/errors.ts'
import type {ChangesSince, LeaseEntry, LeaseStore, Mark} from './store.ts'

const keptPerKey = 64
const schema = `CREATE TABLE IF NOT EXISTS lease_entries (
  revision INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, value BLOB NOT NULL, written_at_ms INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS lease_entries_by_key ON lease_entries (key, revision);`

interface Row {
  revision: bigint
  key: string
  value: Uint8Array
  written_at_ms: bigint
}

export interface SqliteOptions {
  path: string
  /** How long to wait for another process's write. */
  busyTimeoutMs: number
  nowMs: () => number
}

/**
 * Leases in one SQLite file, atomic across processes of one machine. Keeps the last 64 entries of a key. The first
 * write makes the file; reading never does.
 */
export class SqliteLeaseStore implements LeaseStore {
  readonly place: string
  readonly #options: SqliteOptions
  #db: DatabaseSync | undefined

  constructor(options: SqliteOptions) {
    this.place = `sqlite:${options.path}`
    this.#options = options
  }

  async read(key: string): Promise<LeaseEntry | undefined> {
    return newest(this.#rows('WHERE key = ? ORDER BY revision DESC LIMIT 1', key))
  }

  async list(): Promise<LeaseEntry[]> {
    if (!existsSync(this.#options.path)) {
      const hint = 'The first acquire makes it.'
      throw new NotFoundError(`there is no lease file ${this.place}`, {code: 'NO_FILE', endpoint: this.place, hint})
    }
    return this.#rows('WHERE revision IN (SELECT max(revision) FROM lease_entries GROUP BY key) ORDER BY key')
  }

  async history(key: string): Promise<LeaseEntry[]> {
    return this.#rows('WHERE key = ? ORDER BY revision', key)
  }

  async historyNote(): Promise<string> {
    return `The file keeps the last ${keptPerKey} records of a key.`
  }

  async changes(since: Mark | undefined): Promise<ChangesSince | undefined> {
    const entries = since ? this.#rows('WHERE revision > ? ORDER BY revision', since.revision) : []
    const last = entries.at(-1) ?? newest(this.#rows('ORDER BY revision DESC LIMIT 1'))
    const mark = {revision: last?.revision ?? 0n, incarnation: ''}
    return since && mark.revision < since.revision ? undefined : {mark, entries}
  }

  async write(key: string, value: Uint8Array, expectedRevision: bigint): Promise<bigint> {
    return guarded(this.place, () => {
      const db = this.#database('write')!
      db.exec('BEGIN IMMEDIATE')
      try {
        const revision = this.#insert(db, key, value, expectedRevision)
        db.exec('COMMIT')
        return revision
      } catch (error) {
        if (db.isTransaction) db.exec('ROLLBACK')
        throw error
      }
    })
  }

  describeWrite(key: string, value: Uint8Array, expectedRevision: bigint): string {
    return `INSERT lease_entries ${key} if at revision ${expectedRevision}\n${new TextDecoder().decode(value)}`
  }

  async close(): Promise<void> {
    this.#db?.close()
    this.#db = undefined
  }

  #insert(db: DatabaseSync, key: string, value: Uint8Array, expectedRevision: bigint): bigint {
    const current = newest(select(db, 'WHERE key = ? ORDER BY revision DESC LIMIT 1', key))?.revision ?? 0n
    if (current !== expectedRevision) {
      throw new ConflictError(`${key} is at revision ${current}, not ${expectedRevision}`, {
        code: 'WRONG_REVISION', endpoint: this.place, details: {key, revision: current},
      })
    }
    const insert = db.prepare('INSERT INTO lease_entries (key, value, written_at_ms) VALUES (?, ?, ?)')
    const revision = BigInt(insert.run(key, value, Math.trunc(this.#options.nowMs())).lastInsertRowid)
    db.prepare(`DELETE FROM lease_entries WHERE key = ? AND revision NOT IN
      (SELECT revision FROM lease_entries WHERE key = ? ORDER BY revision DESC LIMIT ${keptPerKey})`).run(key, key)
    return revision
  }

  #rows(tail: string, ...values: (string | bigint)[]): LeaseEntry[] {
    return guarded(this.place, () => {
      const db = this.#database('read')
      return db && hasTable(db) ? select(db, tail, ...values) : []
    })
  }

  /** Undefined when there is no file to read. */
  #database(how: 'read' | 'write'): DatabaseSync | undefined {
    const {path, busyTimeoutMs: timeout} = this.#options
    if (!this.#db) {
      if (how === 'read' && !existsSync(path)) return undefined
      const url = pathToFileURL(path)
      // `rw` fails on a file that went meanwhile, where the default would make it.
      url.searchParams.set('mode', how === 'read' ? 'rw' : 'rwc')
      this.#db = new DatabaseSync(url, {timeout})
    }
    if (how === 'write' && !hasTable(this.#db)) this.#db.exec(schema)
    return this.#db
  }
}

function hasTable(db: DatabaseSync): boolean {
  return db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'lease_entries'").get() !== undefined
}

function select(db: DatabaseSync, tail: string, ...values: (string | bigint)[]): LeaseEntry[] {
  const query = db.prepare(`SELECT revision, key, value, written_at_ms FROM lease_entries ${tail}`)
  query.setReadBigInts(true)
  return (query.all(...values) as unknown as Row[]).map(row => ({
    key: row.key, revision: row.revision, value: row.value, operation: 'PUT' as const,
    writtenAtMs: Number(row.written_at_ms),
  }))
}

const newest = (entries: LeaseEntry[]): LeaseEntry | undefined => entries[0]

const sqliteBusy = 5

function guarded<T>(place: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    const {errcode} = error as {errcode?: number}
    if (errcode === undefined) throw error
    const message = (error as Error).message
    if ((errcode & 0xff) === sqliteBusy) {
      throw new UnreachableError(`the lease file is locked by another process: ${message}`, {
        code: 'BUSY', endpoint: place, cause: error,
      })
    }
    throw new SystemError(`the lease file cannot be used: ${message}`, {code: 'SQLITE', endpoint: place, cause: error})
  }
}
