import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import type {ArtifactClient} from '../../clients/artifact/client.ts'
import type {Published} from '../../clients/artifact/push.ts'

/** Whether the artifact in `folder` stands at the pointer, after a push that was stopped and cannot tell. */
export async function publishedAnyway(
  artifacts: ArtifactClient,
  key: string,
  folder: string,
  signal: AbortSignal,
): Promise<Published | undefined> {
  const ours = await readFile(join(folder, 'MANIFEST.json'))
  const located = await artifacts.locate(key, signal).catch(() => undefined)
  if (!located?.payload || !located.manifestBytes.equals(ours)) return undefined
  const {payload, manifest} = located
  const {rank} = manifest.cursor
  return {
    key,
    outcome: 'published',
    cursorHex: manifest.cursorHex,
    rank,
    currentRank: rank,
    payload: payload.key,
    sentBytes: payload.sizeBytes,
    keptBytes: 0,
  }
}
