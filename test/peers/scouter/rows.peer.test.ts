import {afterEach, beforeEach, expect, test} from 'vitest'
import {cp, mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {ControlTableClient} from '../../../src/clients/control-table/client.ts'
import {createTable} from '../../../src/clients/control-table/create.ts'
import {localStore} from '../../../src/clients/control-table/local-store.ts'
import {author, releaseOurs, tryClaim} from '../../contract/control-table-races.ts'
import {fixtures} from '../../clients/control-table/tables.ts'
import {startEngine} from './engine.ts'
import {python, pythonRows} from './python.ts'

let uri: string
let root: string
beforeEach(async () => {
  uri = await mkdtemp(join(tmpdir(), 'opsdeck-rows-'))
  root = join(uri, '_scouter_control')
})
afterEach(() => rm(uri, {recursive: true, force: true}))

const client = (fence = true) => new ControlTableClient({store: localStore(root), author, fence, lookAgainMs: 0})

/** Our rows in the numbers that Python gives. */
async function ourRows(): Promise<object[]> {
  const tasks = client()
  const snapshot = await tasks.table.current()
  const rows = await tasks.table.rowsOf([...snapshot.files.values()])
  return rows.toSorted((a, b) => (a.task < b.task ? -1 : 1)).map(row => ({
    task_name: row.task, status: row.status, pod_id: row.podId, claimed_at: Number(row.claimedAtUs),
    completed_at: row.completedAtUs === null ? null : Number(row.completedAtUs), next_run_at: Number(row.nextRunAtUs),
  }))
}

test('the engine works a table that we made, and both read each other to the microsecond', async () => {
  const {mkdir} = await import('node:fs/promises')
  await mkdir(join(root, '_delta_log'), {recursive: true})
  expect(await createTable(localStore(root), author.tool, Date.now())).toBe('created')
  const tasks = client()
  expect(await tryClaim(tasks, 'ours_first')).toBe(true)
  const engine = await startEngine(uri, 'engine-pod')
  try {
    expect(await engine.claim('ours_first')).toBe(false)
    await releaseOurs(tasks, 'ours_first')
    expect(await engine.claim('ours_first')).toBe(true)
    expect(await engine.claim('theirs_first')).toBe(true)
    expect(await tryClaim(tasks, 'theirs_first')).toBe(false)
    expect((await engine.release('theirs_first', 60)).released).toBe(true)
    expect(await tasks.get('theirs_first')).toMatchObject({state: 'idle', holder: 'engine-pod', rows: 1})
    expect(await pythonRows(root)).toEqual(await ourRows())
  } finally {
    await engine.stop()
  }
})

test('our checkpoints are read by Python and by the engine when they are all that is left', async () => {
  const engine = await startEngine(uri, 'engine-pod')
  await engine.stop()
  const tasks = client(false)
  for (const task of ['a', 'b', 'c', 'd', 'e']) {
    await tryClaim(tasks, task)
    await releaseOurs(tasks, task)
  }
  const {version} = await tasks.list()
  expect(version).toBe(10)
  for (let old = 0; old < 9; old += 1) await rm(join(root, '_delta_log', `${String(old).padStart(20, '0')}.json`))
  expect(await pythonRows(root)).toEqual(await ourRows())
  const again = await startEngine(uri, 'engine-pod')
  try {
    expect(await again.claim('c')).toBe(true)
    expect(await tryClaim(client(false), 'c')).toBe(false)
    expect(await tryClaim(client(false), 'd')).toBe(true)
  } finally {
    await again.stop()
  }
})

test('Python writes in its own ways, and we read them', async () => {
  await cp(join(fixtures, 'python-1.5.0', '_scouter_control'), root, {recursive: true})
  expect(await tryClaim(client(false), 'new_task')).toBe(true)
  await python(`
import sys
from deltalake import DeltaTable
table = DeltaTable(sys.argv[1])
table.optimize.compact()
table.delete("task_name = 'new_task'")
table.create_checkpoint()
`, root)
  expect((await client().list()).inFlight).toEqual(['new_task'])
  const tasks = client(false)
  expect(await tryClaim(tasks, 'trace_retention')).toBe(true)
  const rows = await tasks.list()
  expect(rows.tasks.map(each => [each.task, each.rows])).toEqual([
    ['summary_optimize', 2], ['trace_optimize', 1], ['trace_retention', 1],
  ])
})
