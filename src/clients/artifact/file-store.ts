import {createHash, randomUUID} from 'node:crypto'
import {constants, type Stats} from 'node:fs'
import {link, mkdir, open, readdir, rename, rm, stat} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {ConflictError, IntegrityError, UsageError} from '../net/errors.ts'
import type {Clock} from '../net/deadline.ts'
import {withFileLock} from './file-lock.ts'
import {decodePrefix} from './s3-store.ts'
import {bufferPool, type ArtifactStore, type StoredObject} from './store.ts'

/** Names that end in `#` and digits are unfinished writes: neither we nor the crate list them. */
const unfinished = /#\d+$/

/**
 * A folder as a store. Objects appear by rename, whole or not at all. A pointer is created by a hard link, which
 * excludes everybody; it is replaced under a lock that our own processes respect but the crate does not know.
 */
export function openFileStore(url: string, clock: Clock, lockWaitMs: number): ArtifactStore {
  const prefix = filePrefix(url)
  const path = (key: string) => `/${key}`
  const stage = async (key: string, write: (file: Awaited<ReturnType<typeof open>>) => Promise<void>): Promise<string> => {
    await mkdir(dirname(path(key)), {recursive: true})
    const temporary = `${path(key)}#${BigInt(`0x${randomUUID().replaceAll('-', '').slice(0, 14)}`)}`
    const file = await open(temporary, 'wx', 0o644)
    try {
      await write(file)
      await file.sync()
    } catch (error) {
      await rm(temporary, {force: true})
      throw error
    } finally {
      await file.close()
    }
    return temporary
  }
  const settle = async (temporary: string, key: string) => {
    await rename(temporary, path(key))
    await syncFolder(dirname(path(key)))
  }
  const store: ArtifactStore = {
    kind: 'file', url, prefix,
    read: async (key, maxBytes) => {
      const file = await orAbsent(open(path(key), constants.O_RDONLY))
      if (!file) return undefined
      try {
        const info = await file.stat()
        if (info.size > maxBytes) throw new IntegrityError(`${key} has ${info.size} bytes, more than ${maxBytes}`, {code: 'TOO_LARGE', endpoint: url})
        const bytes = await file.readFile()
        return {bytes, etag: etagOfBytes(bytes), modifiedMs: info.mtimeMs}
      } finally {
        await file.close()
      }
    },
    stat: async key => {
      const info = await orAbsent(stat(path(key)))
      return info?.isFile() ? objectOf(key, info) : undefined
    },
    range: async (key, etag, start, end) => {
      const file = await orAbsent(open(path(key), constants.O_RDONLY))
      try {
        if (!file || objectOf(key, await file.stat()).etag !== etag) throw changed(key, url)
        const bytes = Buffer.allocUnsafeSlow(end - start)
        const {bytesRead} = await file.read(bytes, 0, bytes.length, start)
        if (bytesRead !== bytes.length) throw changed(key, url)
        return bytes
      } finally {
        await file?.close()
      }
    },
    list: (below, signal) => walk(path(below), signal),
    swap: async (key, bytes, expected, signal) => {
      const temporary = await stage(key, async file => void (await file.write(bytes)))
      try {
        if (expected === undefined) return await create(temporary, path(key))
        return await withFileLock(`${path(key)}#0`, lockWaitMs, clock, signal, async () => {
          const now = await store.read(key, Number.MAX_SAFE_INTEGER, signal)
          if (now?.etag !== expected) return 'moved'
          await settle(temporary, key)
          return 'written'
        })
      } finally {
        await rm(temporary, {force: true})
      }
    },
    put: async (key, bytes) => settle(await stage(key, async file => void (await file.write(bytes))), key),
    upload: async (key, payload, report, signal) => {
      const pool = bufferPool(1)
      const temporary = await stage(key, async file => {
        for await (const part of payload.parts(() => pool.take(), signal)) {
          await file.write(part)
          report.onSent(part.length)
          pool.giveBack(part)
        }
      })
      await settle(temporary, key)
    },
    remove: async keys => {
      for (const name of keys.flatMap(key => [key, `${key}#0`])) await rm(path(name), {force: true})
    },
    async *uploads(below, signal) {
      for await (const each of walk(path(below), signal, true)) {
        if (!each.key.endsWith('#0')) yield {key: each.key, id: each.key, startedMs: each.modifiedMs}
      }
    },
    abortUpload: async ({key}) => {
      if (unfinished.test(key)) await rm(path(key), {force: true})
    },
    close: async () => {},
  }
  return store
}

async function create(temporary: string, target: string): Promise<'written' | 'moved'> {
  try {
    await link(temporary, target)
  } catch (error) {
    if ((error as {code?: string}).code === 'EEXIST') return 'moved'
    throw error
  }
  await syncFolder(dirname(target))
  return 'written'
}

async function* walk(below: string, signal: AbortSignal, isUnfinished = false): AsyncGenerator<StoredObject> {
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

function objectOf(key: string, info: Stats): StoredObject {
  return {key, sizeBytes: info.size, etag: `${info.ino}-${info.mtimeMs}-${info.size}`, modifiedMs: info.mtimeMs}
}

const etagOfBytes = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

function changed(key: string, url: string): ConflictError {
  return new ConflictError(`${key} was replaced or removed while it was read`, {code: 'CHANGED', endpoint: url, hint: 'Run the same command again.'})
}

async function orAbsent<T>(work: Promise<T>): Promise<T | undefined> {
  return work.catch(error => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw error
  })
}

export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

function filePrefix(url: string): string {
  const match = /^file:\/\/(\/.*)$/.exec(url)
  if (!match) throw new UsageError(`"${url}" is no store`, {hint: 'A folder is written file:///dir, with an absolute path.'})
  return decodePrefix(match[1]!, url).replace(/^\//, '').replace(/\/$/, '')
}
