import {IntegrityError, OpsError, SystemError, UnreachableError} from '../net/errors.ts'
import type {Change, Outcome} from '../net/change.ts'
import {createDigester} from './digest.ts'
import {manifestAddress} from './hash.ts'
import {openLocalArtifact, type LocalArtifact} from './local-artifact.ts'
import {maxManifestBytes} from './manifest.ts'
import {checkKey, payloadKey, pointerKey, type Layout} from './object-key.ts'
import {pointerMove, readPointer, type Pointer} from './publish.ts'
import {newerSchema, pointerData, requestText, warnings} from './push-words.ts'
import type {TransferOptions} from './pull.ts'
import type {ArtifactStore, PayloadSource} from './store.ts'
import {tarSizeBytes, writeTar} from './tar-write.ts'

export interface Published {
  key: string
  outcome: 'published' | 'superseded' | 'unchanged'
  cursorHex: string
  rank: bigint
  /** Of the artifact that stands at the pointer now: ours, or the newer one that superseded it. */
  currentRank: bigint
  payload: string
  sentBytes: number
  /** Bytes of an earlier, broken run that did not have to be sent again. */
  keptBytes: number
}

export interface PushOptions extends Omit<TransferOptions, 'signal'> {
  layout: Layout
  /** Also replace a pointer of a newer schema, whose rank cannot be read. */
  overNewerSchema?: boolean
}

/** One artifact on its way to one key. */
export interface Push {
  store: ArtifactStore
  key: string
  artifact: LocalArtifact
  pointer: string
  payload: string
  options: PushOptions
}

const maxPointerTries = 8

/** Plans to publish the artifact in `dir` as `key`. Reads the manifest and the pointer; hashes nothing yet. */
export async function planPush(
  store: ArtifactStore, dir: string, key: string, options: PushOptions, signal: AbortSignal,
): Promise<Change<Published>> {
  const push = await openPush(store, dir, key, options)
  const {rank} = push.artifact.manifest.cursor
  const now = await pointerOf(push, signal)
  const move = pointerMove(now, {bytes: push.artifact.manifestBytes, rank})
  if (move === 'newer-schema' && !options.overNewerSchema) throw newerSchema(push)
  const ours = {rank: String(rank), cursorHex: push.artifact.manifest.cursorHex}
  return {
    system: 'artifacts', action: 'push', target: key, destructive: false,
    before: pointerData(now), after: move === 'superseded' ? pointerData(now) : ours,
    ifVersion: now.state === 'absent' ? undefined : now.etag,
    request: requestText(push, now),
    warnings: warnings(push, now, move),
    apply: signal => apply(push, signal),
  }
}

async function openPush(store: ArtifactStore, dir: string, key: string, options: PushOptions): Promise<Push> {
  const artifact = await openLocalArtifact(dir)
  const {manifestBytes, manifest: {cursor: {rank}}} = artifact
  checkKey(key)
  if (manifestBytes.length > maxManifestBytes) {
    const hint = 'This artifact has too many files (about 7000) to be published.'
    const what = `the manifest has ${manifestBytes.length} bytes; readers refuse one beyond ${maxManifestBytes}`
    throw new IntegrityError(what, {code: 'MANIFEST_TOO_LARGE', endpoint: dir, hint})
  }
  const payload = payloadKey(store.prefix, key, options.layout, rank, await manifestAddress(manifestBytes))
  return {store, key, artifact, options, pointer: pointerKey(store.prefix, key), payload}
}

async function apply(push: Push, signal: AbortSignal): Promise<Outcome<Published>> {
  const sent = {sentBytes: 0, keptBytes: 0}
  const first = await decide(push, signal)
  if (first.move === 'superseded' || (first.move === 'unchanged' && (await push.store.stat(push.payload, signal)))) {
    return {state: 'done', result: outcome(push, first, sent)}
  }
  await sendPayload(push, sent, signal)
  if (push.options.layout === 'fixed') {
    await push.store.put(push.pointer, push.artifact.manifestBytes, signal)
    return {state: 'done', result: outcome(push, {move: 'replace', pointer: first.pointer}, sent)}
  }
  return movePointer(push, sent, signal)
}

