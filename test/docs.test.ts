import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {documents, stale} from '../scripts/docs.ts'

const man = join(import.meta.dirname, '../docs/man')

test('reference and man pages are what `npm run docs` writes', () => {
  expect(stale()).toEqual([])
})

test('a page that was not written is missed', () => {
  const wanted = documents()
  expect([...wanted.keys()]).toEqual(
    expect.arrayContaining(['docs/reference/ctl.md', 'docs/man/ctl.1', 'docs/man/tael.1']),
  )
})

test.each(readdirSync(man))('%s holds only roff that every man understands', name => {
  const lines = readFileSync(join(man, name), 'utf8').split('\n')
  expect(lines[0]).toMatch(/^\.TH "/)
  expect(lines.filter(line => /^[.']/.test(line) && !/^\.(TH|SH|SS|PP|TP|B|EX|EE)( |$)/.test(line))).toEqual([])
  // eslint-disable-next-line no-control-regex
  expect(lines.filter(line => /[^\x00-\x7f]/.test(line))).toEqual([])
})
