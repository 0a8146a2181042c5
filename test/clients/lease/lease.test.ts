import {mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {encodeLeaseRecord, parseLeaseRecord} from '../../../src/clients/lease/record.ts'
import {SqliteLeaseStore} from '../../../src/clients/lease/sqlite-store.ts'
import {leaseContract} from '../../contract/lease.ts'

const matrix = JSON.parse(readFileSync(new URL('../../fixtures/lease/value-matrix.json', import.meta.url), 'utf8')) as
  Record<string, {value: string; shown: string}>
const bytes = (text: string) => new TextEncoder().encode(text)

describe('lease record', () => {
  it.each(Object.entries(matrix))('%s is judged as the crate judged it', (_name, {value, shown}) => {
    expect(parseLeaseRecord(bytes(value)) !== undefined).toBe(shown === 'record')
  })

  it('is written in the crate\'s key order, without the absent fields', () => {
    const record = {holderId: 'a"b', acquiredAtUnixS: 1n, expiresAtUnixS: 2n ** 64n - 1n}
    const text = '{"holder_id":"a\\"b","acquired_at_unix":1,"expires_at_unix":18446744073709551615'
    expect(new TextDecoder().decode(encodeLeaseRecord(record))).toBe(`${text}}`)
    const completed = {...record, completedCursorHex: '', completedAtUnixS: 5n}
    expect(new TextDecoder().decode(encodeLeaseRecord(completed)))
      .toBe(`${text},"completed_cursor_hex":"","completed_at_unix":5}`)
    expect(parseLeaseRecord(encodeLeaseRecord(completed))).toEqual(completed)
  })
})

describe('SQLite leases', () => {
  const folder = mkdtempSync(join(tmpdir(), 'opsdeck-lease-'))
  let store: SqliteLeaseStore
  beforeAll(async () => {
    store = new SqliteLeaseStore({path: join(folder, 'leases.db'), busyTimeoutMs: 5_000, nowMs: Date.now})
  })
  afterAll(async () => {
    await store.close()
    rmSync(folder, {recursive: true})
  })
  leaseContract(() => store)
})
