import {createHash, randomUUID} from 'node:crypto'
import {link, open, rename, rm, stat, type FileHandle} from 'node:fs/promises'
import {dirname} from 'node:path'
import {ConflictError, IntegrityError, UsageError} from '../net/errors.ts'
import {bufferPool} from './buffer-pool.ts'
import type {Clock} from '../net/deadline.ts'
import {withFileLock} from './file-lock.ts'
import {makeFolder, objectOf, orAbsent, syncFolder, unfinished, walk} from './folders.ts'
import {decodePrefix} from './s3-store.ts'
import type {ArtifactStore, OpenUpload, PayloadSource, StoredObject, UploadReport} from './store.ts'

/**
 * A folder as a store. Objects appear by rename, whole or not at all. A pointer is created by a hard link, which
 * excludes everybody; it is replaced under a lock that our own processes respect but the crate does not know.
 */
export function openFileStore(url: string, clock: Clock, lockWaitMs: number): ArtifactStore {
  return new FileStore(url, clock, lockWaitMs)
}

class FileStore implements ArtifactStore {
  readonly kind = 'file'
  readonly url: string
  readonly prefix: string
  readonly #clock: Clock
  readonly #lockWaitMs: number

  constructor(url: string, clock: Clock, lockWaitMs: number) {
    this.url = url
    this.prefix = filePrefix(url)
    this.#clock = clock
    this.#lockWaitMs = lockWaitMs
  }

  async read(key: string, maxBytes: number) {
    return this.#reading(key, async file => {
      const info = await file.stat()
      if (info.size > maxBytes) {
        throw new IntegrityError(`${key} has ${info.size} bytes, more than ${maxBytes}`, {
          code: 'TOO_LARGE',
          endpoint: this.url,
        })
      }
      const bytes = await file.readFile()
      return {bytes, etag: createHash('sha256').update(bytes).digest('hex'), modifiedMs: info.mtimeMs}
    })
  }

  async stat(key: string): Promise<StoredObject | undefined> {
    const info = await orAbsent(stat(pathOf(key)))
    return info?.isFile() ? objectOf(key, info) : undefined
  }

  async range(key: string, etag: string, start: number, into: Uint8Array): Promise<void> {
    const isWhole = await this.#reading(key, async file => {
      if (objectOf(key, await file.stat()).etag !== etag) return false
      return (await file.read(into, 0, into.length, start)).bytesRead === into.length
    })
    if (isWhole) return
    throw new ConflictError(`${key} was replaced or removed while it was read`, {
      code: 'CHANGED', endpoint: this.url, hint: 'Run the same command again.',
    })
  }

  list(prefix: string, signal: AbortSignal): AsyncIterable<StoredObject> {
    return walk(pathOf(prefix), signal)
  }

  async swap(
    key: string,
    bytes: Buffer,
    expected: string | undefined,
    signal: AbortSignal,
  ): Promise<'written' | 'moved'> {
    const temporary = await this.#stage(key, async file => void (await file.writeFile(bytes)))
    try {
      if (expected === undefined) return await create(temporary, pathOf(key))
      return await withFileLock(`${pathOf(key)}#0`, this.#lockWaitMs, this.#clock, signal, async () => {
        if ((await this.read(key, Number.MAX_SAFE_INTEGER))?.etag !== expected) return 'moved'
        await settle(temporary, key)
        return 'written'
      })
    } finally {
      await rm(temporary, {force: true})
    }
  }

  async put(key: string, bytes: Buffer): Promise<void> {
    await settle(await this.#stage(key, async file => void (await file.writeFile(bytes))), key)
  }

  async upload(key: string, payload: PayloadSource, report: UploadReport, signal: AbortSignal): Promise<void> {
    const pool = bufferPool(1)
    const temporary = await this.#stage(key, async file => {
      for await (const part of payload.parts(() => pool.take(), signal)) {
        await file.writeFile(part)
        report.onSent(part.length)
        pool.giveBack(part)
      }
    })
    await settle(temporary, key)
  }

  async remove(keys: string[]): Promise<void> {
    for (const name of keys.flatMap(key => [key, `${key}#0`])) await rm(pathOf(name), {force: true})
  }

  async *uploads(prefix: string, signal: AbortSignal): AsyncGenerator<OpenUpload> {
    for await (const each of walk(pathOf(prefix), signal, true)) {
      if (!each.key.endsWith('#0')) yield {key: each.key, id: each.key, startedMs: each.modifiedMs}
    }
  }

  async abortUpload({key}: OpenUpload): Promise<void> {
    if (unfinished.test(key)) await rm(pathOf(key), {force: true})
  }

  async close(): Promise<void> {}

  async #reading<T>(key: string, work: (file: FileHandle) => Promise<T>): Promise<T | undefined> {
    const file = await orAbsent(open(pathOf(key), 'r'))
    if (!file) return undefined
    try {
      return await work(file)
    } finally {
      await file.close()
    }
  }

  /** Writes a file beside the object, lasting, under a name that counts as unfinished; gives its path. */
  async #stage(key: string, write: (file: FileHandle) => Promise<void>): Promise<string> {
    await makeFolder(dirname(pathOf(key)))
    const temporary = `${pathOf(key)}#${BigInt(`0x${randomUUID().replaceAll('-', '').slice(0, 14)}`)}`
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
}

const pathOf = (key: string): string => `/${key}`

async function settle(temporary: string, key: string): Promise<void> {
  await rename(temporary, pathOf(key))
  await syncFolder(dirname(pathOf(key)))
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

function filePrefix(url: string): string {
  const match = /^file:\/\/(\/.*)$/.exec(url)
  if (!match)
    throw new UsageError(`"${url}" is no store`, {hint: 'A folder is written file:///dir, with an absolute path.'})
  return decodePrefix(match[1]!, url).replace(/^\//, '').replace(/\/$/, '')
}
