import {createHash} from 'node:crypto'
import {readFile, rename, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import type {RecordKeeper} from './admin-store.ts'
import {decodeRecord, encodeRecord} from './record.ts'
import {makeFolder} from '../net/make-folder.ts'

/** The file of an instance's record below `folder`. */
export function recordFile(folder: string, instance: string): string {
  return join(folder, `${createHash('sha256').update(instance).digest('hex').slice(0, 16)}.json`)
}

/** Keeps the record of each instance as one small file; no secret is in it. */
export function createRecordFile(folder: string): RecordKeeper {
  const fileOf = (instance: string) => recordFile(folder, instance)
  return {
    async load(instance) {
      const text = await readFile(fileOf(instance), 'utf8').catch(() => undefined)
      return text === undefined ? undefined : decodeRecord(text)
    },
    async save(instance, record) {
      await makeFolder(folder)
      const beside = `${fileOf(instance)}.${record.nonce}.tmp`
      await writeFile(beside, encodeRecord(record), {mode: 0o600})
      await rename(beside, fileOf(instance))
    },
  }
}
