import type {Change, Outcome} from '../net/change.ts'
import {maxManifestBytes} from './manifest.ts'
import {payloadFolder, payloadKey, pointerKey, rankOfPayload, storedPath} from './object-key.ts'
import {manifestAddress} from './hash.ts'
import {readPointer, type Pointer} from './publish.ts'
import type {ArtifactStore, OpenUpload, StoredObject} from './store.ts'

/**
 * The crate's rule: a payload may go when it is not the pointer's target, its name carries a rank strictly below
 * the pointer's, and it is at least `graceMs` old.
 */
export function mayPrune(
  object: StoredObject,
  target: string,
  pointerRank: bigint,
  nowMs: number,
  graceMs: number,
): boolean {
  const rank = rankOfPayload(object.key)
  return object.key !== target && rank !== undefined && rank < pointerRank && nowMs - object.modifiedMs >= graceMs
}

export interface PruneOptions {
  graceMs: number
  nowMs: number
  /** Also give up unfinished uploads that are older than the grace. */
  uploads: boolean
  /** Also remove the payload that a 0.5 publisher left, when the pointer's own payload is there. */
  legacy: boolean
}

export interface Pruned {
  key: string
  removed: number
  freedBytes: number
  uploads: number
}

/** What may go as things stand. */
interface Found {
  hasPointer: boolean
  objects: StoredObject[]
  uploads: OpenUpload[]
}

/** Plans the removal of what no reader needs any more. Without a readable pointer nothing is removed. */
export async function planPrune(
  store: ArtifactStore,
  key: string,
  options: PruneOptions,
  signal: AbortSignal,
): Promise<Change<Pruned>> {
  const {hasPointer, objects, uploads} = await find(store, key, options, signal)
  const lines = [
    ...objects.map(each => `delete ${each.key}`),
    ...uploads.map(each => `give up the upload ${each.id} of ${each.key}`),
  ]
  return {
    system: 'artifacts',
    action: 'prune',
    target: key,
    destructive: lines.length > 0,
    before: {payloads: objects.map(each => each.key), uploads: uploads.map(each => each.key)},
    after: undefined,
    request: lines.join('\n') || 'nothing to remove',
    warnings: hasPointer ? [] : ['there is no readable pointer, so no payload is removed'],
    apply: stop => apply(store, key, options, {objects, uploads}, stop),
  }
}

/** Removes what was planned and may still go: a question may have stood for long, and publishers went on meanwhile. */
async function apply(
  store: ArtifactStore,
  key: string,
  options: PruneOptions,
  planned: Pick<Found, 'objects' | 'uploads'>,
  signal: AbortSignal,
): Promise<Outcome<Pruned>> {
  if (planned.objects.length + planned.uploads.length === 0)
    return {state: 'done', result: {key, removed: 0, freedBytes: 0, uploads: 0}}
  const now = await find(store, key, options, signal)
  const objects = planned.objects.filter(each => now.objects.some(found => isSame(found, each)))
  const uploads = planned.uploads.filter(each =>
    now.uploads.some(found => found.key === each.key && found.id === each.id),
  )
  await store.remove(
    objects.map(each => each.key),
    signal,
  )
  for (const each of uploads) await store.abortUpload(each, signal)
  const freedBytes = objects.reduce((sum, each) => sum + each.sizeBytes, 0)
  return {state: 'done', result: {key, removed: objects.length, freedBytes, uploads: uploads.length}}
}

function isSame(a: StoredObject, b: StoredObject): boolean {
  return a.key === b.key && a.etag === b.etag && a.modifiedMs === b.modifiedMs
}

async function find(store: ArtifactStore, key: string, options: PruneOptions, signal: AbortSignal): Promise<Found> {
  const name = pointerKey(store.prefix, key)
  const pointer = readPointer(await store.read(name, maxManifestBytes, signal), name)
  const hasPointer = pointer.state === 'manifest'
  const objects = hasPointer ? await oldPayloads(store, key, pointer, options, signal) : []
  const uploads: OpenUpload[] = []
  if (options.uploads) {
    for await (const each of store.uploads(storedPath(store.prefix, key), signal)) {
      if (isOfKey(store, key, each.key) && options.nowMs - each.startedMs >= options.graceMs) uploads.push(each)
    }
  }
  return {hasPointer, objects, uploads}
}

async function oldPayloads(
  store: ArtifactStore,
  key: string,
  pointer: Extract<Pointer, {state: 'manifest'}>,
  options: PruneOptions,
  signal: AbortSignal,
): Promise<StoredObject[]> {
  const {rank} = pointer.manifest.cursor
  const target = payloadKey(store.prefix, key, 'addressed', rank, await manifestAddress(pointer.bytes))
  const objects: StoredObject[] = []
  for await (const each of store.list(payloadFolder(store.prefix, key), signal)) {
    if (mayPrune(each, target, rank, options.nowMs, options.graceMs)) objects.push(each)
  }
  return options.legacy ? [...objects, ...(await legacyPayload(store, key, target, options, signal))] : objects
}

async function legacyPayload(
  store: ArtifactStore,
  key: string,
  target: string,
  options: PruneOptions,
  signal: AbortSignal,
): Promise<StoredObject[]> {
  if (!(await store.stat(target, signal))) return []
  const old = await store.stat(storedPath(store.prefix, key), signal)
  return old && options.nowMs - old.modifiedMs >= options.graceMs ? [old] : []
}

function isOfKey(store: ArtifactStore, key: string, stored: string): boolean {
  const fixed = storedPath(store.prefix, key)
  return (
    stored === fixed
    || stored.startsWith(`${fixed}#`)
    || stored.startsWith(payloadFolder(store.prefix, key))
    || stored.startsWith(`${pointerKey(store.prefix, key)}#`)
  )
}
