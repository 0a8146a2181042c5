import {addAction, broken, noActions, type Actions} from './actions.ts'
import {readParquet} from './parquet.ts'
import {logFolder, type TableStore} from './store.ts'

export interface CheckpointFiles {
  version: number
  /** Names in `_delta_log`; several for the multi-part form. */
  names: string[]
}

const classic = /^(\d{20})\.checkpoint\.parquet$/
const multiPart = /^(\d{20})\.checkpoint\.(\d{10})\.(\d{10})\.parquet$/
const v2 = /^(\d{20})\.checkpoint\.[0-9a-f-]{36}\.(?:json|parquet)$/

/** The newest whole checkpoint at or before `maxVersion`, of any form; undefined when there is none. */
export function newestCheckpoint(names: readonly string[], maxVersion: number): CheckpointFiles | undefined {
  const found = [...singles(names), ...multiParts(names)].filter(each => each.version <= maxVersion)
  return found.toSorted((a, b) => b.version - a.version)[0]
}

function singles(names: readonly string[]): CheckpointFiles[] {
  return names.flatMap(name => {
    const match = classic.exec(name) ?? v2.exec(name)
    return match ? [{version: Number(match[1]), names: [name]}] : []
  })
}

/** Parts count only when all are there. */
function multiParts(names: readonly string[]): CheckpointFiles[] {
  const groups = new Map<string, string[]>()
  for (const name of names) {
    const match = multiPart.exec(name)
    if (match) groups.set(`${match[1]} ${match[3]}`, [...(groups.get(`${match[1]} ${match[3]}`) ?? []), name])
  }
  return [...groups].flatMap(([key, parts]) => {
    const [version, count] = key.split(' ')
    return parts.length === Number(count) ? [{version: Number(version), names: parts}] : []
  })
}

/** Reads a checkpoint of any form; the sidecars of a V2 one are followed. */
export async function readCheckpoint(
  store: TableStore, files: CheckpointFiles, signal?: AbortSignal,
): Promise<Actions> {
  const actions = noActions()
  const sidecars: string[] = []
  await readInto(store, actions, sidecars, files.names.map(name => `${logFolder}/${name}`), signal)
  if (sidecars.length > 0) {
    await readInto(store, actions, [], sidecars.map(name => `${logFolder}/_sidecars/${name}`), signal)
  }
  // Their versions are unknown here: a checkpoint does not say which commit added a file.
  return actions
}

async function readInto(
  store: TableStore, actions: Actions, sidecars: string[], paths: string[], signal?: AbortSignal,
): Promise<void> {
  const bodies = await store.readMany(paths, signal)
  for (const [at, bytes] of bodies.entries()) {
    const path = paths[at]!
    if (!bytes) throw broken(path, 'it is missing')
    for (const row of await rowsOf(bytes, path)) {
      for (const [kind, body] of Object.entries(row)) {
        if (kind === 'sidecar' && body) sidecars.push(String((body as {path: string}).path))
        else addAction(actions, kind, body as Record<string, unknown> | null, undefined, path)
      }
    }
  }
}

const kinds = ['add', 'remove', 'protocol', 'metaData', 'txn', 'sidecar']

async function rowsOf(bytes: Uint8Array, path: string): Promise<Record<string, unknown>[]> {
  if (!path.endsWith('.json')) return readParquet(bytes, kinds, path)
  try {
    return new TextDecoder().decode(bytes).split('\n').filter(line => line.trim() !== '')
      .map(line => JSON.parse(line) as Record<string, unknown>)
  } catch (cause) {
    throw broken(path, 'it is cut off or not JSON', cause)
  }
}
