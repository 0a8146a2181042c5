import type {Change} from '../net/change.ts'
import {maxManifestBytes} from './manifest.ts'
import {payloadFolder, payloadKey, pointerKey, rankOfPayload, storedPath} from './object-key.ts'
import {manifestAddress} from './hash.ts'
import {readPointer} from './publish.ts'
import type {ArtifactStore, OpenUpload, StoredObject} from './store.ts'

/**
 * The crate's rule: a payload may go when it is not the pointer's target, its name carries a rank strictly below
 * the pointer's, and it is at least `graceMs` old.
 */
export function mayPrune(object: StoredObject, target: string, pointerRank: bigint, nowMs: number, graceMs: number): boolean {
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

/** Plans the removal of what no reader needs any more. Without a readable pointer nothing is removed. */
export async function planPrune(store: ArtifactStore, key: string, options: PruneOptions, signal: AbortSignal): Promise<Change<Pruned>> {
  const name = pointerKey(store.prefix, key)
  const pointer = readPointer(await store.read(name, maxManifestBytes, signal), name)
  const objects: StoredObject[] = []
  const uploads: OpenUpload[] = []
  if (pointer.state === 'manifest') {
    const {rank} = pointer.manifest.cursor
    const target = payloadKey(store.prefix, key, 'addressed', rank, await manifestAddress(pointer.bytes))
    for await (const each of store.list(payloadFolder(store.prefix, key), signal)) {
      if (mayPrune(each, target, rank, options.nowMs, options.graceMs)) objects.push(each)
    }
    if (options.legacy) objects.push(...(await legacyPayload(store, key, target, options, signal)))
  }
  if (options.uploads) {
    for await (const each of store.uploads(storedPath(store.prefix, key), signal)) {
      if (isOfKey(store, key, each.key) && options.nowMs - each.startedMs >= options.graceMs) uploads.push(each)
    }
  }
  const freedBytes = objects.reduce((sum, each) => sum + each.sizeBytes, 0)
  return {
    system: 'artifacts', action: 'prune', target: key, destructive: objects.length + uploads.length > 0,
    before: {payloads: objects.map(each => each.key), uploads: uploads.map(each => each.key)}, after: undefined,
    request: [...objects.map(each => `delete ${each.key}`), ...uploads.map(each => `give up the upload ${each.id} of ${each.key}`)].join('\n') || 'nothing to remove',
    warnings: pointer.state === 'manifest' ? [] : ['there is no readable pointer, so no payload is removed'],
    apply: async stop => {
      await store.remove(objects.map(each => each.key), stop)
      for (const each of uploads) await store.abortUpload(each, stop)
      return {state: 'done', result: {key, removed: objects.length, freedBytes, uploads: uploads.length}}
    },
  }
}

async function legacyPayload(store: ArtifactStore, key: string, target: string, options: PruneOptions, signal: AbortSignal): Promise<StoredObject[]> {
  if (!(await store.stat(target, signal))) return []
  const old = await store.stat(storedPath(store.prefix, key), signal)
  return old && options.nowMs - old.modifiedMs >= options.graceMs ? [old] : []
}

function isOfKey(store: ArtifactStore, key: string, stored: string): boolean {
  const fixed = storedPath(store.prefix, key)
  return stored === fixed || stored.startsWith(`${fixed}#`) || stored.startsWith(payloadFolder(store.prefix, key)) ||
    stored.startsWith(`${pointerKey(store.prefix, key)}#`)
}
