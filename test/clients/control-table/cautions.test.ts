import {expect, test} from 'vitest'
import {likelyMeant, warningsOf} from '../../../src/clients/control-table/cautions.ts'

const existing = ['trace_optimize', 'trace_retention', 'shard-1-compact', 'x', 'ctl_fence']

test.each([
  ['trace_optimise', 'trace_optimize'], ['trace_optimze', 'trace_optimize'], ['trace_retenton', 'trace_retention'],
  ['shard-2-compact', undefined], ['shard-12-compact', undefined], ['y', undefined], ['span_retention', undefined],
  ['ctl_fense', undefined], ['nightly', undefined],
])('%s was probably meant as %s', (task, meant) => expect(likelyMeant(task, existing)).toBe(meant))

test('a first claim says that it adds a row', () => {
  const facts = {task: 'a', rows: 0, isFirst: true, near: undefined, force: false}
  expect(warningsOf(facts)).toEqual(['there is no task a yet: this claim adds it'])
  expect(warningsOf({...facts, near: 'b'})).toEqual(['there is no task a yet: this claim adds it. Did you mean b?'])
  expect(warningsOf({...facts, isFirst: false, rows: 2, force: true})).toHaveLength(2)
})
