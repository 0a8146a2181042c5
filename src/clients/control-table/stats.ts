import {parseUs, rfc3339, type TaskRow} from './model.ts'

interface Stats {
  numRecords?: number
  minValues?: Record<string, unknown>
  maxValues?: Record<string, unknown>
  nullCount?: Record<string, unknown>
}

function parse(stats: string | null): Stats | undefined {
  if (stats === null) return undefined
  try {
    return JSON.parse(stats) as Stats
  } catch {
    return undefined
  }
}

/** May a file with these statistics hold a row of the task? Without bounds it may. */
export function mayHold(stats: string | null, task: string): boolean {
  const {minValues, maxValues} = parse(stats) ?? {}
  const low = minValues?.['task_name']
  const high = maxValues?.['task_name']
  return !(typeof low === 'string' && task < low) && !(typeof high === 'string' && task > high)
}

/** The one task of a file, when the bounds say that there is only one; long bounds may be cut and prove nothing. */
export function onlyTask(stats: string | null): string | undefined {
  const {minValues, maxValues} = parse(stats) ?? {}
  const low = minValues?.['task_name']
  return typeof low === 'string' && low === maxValues?.['task_name'] && low.length < 32 ? low : undefined
}

/**
 * The row of a one-row file from its statistics alone, which spares reading it; undefined when they do not
 * prove every value: several rows, cut texts, instants of less than six decimals.
 */
export function rowFromStats(stats: string | null): TaskRow | undefined {
  const {numRecords, minValues = {}, maxValues = {}, nullCount} = parse(stats) ?? {}
  if (numRecords !== 1) return undefined
  const exact = (name: string) => {
    const value = minValues[name]
    return typeof value === 'string' && value === maxValues[name] ? value : undefined
  }
  const short = (name: string) => {
    const value = exact(name)
    return value !== undefined && value.length < 32 ? value : undefined
  }
  const instant = (name: string) => {
    const value = exact(name)
    return value !== undefined && /\.\d{6}Z$/.test(value) ? parseUs(value) : undefined
  }
  const [task, status, podId] = [short('task_name'), short('status'), short('pod_id')]
  const [claimedAtUs, nextRunAtUs] = [instant('claimed_at'), instant('next_run_at')]
  const completedAtUs = nullCount?.['completed_at'] === 1 ? null : instant('completed_at')
  if (task === undefined || status === undefined || podId === undefined) return undefined
  if (claimedAtUs === undefined || nextRunAtUs === undefined || completedAtUs === undefined) return undefined
  return {task, status, podId, claimedAtUs, completedAtUs, nextRunAtUs}
}

/**
 * Statistics of a one-row file, as the engine writes them. Without exact bounds of the task name every
 * concurrent DELETE of an engine, for whatever task, fails.
 */
export function statsOf(row: TaskRow): string {
  const values: Record<string, string> = {
    task_name: row.task, status: row.status, pod_id: row.podId,
    claimed_at: rfc3339(row.claimedAtUs), next_run_at: rfc3339(row.nextRunAtUs),
  }
  if (row.completedAtUs !== null) values['completed_at'] = rfc3339(row.completedAtUs)
  const nullCount = {
    task_name: 0, status: 0, pod_id: 0, claimed_at: 0, completed_at: row.completedAtUs === null ? 1 : 0, next_run_at: 0,
  }
  return JSON.stringify({numRecords: 1, minValues: values, maxValues: values, nullCount})
}
