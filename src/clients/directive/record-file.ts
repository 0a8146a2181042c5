import {createHash} from 'node:crypto'
import {mkdir, readFile, rename, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import type {RecordKeeper} from './admin-store.ts'
import {decodeRecord, encodeRecord} from './record.ts'

/** Keeps the record of each admin fleet as one small file; no secret is in it. */
export function createRecordFile(folder: string): RecordKeeper {
  const nameOf = (place: string) => createHash('sha256').update(place).digest('hex').slice(0, 16)
  const fileOf = (place: string) => join(folder, `${nameOf(place)}.json`)
  return {
    async load(place) {
      const text = await readFile(fileOf(place), 'utf8').catch(() => undefined)
      return text === undefined ? undefined : decodeRecord(text)
    },
    async save(place, record) {
      await mkdir(folder, {recursive: true, mode: 0o700})
      const beside = `${fileOf(place)}.${record.nonce}.tmp`
      await writeFile(beside, encodeRecord(record), {mode: 0o600})
      await rename(beside, fileOf(place))
    },
  }
}