interface Decided {
  move: ReturnType<typeof pointerMove>
  pointer: Pointer
}

async function decide(push: Push, signal: AbortSignal): Promise<Decided> {
  const pointer = await pointerOf(push, signal)
  const move = pointerMove(pointer, {bytes: push.artifact.manifestBytes, rank: push.artifact.manifest.cursor.rank})
  if (move === 'newer-schema' && !push.options.overNewerSchema) throw newerSchema(push)
  return {move: move === 'newer-schema' ? 'replace' : move, pointer}
}

interface Sent {
  sentBytes: number
  keptBytes: number
}

async function sendPayload({store, artifact, payload, options}: Push, sent: Sent, signal: AbortSignal): Promise<void> {
  const sizeBytes = Number(tarSizeBytes(artifact))
  const digester = await createDigester(sizeBytes)
  const source: PayloadSource = {sizeBytes, parts: (nextBuffer, stop) => writeTar(artifact, digester, nextBuffer, stop)}
  const report = (kind: keyof Sent) => (bytes: number) => {
    sent[kind] += bytes
    options.onProgress(sent.sentBytes + sent.keptBytes, sizeBytes)
  }
  try {
    await store.upload(payload, source, {onSent: report('sentBytes'), onKept: report('keptBytes')}, signal)
  } finally {
    await digester.close()
  }
}

/**
 * The conditional swap. A lost answer is read back; only when our bytes are not there and the pointer may still
 * be moved is the write tried again, under the condition of what was just read.
 */
async function movePointer(push: Push, sent: Sent, signal: AbortSignal): Promise<Outcome<Published>> {
  let lost: OpsError | undefined
  for (let attempt = 0; attempt < maxPointerTries; attempt += 1) {
    const tried = await tryPointer(push, sent, signal).catch(error => {
      if (lost && error instanceof OpsError) return {state: 'unknown' as const, error: lost}
      throw error
    })
    if ('state' in tried) return tried
    if (!tried.lost) continue
    lost = tried.lost
    await push.options.clock.sleep(100 * 2 ** attempt, signal)
  }
  if (lost) return {state: 'unknown', error: lost}
  const error = new SystemError(
    `the pointer of ${push.key} was moved by others ${maxPointerTries} times while we tried`,
    {
      code: 'POINTER_RACE',
      endpoint: push.store.url,
      hint: 'Run the same command again; the payload is not sent twice.',
    },
  )
  return {state: 'not-done', error}
}

/** One look at the pointer and one swap. Without an outcome when somebody moved it, or when the answer was lost. */
async function tryPointer(
  push: Push,
  sent: Sent,
  signal: AbortSignal,
): Promise<Outcome<Published> | {lost?: OpsError}> {
  const decided = await decide(push, signal)
  if (decided.move === 'superseded') return {state: 'done', result: outcome(push, decided, sent)}
  // Our own bytes stand there: an earlier try has written them.
  if (decided.move === 'unchanged') return {state: 'done', result: outcome(push, {...decided, move: 'replace'}, sent)}
  const expected = decided.pointer.state === 'absent' ? undefined : decided.pointer.etag
  try {
    const written = await push.store.swap(push.pointer, push.artifact.manifestBytes, expected, signal)
    return written === 'written' ? {state: 'done', result: outcome(push, decided, sent)} : {}
  } catch (error) {
    if (isUnclear(error)) return {lost: error}
    throw error
  }
}

function isUnclear(error: unknown): error is OpsError {
  return error instanceof UnreachableError || error instanceof SystemError
}

async function pointerOf({store, pointer}: Push, signal: AbortSignal): Promise<Pointer> {
  return readPointer(await store.read(pointer, maxManifestBytes, signal), pointer)
}

function outcome(push: Push, {move, pointer}: Decided, sent: Sent): Published {
  const {manifest} = push.artifact
  const newer = move === 'superseded' && pointer.state === 'manifest' ? pointer.manifest.cursor.rank : undefined
  return {
    key: push.key,
    outcome: move === 'superseded' || move === 'unchanged' ? move : 'published',
    cursorHex: manifest.cursorHex,
    rank: manifest.cursor.rank,
    currentRank: newer ?? manifest.cursor.rank,
    payload: push.payload,
    ...sent,
  }
}
