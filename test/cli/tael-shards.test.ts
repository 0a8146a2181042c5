import {expect, test} from 'vitest'
import type {TaelSection} from '../../src/cli/context/schema.ts'
import {FanoutReports} from '../../src/cli/tael-shards.ts'

const lost = {
  shard: 's0', endpoint: 'http://a', code: 'UNREACHABLE', error: 'http://a: nothing listens there', afterMs: 21,
}
const missing = 'missing: shard s0 after 21 ms: http://a: nothing listens there\n'
const shards = {s0: 'http://a', s1: 'http://c'}

test.each<[string, TaelSection | undefined, boolean, string]>([
  // When a leader is gone, a standby of its group has the data and leads.
  ['a group', {shards, groups: {s0: ['http://a', 'http://b']}}, false,
    `${missing}  its group has others, each asked alone with --server: http://b\n`],
  ['a group of one', {shards, groups: {s0: ['http://a']}}, false, missing],
  ['a group of another shard', {shards, groups: {s1: ['http://c', 'http://d']}}, false, missing],
  ['no context', undefined, false, missing],
  ['a program', {shards, groups: {s0: ['http://a', 'http://b']}}, true,
    `${JSON.stringify({warning: 'partial', partial: [lost]})}\n`],
])('a missing shard with %s', (_, section, machine, said) => {
  const reports = new FanoutReports()
  reports.add({failed: [lost]})
  let text = ''
  reports.tell({stderr: {write: (part: string) => void (text += part)} as never}, machine, false, section)
  expect(text).toBe(said)
})
