import type {Stats} from 'node:fs'
import {open, readdir, stat} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {makeFolder as make} from '../net/make-folder.ts'
import type {StoredObject} from './store.ts'

/** Names that end in `#` and digits are unfinished writes: neither we nor the crate list them. */
export const unfinished = /#\d+$/

/** The files at and below a path prefix, in order of their names; the unfinished ones instead when asked for. */
export async function* walk(below: string, signal: AbortSignal, isUnfinished = false): AsyncGenerator<StoredObject> {
  const folder = below.endsWith('/') ? below : dirname(below)
  const entries = (await orAbsent(readdir(folder, {withFileTypes: true}))) ?? []
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    signal.throwIfAborted()
    const full = join(folder, entry.name)
    if (!`${full}/`.startsWith(below) && !full.startsWith(below)) continue
    if (entry.isDirectory()) yield* walk(`${full}/`, signal, isUnfinished)
    else if (entry.isFile() && unfinished.test(entry.name) === isUnfinished) {
      const info = await orAbsent(stat(full))
      if (info) yield objectOf(full.slice(1), info)
    }
  }
}

export function objectOf(key: string, info: Stats): StoredObject {
  return {key, sizeBytes: info.size, etag: `${info.ino}-${info.mtimeMs}-${info.size}`, modifiedMs: info.mtimeMs}
}

export async function orAbsent<T>(work: Promise<T>): Promise<T | undefined> {
  return work.catch(error => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw error
  })
}

/** Makes the folder and those above it, and their names lasting. */
export async function makeFolder(path: string): Promise<void> {
  const first = await make(path, 0o777)
  if (first === undefined) return
  for (let made = path; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made))
}

/** Makes the names in a folder lasting. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
