import type {DatabaseSync} from 'node:sqlite'
import {ConflictError, SystemError, UnreachableError} from '../net/errors.ts'
import type {LeaseEntry, LeaseStore} from './store.ts'

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

/** Leases in one SQLite file, atomic across processes of one machine. Keeps the last 64 entries of a key. */
export class SqliteLeaseStore implements LeaseStore {
  readonly place: string
  readonly #db: DatabaseSync
  readonly #nowMs: () => number

  private constructor(db: DatabaseSync, options: SqliteOptions) {
    this.place = `sqlite:${options.path}`
    this.#db = db
    this.#nowMs = options.nowMs
  }

  static async open(options: SqliteOptions): Promise<SqliteLeaseStore> {
    const {DatabaseSync} = await import('node:sqlite')
    return guarded(`sqlite:${options.path}`, () => {
      const db = new DatabaseSync(options.path, {timeout: options.busyTimeoutMs})
      db.exec(schema)
      return new SqliteLeaseStore(db, options)
    })
  }

  async read(key: string): Promise<LeaseEntry | undefined> {
    return this.#select('WHERE key = ? ORDER BY revision DESC LIMIT 1', key)[0]
  }

  async list(): Promise<LeaseEntry[]> {
    return this.#select('WHERE revision IN (SELECT max(revision) FROM lease_entries GROUP BY key) ORDER BY key')
  }

  async history(key: string): Promise<LeaseEntry[]> {
    return this.#select('WHERE key = ? ORDER BY revision', key)
  }

  async write(key: string, value: Uint8Array, expectedRevision: bigint): Promise<bigint> {
    return guarded(this.place, () => {
      this.#db.exec('BEGIN IMMEDIATE')
      try {
        const revision = this.#insert(key, value, expectedRevision)
        this.#db.exec('COMMIT')
        return revision
      } catch (error) {
        if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
        throw error
      }
    })
  }

  describeWrite(key: string, value: Uint8Array, expectedRevision: bigint): string {
    return `INSERT lease_entries ${key} if at revision ${expectedRevision}\n${new TextDecoder().decode(value)}`
  }

  async close(): Promise<void> {
    this.#db.close()
  }

  #insert(key: string, value: Uint8Array, expectedRevision: bigint): bigint {
    const current = this.#select('WHERE key = ? ORDER BY revision DESC LIMIT 1', key)[0]?.revision ?? 0n
    if (current !== expectedRevision) {
      throw new ConflictError(`${key} is at revision ${current}, not ${expectedRevision}`, {
        code: 'WRONG_REVISION', endpoint: this.place, details: {key, revision: current},
      })
    }
    const insert = this.#db.prepare('INSERT INTO lease_entries (key, value, written_at_ms) VALUES (?, ?, ?)')
    const revision = BigInt(insert.run(key, value, Math.trunc(this.#nowMs())).lastInsertRowid)
    this.#db.prepare(`DELETE FROM lease_entries WHERE key = ? AND revision NOT IN
      (SELECT revision FROM lease_entries WHERE key = ? ORDER BY revision DESC LIMIT ${keptPerKey})`).run(key, key)
    return revision
  }

  #select(tail: string, ...values: string[]): LeaseEntry[] {
    return guarded(this.place, () => {
      const query = this.#db.prepare(`SELECT revision, key, value, written_at_ms FROM lease_entries ${tail}`)
      query.setReadBigInts(true)
      return (query.all(...values) as unknown as Row[]).map(row => ({
        key: row.key, revision: row.revision, value: row.value, operation: 'PUT' as const,
        writtenAtMs: Number(row.written_at_ms),
      }))
    })
  }
}

const sqliteBusy = 5

function guarded<T>(place: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    const {errcode} = error as {errcode?: number}
    if (errcode === undefined) throw error
    const message = (error as Error).message
    if ((errcode & 0xff) === sqliteBusy) {
      throw new UnreachableError(`the lease file is locked by another process: ${message}`, {code: 'BUSY', endpoint: place, cause: error})
    }
    throw new SystemError(`the lease file cannot be used: ${message}`, {code: 'SQLITE', endpoint: place, cause: error})
  }
}
