import {expect, test} from 'vitest'
import {diffSets, eventsBetween} from '../../../src/clients/directive/diff.ts'
import type {Listed} from '../../../src/clients/directive/listing.ts'
import {directive, noonMs} from './fixtures.ts'

const listed = (id: string, fields: Partial<Listed> = {}): Listed => (
  {...directive(id), state: 'active', certainty: 'until', endsAtMs: noonMs, droppedKeys: [], ...fields} as Listed)

test('a difference is in what a directive does, not in the time it has left', () => {
  const before = [directive('same'), directive('gone'), directive('other', {tenant: 'acme'})]
  const after = [directive('same', {ttlSecs: 5}), directive('other'), directive('new')]
  expect(diffSets(before, after).map(({id, change}) => [id, change])).toEqual([
    ['same', 'same'], ['gone', 'removed'], ['other', 'changed'], ['new', 'added'],
  ])
})

test.each<[string, Listed[], Listed[], string[]]>([
  ['nothing', [listed('a')], [listed('a', {endsAtMs: noonMs + 900})], []],
  ['an end', [listed('a')], [listed('a', {state: 'expired'})], ['ended a']],
  ['a time that nobody knows any more', [listed('a')], [listed('a', {state: 'unknown', endsAtMs: undefined})],
    ['unclear a']],
  ['more time', [listed('a')], [listed('a', {endsAtMs: noonMs + 60_000})], ['prolonged a']],
  ['another level', [listed('a')], [listed('a', {level: 'Off'})], ['changed a']],
  ['one comes, one goes', [listed('a')], [listed('b')], ['removed a', 'added b']],
])('between two readings: %s', (_, before, after, events) => {
  expect(eventsBetween(before, after).map(({event, directive: {id}}) => `${event} ${id}`)).toEqual(events)
})
