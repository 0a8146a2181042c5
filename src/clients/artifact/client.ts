import type {Change} from '../net/change.ts'
import {createDigester} from './digest.ts'
import {openLocalArtifact, verifyFiles, type LocalArtifact} from './local-artifact.ts'
import {locate, type Located} from './locate.ts'
import {planRace, type Check} from './doctor.ts'
import {keyOfPointer, payloadFolder, storedPath} from './object-key.ts'
import {planPrune, type Pruned, type PruneOptions} from './prune.ts'
import {pull, verifyRemote, type TransferOptions} from './pull.ts'
import {planPush, type Published, type PushOptions} from './push.ts'
import type {S3Settings} from './s3-client.ts'
import type {ArtifactStore} from './store.ts'
import {checkFoldLog, type Verified} from './unpack.ts'

export type ArtifactSettings = S3Settings

export interface ArtifactClient {
  readonly store: ArtifactStore
  /** The keys that have a pointer, in the store's order. */
  list(signal: AbortSignal): AsyncIterable<string>
  locate(key: string, signal: AbortSignal): Promise<Located>
  /** How many payloads a key has in the addressed layout, and their bytes. */
  usage(key: string, signal: AbortSignal): Promise<{payloads: number; bytes: number}>
  planPush(
    dir: string,
    key: string,
    options: Omit<PushOptions, 'clock'>,
    signal: AbortSignal,
  ): Promise<Change<Published>>
  pull(located: Located, destination: string, options: Omit<TransferOptions, 'clock'>): Promise<Verified>
  verifyRemote(located: Located, options: Omit<TransferOptions, 'clock'>): Promise<Verified>
  planPrune(key: string, options: Omit<PruneOptions, 'nowMs'>, signal: AbortSignal): Promise<Change<Pruned>>
  /** Races a scratch object, which is removed again, to see whether the store's conditional puts hold. */
  planRace(): Change<Check>
  close(): Promise<void>
}

/** Opens `s3://bucket/prefix` or `file:///dir`. Heavy libraries are loaded only for S3. */
export async function createArtifactClient(settings: ArtifactSettings): Promise<ArtifactClient> {
  const store = await openStore(settings)
  const {clock} = settings
  return {
    store,
    async *list(signal) {
      const root = storedPath(store.prefix, '')
      for await (const {key} of store.list(root === '' ? '' : `${root}/`, signal)) {
        const name = keyOfPointer(store.prefix, key)
        if (name !== undefined) yield name
      }
    },
    locate: (key, signal) => locate(store, key, signal),
    usage: async (key, signal) => {
      const used = {payloads: 0, bytes: 0}
      for await (const {sizeBytes} of store.list(payloadFolder(store.prefix, key), signal)) {
        used.payloads += 1
        used.bytes += sizeBytes
      }
      return used
    },
    planPush: (dir, key, options, signal) => planPush(store, dir, key, {...options, clock}, signal),
    pull: (located, destination, options) => pull(store, located, destination, {...options, clock}),
    verifyRemote: (located, options) => verifyRemote(store, located, {...options, clock}),
    planPrune: (key, options, signal) => planPrune(store, key, {...options, nowMs: clock.nowMs()}, signal),
    planRace: () => planRace(store, settings.random),
    close: () => store.close(),
  }
}

async function openStore(settings: ArtifactSettings): Promise<ArtifactStore> {
  if (settings.url.startsWith('file:')) {
    const {openFileStore} = await import('./file-store.ts')
    return openFileStore(settings.url, settings.clock, settings.timeoutMs)
  }
  const {openS3Store} = await import('./s3-store.ts')
  return openS3Store(settings)
}

/** Verifies a folder: its manifest, its tree, size and digest of each file, and the records of an append log. */
export async function verifyLocal(
  dir: string, onProgress: (doneBytes: number, totalBytes: number) => void, signal: AbortSignal,
): Promise<LocalArtifact & {verified: Verified}> {
  const artifact = await openLocalArtifact(dir)
  const bytes = artifact.files.reduce((sum, file) => sum + file.sizeBytes, 0n)
  let done = 0
  const digester = await createDigester(bytes)
  try {
    const log = await verifyFiles(artifact, digester, more => onProgress((done += more), Number(bytes)), signal)
    return {
      ...artifact,
      verified: {files: artifact.files.length, bytes, keys: log && checkFoldLog(log, artifact.manifest)},
    }
  } finally {
    await digester.close()
  }
}
