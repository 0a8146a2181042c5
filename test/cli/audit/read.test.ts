import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, expect, it, test} from 'vitest'
import {fits, readAudit, type AuditFilter} from '../../../src/cli/audit/read.ts'
import type {AuditEntry} from '../../../src/format/views/audit.ts'

const line = (id: string, outcome: string, extra: object = {}) =>
  JSON.stringify({
    at: '2026-11-21T10:00:00.000Z',
    id,
    operator: 'ops',
    host: 'bastion',
    context: 'prod',
    command: ['ctl', 'task', 'claim', 'a'],
    system: 'tasks',
    action: 'claim',
    target: 'a',
    outcome,
    ...extra,
  })

let dir: string
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), 'opsdeck-audit-read-'))))
afterEach(() => rmSync(dir, {recursive: true}))
const read = (...lines: string[]) => {
  writeFileSync(join(dir, 'audit.jsonl'), lines.join('\n'))
  return readAudit(join(dir, 'audit.jsonl'))
}

it('makes one entry of the two lines of a change', async () => {
  const end = {at: '2026-11-21T10:00:03.000Z'}
  expect(
    await read(
      line('a', 'started', {before: 1, after: {revision: 2}}),
      line('a', 'done', {...end, before: 1, after: {revision: 2}}),
      '',
    ),
  ).toEqual({
    unreadable: 0,
    entries: [
      {
        id: 'a',
        at: '2026-11-21T10:00:00.000Z',
        endedAt: '2026-11-21T10:00:03.000Z',
        operator: 'ops',
        host: 'bastion',
        context: 'prod',
        command: ['ctl', 'task', 'claim', 'a'],
        system: 'tasks',
        action: 'claim',
        target: 'a',
        reason: null,
        ifVersion: null,
        before: 1,
        after: {revision: 2},
        outcome: 'done',
        error: null,
      },
    ],
  })
})

it('a change without an end is unknown', async () => {
  const {
    entries: [entry],
  } = await read(line('a', 'started'))
  expect(entry).toMatchObject({
    outcome: 'unknown',
    endedAt: null,
    error: expect.stringContaining('killed, still runs'),
  })
})

it('an end alone counts, as when only the beginning could not be written', async () => {
  expect((await read(line('a', 'not-done', {error: 'held'}))).entries).toMatchObject([
    {outcome: 'not-done', error: 'held', endedAt: '2026-11-21T10:00:00.000Z'},
  ])
})

it.each([
  ['a torn last line', '{"at":"2026-11-21T10:00:0'],
  ['something else', 'hello'],
  ['another document', '{"a":1}'],
  ['a list', '[]'],
  ['no time', line('b', 'done', {at: 'soon'})],
  ['a command that is none', line('b', 'done', {command: 'x'})],
])('leaves out %s and says so', async (_, torn) => {
  const {entries, unreadable} = await read(line('a', 'done'), torn)
  expect([entries.map(({id}) => id), unreadable]).toEqual([['a'], 1])
})

it('reads the files that were set aside, in the order of the changes; integers stay exact', async () => {
  writeFileSync(
    join(dir, 'audit.jsonl.2026-11-21T09-00-00-000Z-12345678'),
    line('old', 'started', {at: '2026-11-21T08:00:00.000Z'}),
  )
  const {entries} = await read(
    line('new', 'done'),
    line('old', 'done', {after: 'x'}).replace('"x"', '18446744073709551615'),
    line('mid', 'done', {at: '2026-11-21T09:00:00.000Z'}),
  )
  expect(entries.map(({id, outcome}) => [id, outcome])).toEqual([
    ['old', 'done'],
    ['mid', 'done'],
    ['new', 'done'],
  ])
})

it('nothing is there before the first change', async () => {
  expect(await readAudit(join(dir, 'nowhere', 'audit.jsonl'))).toEqual({entries: [], unreadable: 0})
})

const entry = {
  at: '2026-11-21T10:00:00.000Z',
  operator: 'ops',
  context: 'prod',
  command: ['ctl', 'task', 'claim', 'a'],
  target: 'a',
  outcome: 'done',
} as AuditEntry
const atMs = Date.parse(entry.at)

test.each([
  [{}, true],
  [{sinceMs: atMs}, true],
  [{sinceMs: atMs + 1}, false],
  [{untilMs: atMs}, false],
  [{untilMs: atMs + 1}, true],
  [{command: 'task claim'}, true],
  [{command: ' task   claim '}, true],
  [{command: 'ctl'}, true],
  [{command: 'task cla'}, false],
  [{command: 'claim task'}, false],
  [{context: 'prod'}, true],
  [{context: 'pro'}, false],
  [{operator: 'ops'}, true],
  [{operator: 'root'}, false],
  [{target: 'a'}, true],
  [{target: 'b'}, false],
  [{outcome: 'done'}, true],
  [{outcome: 'unknown'}, false],
  [{outcome: 'done', operator: 'root'}, false],
] as [AuditFilter, boolean][])('%j: %s', (filter, expected) => {
  expect(fits(entry, filter)).toBe(expected)
})
