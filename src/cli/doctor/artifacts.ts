import {artifactRow, unreadableRow, type ArtifactRow} from '../../clients/artifact/overview.ts'
import type {ArtifactClient} from '../../clients/artifact/client.ts'
import {openArtifacts} from '../open/artifacts.ts'
import {findings, timed, type DoctorTools, type Finding} from './finding.ts'

const {ok, warn, fail} = findings('artifacts')

/** Keys that are looked at; a store may hold many more. */
const lookedAt = 20

/** Can the store be listed, and do its pointers lead to payloads? Whether its puts are conditional: `snap doctor`. */
export async function examineArtifacts(tools: DoctorTools): Promise<Finding[]> {
  const artifacts = await openArtifacts(tools)
  try {
    const {answer: keys, tookMs} = await timed(tools, () => firstKeys(artifacts, tools.signal))
    const rows = await Promise.all(keys.map(key => rowOf(artifacts, key, tools.signal)))
    const {kind, url} = artifacts.store
    return [
      ok(
        'store', `${url}: ${keys.length === lookedAt ? `${lookedAt} keys and more` : `${keys.length} keys`}`, null,
        tookMs,
      ),
      kind === 'file'
        ? warn(
          'conditional puts', 'a folder has none: our own processes take turns by a lock file, the crate does not',
          'use s3:// where more than one host publishes',
        )
        : ok('conditional puts', 'not tried here, since that writes: snap doctor races a scratch key'),
      ...rows.filter(row => row.problem !== undefined).map(pointerFinding),
    ]
  } finally {
    await artifacts.close()
  }
}

async function firstKeys(artifacts: ArtifactClient, signal: AbortSignal): Promise<string[]> {
  const keys: string[] = []
  for await (const key of artifacts.list(signal)) {
    keys.push(key)
    if (keys.length === lookedAt) break
  }
  return keys
}

function rowOf(artifacts: ArtifactClient, key: string, signal: AbortSignal): Promise<ArtifactRow> {
  return artifacts.locate(key, signal).then(artifactRow, error => unreadableRow(key, error))
}

/** A pointer that does not lead to a sound payload. */
function pointerFinding({key, state, problem = ''}: ArtifactRow): Finding {
  return state === 'ok'
    ? warn(`artifact ${key}`, problem, `snap prune ${key} --help`)
    : fail(`artifact ${key}`, problem, `snap push DIR ${key}`)
}
