import {randomUUID} from 'node:crypto'
import type {AddFile} from './actions.ts'
import type {TaskRow} from './model.ts'
import {writeRowFile} from './row-file.ts'
import {statsOf} from './stats.ts'
import {commitPath} from './store.ts'

/** Who changes the table and why; goes into the log for everybody to read. */
export interface Author {
  /** Name and version of this program. */
  tool: string
  operator: string
  reason: string | undefined
}

export interface CommitPlan {
  readVersion: number
  action: string
  task: string
  removes: readonly AddFile[]
  rows: readonly TaskRow[]
}

export interface DataFile {
  path: string
  bytes: Uint8Array
  row: TaskRow
}

export interface Commit {
  version: number
  txnId: string
  bytes: Uint8Array
  data: DataFile[]
}

/** One file a row: a file of several tasks would collide with releases of tasks in between. */
export async function buildCommit(plan: CommitPlan, author: Author, nowMs: number): Promise<Commit> {
  const data = await Promise.all(plan.rows.map(async (row): Promise<DataFile> =>
    ({path: `part-00000-${randomUUID()}-c000.snappy.parquet`, bytes: await writeRowFile(row), row})))
  const txnId = randomUUID()
  const lines = [
    {commitInfo: commitInfo(plan, author, txnId, nowMs)},
    ...plan.removes.map(file => ({remove: removeAction(file, nowMs)})),
    ...data.map(file => ({add: addAction(file, nowMs)})),
  ]
  const bytes = Buffer.from(lines.map(line => JSON.stringify(line)).join('\n'))
  return {version: plan.readVersion + 1, txnId, bytes, data}
}

/** The write as a dry run shows it. */
export function requestText(place: string, {version, bytes}: Commit): string {
  return `PUT-IF-ABSENT ${place}/${commitPath(version)}\n${new TextDecoder().decode(bytes)}`
}

function commitInfo(plan: CommitPlan, author: Author, txnId: string, nowMs: number): object {
  const isAppend = plan.removes.length === 0
  const reason = author.reason === undefined ? {} : {reason: author.reason}
  return {
    timestamp: nowMs,
    operation: isAppend ? 'WRITE' : 'UPDATE',
    operationParameters: {
      ...(isAppend ? {mode: 'Append'} : {predicate: `task_name = '${plan.task}'`}),
      tool: author.tool, action: plan.action, task: plan.task, operator: author.operator, ...reason,
    },
    readVersion: plan.readVersion,
    isolationLevel: 'Serializable',
    isBlindAppend: false,
    engineInfo: author.tool,
    txnId,
  }
}

function removeAction({path, sizeBytes}: AddFile, nowMs: number): object {
  return {
    path, dataChange: true, deletionTimestamp: nowMs, extendedFileMetadata: true, partitionValues: {}, size: sizeBytes,
  }
}

function addAction({path, bytes, row}: DataFile, nowMs: number): object {
  return {path, partitionValues: {}, size: bytes.length, modificationTime: nowMs, dataChange: true, stats: statsOf(row)}
}
