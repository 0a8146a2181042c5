import {createHash} from 'node:crypto'
import {readdir, rename, rm, rmdir} from 'node:fs/promises'
import {basename, dirname, join, resolve} from 'node:path'
import {ConflictError, IntegrityError} from '../net/errors.ts'
import type {Clock} from '../net/deadline.ts'
import {makeFolder} from '../net/make-folder.ts'
import {onDisk} from './disk-error.ts'
import {hasherBytes} from './blake3.ts'
import {bufferPool} from './buffer-pool.ts'
import {createThreadDigester} from './digest.ts'
import {withFileLock} from './file-lock.ts'
import {syncFolder} from './folders.ts'
import {requirePayload, type Located} from './locate.ts'
import {rangeSource} from './range-source.ts'
import {folderTarget, isFolder, settleStage} from './stage.ts'
import {partsInFlight, type ArtifactStore} from './store.ts'
import {unpack, type UnpackTarget, type Verified} from './unpack.ts'

export interface TransferOptions {
  clock: Clock
  signal: AbortSignal
  /** Bytes done so far in this run, of `totalBytes`. */
  onProgress(doneBytes: number, totalBytes: number): void
}

/** Verifies the stored payload as a pull would, and keeps nothing. */
export async function verifyRemote(
  store: ArtifactStore,
  located: Located,
  options: TransferOptions,
): Promise<Verified> {
  return stream(store, located, nowhere, false, options)
}

async function stream(
  store: ArtifactStore, located: Located, target: UnpackTarget, isProbing: boolean, options: TransferOptions,
): Promise<Verified> {
  const payload = requirePayload(located, store)
  const stop = new AbortController()
  const signal = AbortSignal.any([options.signal, stop.signal])
  const {manifest, manifestBytes} = located
  const totalBytes = Number(manifest.files.reduce((sum, file) => sum + file.sizeBytes, 0n))
  const pool = bufferPool(partsInFlight, hasherBytes)
  const digester = await createThreadDigester(totalBytes, pool)
  let done = 0
  const onBytes = (bytes: number) => options.onProgress((done += bytes), totalBytes)
  try {
    const source = rangeSource(store, payload, signal, isProbing, pool)
    return await unpack({source, manifest, manifestBytes, digester, target, signal, onBytes})
  } finally {
    stop.abort()
    await digester.close()
  }
}

const nothing = async () => {}
const nowhere: UnpackTarget = {
  folder: nothing,
  file: async () => ({kept: async function* () {}, restart: nothing, write: nothing, finish: nothing, close: nothing}),
}

/**
 * Unpacks the artifact into a folder beside `destination`, verified as it streams, and renames it there. The
 * destination is absent or empty before and whole after, never in between. A broken pull leaves the folder, and
 * the same command goes on with it; what it holds is hashed again.
 */
export async function pull(
  store: ArtifactStore,
  located: Located,
  destination: string,
  options: TransferOptions,
): Promise<Verified> {
  const target = resolve(destination)
  await requireFree(target)
  return onDisk(target, () => pullTo(target, store, located, options))
}

async function pullTo(
  target: string, store: ArtifactStore, located: Located, options: TransferOptions,
): Promise<Verified> {
  await makeFolder(dirname(target), 0o777)
  const stage = stagePath(store, located, target)
  const lock = `${stage}.lock`
  return withFileLock(lock, 2_000, options.clock, options.signal, async () => {
    await requireFree(target)
    const verified = await fillStage(store, located, stage, options).catch(async error => {
      if (error instanceof IntegrityError) await rm(lock, {force: true})
      throw error
    })
    await settleStage(stage, located.manifest, located.manifestBytes)
    await requireFree(target)
    await rmdir(target).catch(() => undefined)
    await rename(stage, target)
    await syncFolder(dirname(target))
    await rm(lock, {force: true})
    await removeLeftovers(target, options)
    return verified
  })
}

/** What an earlier run left may itself be damaged: then it is thrown away, and fetched once more. */
async function fillStage(
  store: ArtifactStore,
  located: Located,
  stage: string,
  options: TransferOptions,
): Promise<Verified> {
  const isResumed = await isFolder(stage)
  await makeFolder(stage, 0o777)
  try {
    return await stream(store, located, folderTarget(stage), isResumed, options)
  } catch (error) {
    if (!(error instanceof IntegrityError)) throw error
    await rm(stage, {recursive: true, force: true})
    if (isResumed) return fillStage(store, located, stage, options)
    throw error
  }
}

/** Named by what it is filled from, so that another artifact never goes on in it. */
function stagePath(store: ArtifactStore, located: Located, target: string): string {
  const identity = JSON.stringify([store.url, located.key, located.address, located.payload?.etag])
  return `${stagesOf(target)}${short(identity)}`
}

/** How the stages for one destination begin. */
const stagesOf = (target: string): string => join(dirname(target), `.opsdeck-pull-${short(basename(target))}-`)

const short = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12)

/** Removes what broken pulls of other artifacts left for the same destination, unless one is still at it. */
async function removeLeftovers(target: string, {clock, signal}: TransferOptions): Promise<void> {
  const begin = basename(stagesOf(target))
  const names = (await readdir(dirname(target))).filter(name => name.startsWith(begin))
  for (const name of new Set(names.map(each => each.replace(/\.lock$/, '')))) {
    const stage = join(dirname(target), name)
    const remove = async () => {
      await rm(stage, {recursive: true, force: true})
      await rm(`${stage}.lock`, {force: true})
    }
    // The pull is done: what cannot be removed must not make it fail.
    await withFileLock(`${stage}.lock`, 0, clock, signal, remove).catch(() => undefined)
  }
}

async function requireFree(target: string): Promise<void> {
  const names = await readdir(target).catch(error => {
    if (error.code === 'ENOENT') return []
    throw error.code === 'ENOTDIR' ? inUse(target, 'is not a folder') : error
  })
  if (names.length > 0) throw inUse(target, 'is not empty')
}

function inUse(target: string, why: string): ConflictError {
  return new ConflictError(`the destination ${target} ${why}`, {
    code: 'DESTINATION_IN_USE', endpoint: target, hint: 'Name a new folder, then swap the two yourself.',
  })
}
