import {broken} from './actions.ts'
import type {TaskRow} from './model.ts'
import {readParquet} from './parquet.ts'

const columns = ['task_name', 'status', 'pod_id', 'claimed_at', 'completed_at', 'next_run_at']

/** The rows of a data file. */
export async function readRowFile(bytes: Uint8Array, name: string): Promise<TaskRow[]> {
  const rows = await readParquet(bytes, columns, name)
  const text = (value: unknown) => (typeof value === 'string' ? value : fail())
  const instant = (value: unknown) => (typeof value === 'bigint' ? value : fail())
  const fail = (): never => {
    throw broken(name, 'a column has another type than the control table\'s')
  }
  return rows.map(row => ({
    task: text(row['task_name']), status: text(row['status']), podId: text(row['pod_id']),
    claimedAtUs: instant(row['claimed_at']),
    completedAtUs: row['completed_at'] === null || row['completed_at'] === undefined
      ? null
      : instant(row['completed_at']),
    nextRunAtUs: instant(row['next_run_at']),
  }))
}

const string = (name: string) => ({
  name, type: 'BYTE_ARRAY' as const, repetition_type: 'REQUIRED' as const, converted_type: 'UTF8' as const,
  logical_type: {type: 'STRING' as const},
})
const timestamp = (name: string, repetition_type: 'REQUIRED' | 'OPTIONAL') => ({
  name, type: 'INT64' as const, repetition_type, converted_type: 'TIMESTAMP_MICROS' as const,
  logical_type: {type: 'TIMESTAMP' as const, isAdjustedToUTC: true, unit: 'MICROS' as const},
})

const schema = [
  {name: 'schema', num_children: 6},
  string('task_name'), string('status'), string('pod_id'),
  timestamp('claimed_at', 'REQUIRED'), timestamp('completed_at', 'OPTIONAL'), timestamp('next_run_at', 'REQUIRED'),
]

/** A data file of one row, in the strict form that the engine itself writes: SNAPPY, microseconds, UTC. */
export async function writeRowFile(row: TaskRow): Promise<Uint8Array> {
  const {ByteWriter, parquetWrite} = await import('hyparquet-writer')
  const writer = new ByteWriter()
  const cells: [string, unknown][] = [
    ['task_name', row.task], ['status', row.status], ['pod_id', row.podId],
    ['claimed_at', row.claimedAtUs], ['completed_at', row.completedAtUs], ['next_run_at', row.nextRunAtUs],
  ]
  parquetWrite({
    writer, schema, columnData: cells.map(([name, value]) => ({name, data: [value]})),
    codec: 'SNAPPY', statisticsTruncateLength: Infinity, createdBy: 'opsdeck',
  })
  return new Uint8Array(writer.getBuffer())
}
