import type {SchemaElement} from 'hyparquet'
import type {AddFile, Metadata, Protocol, RemoveFile} from './actions.ts'
import type {Snapshot} from './snapshot.ts'
import {logFolder, type TableStore} from './store.ts'

/** Removed files stay in checkpoints for a week, as the protocol's default has it. */
const keepRemovedMs = 7 * 86_400_000

/** The engine's own interval for this table; its writer of version v with (v + 1) mod 5 = 0 writes one. */
export function checkpointIsDue(snapshot: Snapshot): boolean {
  const interval = Number(snapshot.metadata?.configuration['delta.checkpointInterval'] ?? 10)
  return Number.isSafeInteger(interval) && interval > 0 && (snapshot.version + 1) % interval === 0
}

/**
 * Writes the classic checkpoint of this version, then the hint to it. Each is replaced whole, so that a
 * reader never sees half of one; without any of them the table is only slower to read.
 */
export async function writeCheckpoint(
  store: TableStore, snapshot: Snapshot, nowMs: number, signal?: AbortSignal,
): Promise<void> {
  const rows = checkpointRows(snapshot, nowMs)
  const bytes = await encode(rows)
  const name = String(snapshot.version).padStart(20, '0')
  await store.replace(`${logFolder}/${name}.checkpoint.parquet`, bytes, signal)
  const hint = {
    version: snapshot.version, size: rows.length, sizeInBytes: bytes.length, numOfAddFiles: snapshot.files.size,
  }
  await store.replace(`${logFolder}/_last_checkpoint`, Buffer.from(JSON.stringify(hint)), signal)
}

type CheckpointRow = {add?: object; remove?: object; protocol?: object; metaData?: object; txn?: object}

function checkpointRows(snapshot: Snapshot, nowMs: number): CheckpointRow[] {
  const removed = [...snapshot.removed.values()].filter(file => file.deletedMs > nowMs - keepRemovedMs)
  return [
    {protocol: protocolRow(snapshot.protocol!)},
    {metaData: metadataRow(snapshot.metadata!)},
    ...[...snapshot.transactions.values()].map(({appId, version, updatedMs}) =>
      ({txn: {appId, version: BigInt(version), lastUpdated: bigintOrNull(updatedMs)}})),
    ...[...snapshot.files.values()].map(file => ({add: addRow(file)})),
    ...removed.map(file => ({remove: removeRow(file)})),
  ]
}

const bigintOrNull = (value: number | null) => (value === null ? null : BigInt(value))
const entries = (map: Record<string, string>) => Object.entries(map).map(([key, value]) => ({key, value}))

function protocolRow({reader, writer}: Protocol): object {
  return {minReaderVersion: reader, minWriterVersion: writer}
}

function metadataRow(metadata: Metadata): object {
  const {id, name, description, provider, schemaString, partitionColumns, configuration, createdMs} = metadata
  return {
    id, name, description, format: {provider, options: []}, schemaString, partitionColumns,
    createdTime: bigintOrNull(createdMs), configuration: entries(configuration),
  }
}

function addRow({path, sizeBytes, modifiedMs, stats}: AddFile): object {
  return {
    path, partitionValues: [], size: BigInt(sizeBytes), modificationTime: BigInt(modifiedMs), dataChange: false, stats,
  }
}

function removeRow({path, sizeBytes, deletedMs}: RemoveFile): object {
  return {
    path, deletionTimestamp: BigInt(deletedMs), dataChange: false, extendedFileMetadata: true, partitionValues: [],
    size: BigInt(sizeBytes),
  }
}

type Repetition = 'REQUIRED' | 'OPTIONAL' | 'REPEATED'

const group = (
  name: string, repetition_type: Repetition, children: SchemaElement[][], converted?: 'MAP' | 'LIST',
): SchemaElement[] =>
  [
    {name, repetition_type, num_children: children.length, ...(converted && {converted_type: converted})},
    ...children.flat(),
  ]
const text = (name: string, repetition_type: Repetition = 'REQUIRED'): SchemaElement[] =>
  [{name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type}]
const long = (name: string, repetition_type: Repetition = 'REQUIRED'): SchemaElement[] =>
  [{name, type: 'INT64', repetition_type}]
const int = (name: string): SchemaElement[] => [{name, type: 'INT32', repetition_type: 'REQUIRED'}]
const flag = (name: string): SchemaElement[] => [{name, type: 'BOOLEAN', repetition_type: 'REQUIRED'}]
const map = (name: string): SchemaElement[] =>
  group(name, 'REQUIRED', [group('key_value', 'REPEATED', [text('key'), text('value', 'OPTIONAL')])], 'MAP')
const list = (name: string): SchemaElement[] =>
  group(name, 'REQUIRED', [group('list', 'REPEATED', [text('element')])], 'LIST')

const columns = {
  txn: group('txn', 'OPTIONAL', [text('appId'), long('version'), long('lastUpdated', 'OPTIONAL')]),
  add: group('add', 'OPTIONAL', [
    text('path'), map('partitionValues'), long('size'), long('modificationTime'), flag('dataChange'),
    text('stats', 'OPTIONAL'),
  ]),
  remove: group('remove', 'OPTIONAL', [
    text('path'), long('deletionTimestamp', 'OPTIONAL'), flag('dataChange'), flag('extendedFileMetadata'),
    map('partitionValues'), long('size', 'OPTIONAL'),
  ]),
  metaData: group('metaData', 'OPTIONAL', [
    text('id'), text('name', 'OPTIONAL'), text('description', 'OPTIONAL'),
    group('format', 'REQUIRED', [text('provider'), map('options')]), text('schemaString'), list('partitionColumns'),
    long('createdTime', 'OPTIONAL'), map('configuration'),
  ]),
  protocol: group('protocol', 'OPTIONAL', [int('minReaderVersion'), int('minWriterVersion')]),
}

async function encode(rows: CheckpointRow[]): Promise<Uint8Array> {
  const {ByteWriter, parquetWrite} = await import('hyparquet-writer')
  const writer = new ByteWriter()
  const names = Object.keys(columns) as (keyof typeof columns)[]
  parquetWrite({
    writer, codec: 'SNAPPY', statistics: false, createdBy: 'opsdeck',
    schema: [{name: 'schema', num_children: names.length}, ...Object.values(columns).flat()],
    columnData: names.map(name => ({name, data: rows.map(row => row[name])})),
  })
  return new Uint8Array(writer.getBuffer())
}
