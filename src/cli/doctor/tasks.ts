import type {TaskRecord} from '../../clients/control-table/record.ts'
import {openTasks} from '../open/tasks.ts'
import {findings, timed, type DoctorTools, type Finding} from './finding.ts'

const {ok, warn, fail} = findings('tasks')

/** The control table: can it be read and written by this client, and do its rows look sound? */
export async function examineTasks(tools: DoctorTools): Promise<Finding[]> {
  const tasks = await openTasks(tools)
  const {writeObstacle} = await import('../../clients/control-table/support.ts')
  try {
    const {answer: {version, tasks: rows}, tookMs} = await timed(tools, () => tasks.list(undefined, tools.signal))
    const obstacle = writeObstacle(await tasks.table.current(tools.signal))
    return [
      ok('table', `version ${version}, ${rows.length} tasks`, null, tookMs),
      obstacle === undefined
        ? ok('protocol', 'this client reads and writes it')
        : fail('protocol', `this client only reads it: ${obstacle}`, 'claim with the engine itself'),
      ...(tools.settings.section('tasks')?.fence ? [] : [warn(
        'first claims', 'guarded by looking again after a second only',
        'ctl context set NAME tasks.fence=true, when the engines may meet a row ctl_fence')]),
      ...rowFindings(rows),
    ]
  } finally {
    tasks.close()
  }
}

/** Rows that an operator should know of. */
export function rowFindings(rows: readonly TaskRecord[]): Finding[] {
  return rows.flatMap(({task, state, holder, staleAt, rows: count}) => [
    ...(state === 'stale' ? [warn(
      `task ${task}`, `held by ${holder}, stale since ${staleAt}: anybody may take it over`, `ctl task claim ${task}`,
    )] : []),
    ...(count > 1 ? [fail(
      `task ${task}`, `${count} rows stand side by side: two engines claimed it at once`, `ctl task history ${task}`,
    )] : []),
  ])
}
