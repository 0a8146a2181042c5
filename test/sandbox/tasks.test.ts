import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {seedTasks} from '../../src/sandbox/tasks.ts'
import {client} from '../clients/control-table/tables.ts'

test('the sandbox holds a task in each state', async () => {
  const uri = await mkdtemp(join(tmpdir(), 'opsdeck-sandbox-tasks-'))
  try {
    await seedTasks(uri, Date.now())
    const tasks = client(join(uri, '_scouter_control'))
    expect((await tasks.list()).tasks.map(({task, state}) => [task, state])).toEqual([
      ['alert_rollup', 'due'], ['metric_compact', 'processing'], ['summary_optimize', 'due'],
      ['trace_optimize', 'idle'],
      ['trace_retention', 'stale'],
    ])
    expect((await tasks.history('alert_rollup')).map(each => each.action)).toEqual(['claimed', 'failed'])
  } finally {
    await rm(uri, {recursive: true})
  }
})
