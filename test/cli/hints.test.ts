import {globSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'

/* Hints are typed as they stand, in an incident: the commands in them must work. */

const root = join(import.meta.dirname, '../..')
const set = /ctl context set (\S+)\s+([^\s'`"]+)/g

test('a hint that sets a key of a context says NAME key=value', () => {
  const hints = globSync('src/**/*.ts', {cwd: root}).flatMap(file =>
    [...readFileSync(join(root, file), 'utf8').matchAll(set)].map(([text, name, assignment]) => ({text, name, assignment})))
  expect(hints.length).toBeGreaterThan(5)
  expect(hints.filter(({name, assignment}) => name!.includes('.') || !/=|KEY/.test(assignment!))).toEqual([])
})
