import {expect, test} from 'vitest'
import {mergeTapes, type TapeEntry} from '../../../src/clients/directive/tape.ts'

const entry = (requestId: string, fields: Partial<TapeEntry> = {}): TapeEntry => (
  {requestId, traceId: `t-${requestId}`, outcome: 'ok', index: 'orders', instance: 'a', document: {}, ...fields})
const ids = (entries: TapeEntry[]) => entries.map(({requestId}) => requestId)

test('repeated readings give each entry once, also when another instance has the same id', () => {
  const merge = mergeTapes({errors: false, probes: false})
  const other = entry('req-1', {instance: 'b', traceId: 'other'})
  expect(ids(merge([entry('req-1'), other]).fresh)).toEqual(['req-1', 'req-1'])
  expect(merge([entry('req-1'), entry('req-3'), other])).toMatchObject({fresh: [{requestId: 'req-3'}], gaps: []})
  expect(merge([entry('req-1'), entry('req-3'), other]).fresh).toEqual([])
})

test('a tape that ran over, or a restart that began the ids anew, is a gap', () => {
  const merge = mergeTapes({errors: false, probes: false})
  merge([entry('req-1')])
  expect(merge([entry('req-1', {traceId: 'after the restart'})])).toMatchObject({fresh: [{}], gaps: ['a']})
})

test('our own probes and, when asked, the successful are left out', () => {
  const read = [entry('req-1'), entry('req-2', {outcome: 'error'}), entry('req-3', {outcome: 'error',
    index: '__probe-1'})]
  expect(ids(mergeTapes({errors: true, probes: false})(read).fresh)).toEqual(['req-2'])
  expect(ids(mergeTapes({errors: false, probes: true})(read).fresh)).toEqual(['req-1', 'req-2', 'req-3'])
})
