import {readFile} from 'node:fs/promises'
import {join} from 'node:path'
import {describe, expect, test} from 'vitest'
import {localStore} from '../../../src/clients/control-table/local-store.ts'
import {Table} from '../../../src/clients/control-table/table.ts'
import {fixtures, plain} from './tables.ts'

describe.each(['engine-0.25.0', 'python-1.5.0'])('%s', async name => {
  const expected = JSON.parse(await readFile(join(fixtures, name, 'expected.json'), 'utf8')) as Record<string, object[]>
  const store = localStore(join(fixtures, name, '_scouter_control'))

  test.each(Object.keys(expected))('version %s has exactly the recorded rows', async version => {
    const table = new Table(store)
    const snapshot = await table.at({version: Number(version)})
    const rows = (await table.rowsOf([...snapshot.files.values()])).map(plain)
    const key = (each: object) =>
      JSON.stringify([(each as {task_name: string}).task_name, (each as {pod_id: string}).pod_id])
    expect(rows.toSorted((a, b) => (key(a) < key(b) ? -1 : 1))).toEqual(expected[version])
  })

  test('the newest version is the last', async () => {
    expect((await new Table(store).current()).version).toBe(Math.max(...Object.keys(expected).map(Number)))
  })
})

describe('gaps of the Python table', () => {
  const store = localStore(join(fixtures, 'python-1.5.0', '_scouter_control'))
  test.each([
    [2, []], [3, ['trace_optimize']], [4, []], [5, ['summary_optimize']], [10, []],
    [11, ['summary_optimize']], [12, []], [14, ['trace_retention']], [15, []],
  ])('version %i: %j', async (version, tasks) => {
    const table = new Table(store)
    expect([...(await table.gaps(await table.at({version}))).keys()]).toEqual(tasks)
  })
})

test('a time gives the version that was newest then', async () => {
  const table = new Table(localStore(join(fixtures, 'python-1.5.0', '_scouter_control')))
  expect((await table.at({timeMs: 1_795_235_323_572})).version).toBe(2)
  expect((await table.at({timeMs: 1_795_235_323_571})).version).toBe(1)
  await expect(table.at({timeMs: 0})).rejects.toMatchObject({code: 'TOO_EARLY'})
  await expect(table.at({version: 99})).rejects.toMatchObject({code: 'NO_VERSION', exit: 3})
})
