import {describe, expect, it} from 'vitest'
import type {AddFile} from '../../../src/clients/control-table/actions.ts'
import {recordOf} from '../../../src/clients/control-table/record.ts'
import {emptySnapshot} from '../../../src/clients/control-table/snapshot.ts'
import {statsOf} from '../../../src/clients/control-table/stats.ts'
import {versionsOf} from '../../../src/clients/control-table/table.ts'
import {at, row} from './tables.ts'

describe('a record', () => {
  const claimed = row('x', {status: 'processing'})

  it('is the same object as long as it says the same', () => {
    expect(recordOf([claimed], at(2), 4)).toBe(recordOf([claimed], at(1), 4))
  })

  it.each([
    ['its claim became stale', [claimed], at(31), 4, {state: 'stale', due: true}],
    ['another commit wrote it', [claimed], at(1), 5, {version: 5}],
    ['it has another row besides', [claimed, row('x')], at(1), 4, {rows: 2}],
  ] as const)('is another one when %s', (_, rows, nowUs, version, change) => {
    const before = recordOf([claimed], at(1), 4)
    expect(before).toMatchObject({state: 'processing', rows: 1, version: 4})
    expect(recordOf(rows, nowUs, version)).toEqual({...before, ...change})
  })
})

describe('the commit that wrote a row', () => {
  const file = (path: string, stats: string | null, version: number | undefined): AddFile =>
    ({path, sizeBytes: 1, modifiedMs: 0, stats, hasDeletionVector: false, version})
  const snapshot = (...files: AddFile[]) => ({...emptySnapshot(), files: new Map(files.map(each => [each.path, each]))})

  it.each([
    ['is that of its only file', [file('a', statsOf(row('x')), 3)], 3],
    ['is not known when a checkpoint alone tells of it', [file('a', statsOf(row('x')), undefined)], undefined],
    ['is not known of two files', [file('a', statsOf(row('x')), 3), file('b', statsOf(row('x')), 4)], undefined],
    ['is not known of three files', ['a', 'b', 'c'].map((name, n) => file(name, statsOf(row('x')), n)), undefined],
    ['is not known without statistics', [file('a', null, 3)], undefined],
  ])('%s', (_, files, version) => expect(versionsOf(snapshot(...files)).get('x')).toBe(version))
})
