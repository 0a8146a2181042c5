import {IntegrityError} from '../net/errors.ts'

/** A live data file. `path` is as in the log, URL-encoded. */
export interface AddFile {
  path: string
  sizeBytes: number
  modifiedMs: number
  /** Statistics as their JSON text; null when the writer gave none. */
  stats: string | null
  /** Rows are masked by a deletion vector: this client cannot read such a file. */
  hasDeletionVector: boolean
  /** The commit that added it; undefined when it is known from a checkpoint only. */
  version: number | undefined
}

export interface RemoveFile {
  path: string
  deletedMs: number
  sizeBytes: number
  dataChange: boolean
}

export interface Protocol {
  reader: number
  writer: number
  readerFeatures: string[]
  writerFeatures: string[]
}

export interface Metadata {
  id: string
  name: string | null
  description: string | null
  provider: string
  schemaString: string
  partitionColumns: string[]
  configuration: Record<string, string>
  createdMs: number | null
}

export interface CommitInfo {
  timestampMs: number
  operation: string
  parameters: Record<string, unknown>
  engine: string
  txnId: string | undefined
}

export interface AppTransaction {
  appId: string
  version: number
  updatedMs: number | null
}

/** What one commit says; the order within a commit has no meaning. */
export interface Actions {
  info: CommitInfo | undefined
  protocol: Protocol | undefined
  metadata: Metadata | undefined
  adds: AddFile[]
  removes: RemoveFile[]
  transactions: AppTransaction[]
  /** Names of actions that this client does not know; a reader may skip them, see `support.ts`. */
  unknown: string[]
}

type Raw = Record<string, any>

/** Decodes a commit: one JSON object a line, each with one action. A cut or foreign file is an IntegrityError. */
export function parseCommit(text: string, version: number, name: string): Actions {
  const actions = noActions()
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue
    let action: unknown
    try {
      action = JSON.parse(line)
    } catch (cause) {
      throw broken(name, 'it is cut off or not JSON', cause)
    }
    if (typeof action !== 'object' || action === null) throw broken(name, 'a line is not an action')
    for (const [kind, body] of Object.entries(action)) addAction(actions, kind, body as Raw, version, name)
  }
  if (text.trim() === '') throw broken(name, 'it is empty')
  return actions
}

export function noActions(): Actions {
  return {
    info: undefined, protocol: undefined, metadata: undefined, adds: [], removes: [], transactions: [], unknown: [],
  }
}

/** Adds one decoded action of a commit or a checkpoint row. */
export function addAction(
  actions: Actions, kind: string, body: Raw | null | undefined, version: number | undefined, name: string,
): void {
  if (body === null || body === undefined) return
  if (typeof body !== 'object') throw broken(name, `${kind} is not an object`)
  switch (kind) {
    case 'add': actions.adds.push(addFile(body, version, name)); break
    case 'remove': actions.removes.push(removeFile(body, name)); break
    case 'protocol': actions.protocol = protocol(body, name); break
    case 'metaData': actions.metadata = metadata(body, name); break
    case 'commitInfo': actions.info = commitInfo(body); break
    case 'txn': actions.transactions.push({
      appId: text(body['appId'], name), version: number(body['version'], name),
      updatedMs: numberOrNull(body['lastUpdated']),
    }); break
    default: actions.unknown.push(kind)
  }
}

export function broken(name: string, why: string, cause?: unknown): IntegrityError {
  return new IntegrityError(`${name} of the table cannot be used: ${why}`, {
    code: 'BROKEN_LOG', endpoint: name, cause,
    hint: 'Nothing was changed. The table needs repair, or its storage lost bytes.',
  })
}

function addFile(body: Raw, version: number | undefined, name: string): AddFile {
  return {
    path: text(body['path'], name), sizeBytes: number(body['size'], name),
    modifiedMs: Number(body['modificationTime'] ?? 0),
    stats: typeof body['stats'] === 'string' ? body['stats'] : null,
    hasDeletionVector: body['deletionVector'] !== null && body['deletionVector'] !== undefined, version,
  }
}

function removeFile(body: Raw, name: string): RemoveFile {
  return {
    path: text(body['path'], name), deletedMs: Number(body['deletionTimestamp'] ?? 0),
    sizeBytes: Number(body['size'] ?? 0),
    dataChange: body['dataChange'] !== false,
  }
}

function protocol(body: Raw, name: string): Protocol {
  return {
    reader: number(body['minReaderVersion'], name), writer: number(body['minWriterVersion'], name),
    readerFeatures: [...(body['readerFeatures'] ?? [])], writerFeatures: [...(body['writerFeatures'] ?? [])],
  }
}

function metadata(body: Raw, name: string): Metadata {
  return {
    id: text(body['id'], name), name: body['name'] ?? null, description: body['description'] ?? null,
    provider: body['format']?.provider ?? 'parquet', schemaString: text(body['schemaString'], name),
    partitionColumns: [...(body['partitionColumns'] ?? [])], configuration: {...body['configuration']},
    createdMs: numberOrNull(body['createdTime']),
  }
}

function commitInfo(body: Raw): CommitInfo {
  const parameters: unknown = body['operationParameters']
  return {
    timestampMs: Number(body['timestamp'] ?? 0), operation: String(body['operation'] ?? ''),
    parameters: typeof parameters === 'object' && parameters !== null ? parameters as Record<string, unknown> : {},
    engine: String(body['engineInfo'] ?? ''), txnId: typeof body['txnId'] === 'string' ? body['txnId'] : undefined,
  }
}

function text(value: unknown, name: string): string {
  if (typeof value !== 'string') throw broken(name, 'a text is missing')
  return value
}

function number(value: unknown, name: string): number {
  if (typeof value !== 'number' && typeof value !== 'bigint') throw broken(name, 'a number is missing')
  return Number(value)
}

function numberOrNull(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value)
}
