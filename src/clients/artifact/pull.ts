import {createHash} from 'node:crypto'
import {constants} from 'node:fs'
import {mkdir, open, readdir, rename, rm, rmdir, stat, type FileHandle} from 'node:fs/promises'
import {basename, dirname, join, resolve} from 'node:path'
import {ConflictError, IntegrityError} from '../net/errors.ts'
import type {Clock} from '../net/deadline.ts'
import {withFileLock} from './file-lock.ts'
import {syncFolder} from './file-store.ts'
import {createBlake3} from './hash.ts'
import {requirePayload, type Located} from './locate.ts'
import {rangeSource} from './range-source.ts'
import type {ArtifactStore} from './store.ts'
import {unpack, type UnpackFile, type UnpackTarget, type Verified} from './unpack.ts'

export interface TransferOptions {
  clock: Clock
  signal: AbortSignal
  /** Bytes done so far in this run, of `totalBytes`. */
  onProgress(doneBytes: number, totalBytes: number): void
}

/** Verifies the stored payload as a pull would, and keeps nothing. */
export async function verifyRemote(store: ArtifactStore, located: Located, options: TransferOptions): Promise<Verified> {
  return stream(store, located, nowhere, false, options)
}

async function stream(store: ArtifactStore, located: Located, target: UnpackTarget, isProbing: boolean, options: TransferOptions): Promise<Verified> {
  const payload = requirePayload(located, store)
  const stop = new AbortController()
  const signal = AbortSignal.any([options.signal, stop.signal])
  const totalBytes = Number(located.manifest.files.reduce((sum, file) => sum + file.sizeBytes, 0n))
  let done = 0
  try {
    return await unpack({
      source: rangeSource(store, payload, signal, isProbing),
      manifest: located.manifest, manifestBytes: located.manifestBytes, hasher: await createBlake3(), target, signal,
      onBytes: bytes => {
        done += bytes
        options.onProgress(done, totalBytes)
      },
    })
  } finally {
    stop.abort()
  }
}

const nowhere: UnpackTarget = {
  folder: async () => {},
  file: async () => ({kept: async function* () {}, restart: async () => {}, write: async () => {}, finish: async () => {}}),
}

/**
 * Unpacks the artifact into a folder beside `destination`, verified as it streams, and renames it there. The
 * destination is absent or empty before and whole after, never in between. A broken pull leaves the folder, and
 * the same command goes on with it; what it holds is hashed again.
 */
export async function pull(store: ArtifactStore, located: Located, destination: string, options: TransferOptions): Promise<Verified> {
  const target = resolve(destination)
  await requireFree(target)
  await mkdir(dirname(target), {recursive: true})
  const stage = stagePath(store, located, target)
  const isResumed = await isFolder(stage)
  await mkdir(stage, {recursive: true})
  return withFileLock(`${stage}.lock`, 2_000, options.clock, options.signal, async () => {
    const verified = await fill(stage, isResumed)
    await writeManifest(stage, located.manifestBytes)
    await requireFree(target)
    await rmdir(target).catch(() => undefined)
    await rename(stage, target)
    await syncFolder(dirname(target))
    await rm(`${stage}.lock`, {force: true})
    return verified
  })

  /** What an earlier run left may itself be damaged: then it is thrown away, and fetched once more. */
  async function fill(stage: string, isResumed: boolean): Promise<Verified> {
    try {
      return await stream(store, located, folderTarget(stage), isResumed, options)
    } catch (error) {
      if (!(error instanceof IntegrityError)) throw error
      await rm(stage, {recursive: true, force: true})
      if (!isResumed) {
        await rm(`${stage}.lock`, {force: true})
        throw error
      }
      await mkdir(stage)
      return fill(stage, false)
    }
  }
}

/** Named by what it is filled from, so that another artifact never goes on in it. */
function stagePath(store: ArtifactStore, located: Located, target: string): string {
  const identity = JSON.stringify([store.url, located.key, located.address, located.payload?.etag, basename(target)])
  return join(dirname(target), `.opsdeck-pull-${createHash('sha256').update(identity).digest('hex').slice(0, 16)}`)
}

async function requireFree(target: string): Promise<void> {
  const names = await readdir(target).catch(error => {
    if (error.code === 'ENOENT') return []
    throw error.code === 'ENOTDIR' ? inUse(target, 'is not a folder') : error
  })
  if (names.length > 0) throw inUse(target, 'is not empty')
}

function inUse(target: string, why: string): ConflictError {
  return new ConflictError(`the destination ${target} ${why}`, {code: 'DESTINATION_IN_USE', endpoint: target, hint: 'Name a new folder, then swap the two yourself.'})
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false
}

async function writeManifest(stage: string, bytes: Buffer): Promise<void> {
  const path = join(stage, 'MANIFEST.json')
  const file = await open(path, 'w', 0o644)
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
  await syncFolder(stage)
}

function folderTarget(stage: string): UnpackTarget {
  const folder = async (path: string) => void (await mkdir(join(stage, path), {recursive: true, mode: 0o755}))
  return {
    folder,
    async file(path) {
      await folder(dirname(path))
      const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW
      return stagedFile(await open(join(stage, path), flags, 0o644))
    },
  }
}

function stagedFile(handle: FileHandle): UnpackFile {
  return {
    async *kept() {
      const buffer = Buffer.allocUnsafeSlow(1_048_576)
      for (let at = 0; ;) {
        const {bytesRead} = await handle.read(buffer, 0, buffer.length, at)
        if (bytesRead === 0) return
        yield buffer.subarray(0, bytesRead)
        at += bytesRead
      }
    },
    restart: () => handle.truncate(0),
    write: async (bytes, at) => {
      for (let from = 0; from < bytes.length;) {
        const {bytesWritten} = await handle.write(bytes, from, bytes.length - from, Number(at) + from)
        from += bytesWritten
      }
    },
    finish: async sizeBytes => {
      await handle.truncate(Number(sizeBytes))
      await handle.datasync()
      await handle.close()
    },
  }
}
