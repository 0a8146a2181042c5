import {RefusedError} from '../net/errors.ts'
import type {Metadata} from './actions.ts'
import type {Snapshot} from './snapshot.ts'

/** Reader features that change nothing for this reader. */
const readable = new Set(['v2Checkpoint', 'timestampNtz', 'vacuumProtocolCheck'])

const columns: readonly [name: string, type: string, nullable: boolean][] = [
  ['task_name', 'string', false], ['status', 'string', false], ['pod_id', 'string', false],
  ['claimed_at', 'timestamp', false], ['completed_at', 'timestamp', true], ['next_run_at', 'timestamp', false],
]

/** The schema text of a control table, exactly as the engine writes it. */
export const schemaString = JSON.stringify({
  type: 'struct', fields: columns.map(([name, type, nullable]) => ({name, type, nullable, metadata: {}})),
})

/** Why the table cannot be read; undefined when it can. */
function readObstacle(snapshot: Snapshot): string | undefined {
  const {protocol, metadata} = snapshot
  if (!protocol || !metadata) return 'its log has no protocol or no metaData'
  const strange = protocol.readerFeatures.filter(feature => !readable.has(feature))
  if (protocol.reader > 3 || protocol.reader === 2) return `it asks for reader version ${protocol.reader}`
  if (strange.length > 0) return `it asks for the reader features ${strange.join(', ')}`
  if ([...snapshot.files.values()].some(file => file.hasDeletionVector)) return 'rows are masked by deletion vectors'
  return schemaObstacle(metadata)
}

/** Why the table cannot be written, though perhaps read; undefined when it can. */
export function writeObstacle(snapshot: Snapshot): string | undefined {
  const {protocol, metadata} = snapshot
  const obstacle = readObstacle(snapshot)
  if (obstacle !== undefined || !protocol || !metadata) return obstacle
  if (protocol.reader > 1 || protocol.writer > 2) {
    return `it asks for reader ${protocol.reader} and writer ${protocol.writer}; this client writes reader 1, writer 2`
  }
  if (metadata.configuration['delta.appendOnly'] === 'true') return 'it is append-only'
  if (metadata.schemaString.includes('delta.invariants')) return 'it has column invariants'
  return undefined
}

function schemaObstacle(metadata: Metadata): string | undefined {
  if (metadata.provider !== 'parquet') return `its files are ${metadata.provider}, not parquet`
  if (metadata.partitionColumns.length > 0) return `it is partitioned by ${metadata.partitionColumns.join(', ')}`
  const found = fields(metadata.schemaString)
  const wanted = columns.map(column => column.join(' '))
  if (found.toSorted().join() !== wanted.toSorted().join()) {
    return `its columns are not those of a control table (found ${found.join(', ') || 'none'})`
  }
  return undefined
}

function fields(schema: string): string[] {
  try {
    const {fields} = JSON.parse(schema) as {fields: {name: string; type: unknown; nullable: boolean}[]}
    return fields.map(
      ({name, type, nullable}) => [name, typeof type === 'string' ? type : 'nested', nullable].join(' '),
    )
  } catch {
    return []
  }
}

export function mustRead(snapshot: Snapshot, shown: string): void {
  const why = readObstacle(snapshot)
  if (why) throw refused('read', why, shown)
}

export function mustWrite(snapshot: Snapshot, shown: string): void {
  const why = writeObstacle(snapshot)
  if (why) throw refused('write', why, shown)
}

function refused(verb: string, why: string, shown: string): RefusedError {
  return new RefusedError(`this client does not ${verb} the table: ${why}`, {
    code: 'UNSUPPORTED_TABLE', endpoint: shown,
    hint: 'Nothing was changed. Is this the folder of scouter\'s control table?',
  })
}
