import {expect, test} from 'vitest'
import {cautions} from '../../../src/clients/directive/cautions.ts'
import type {Directive} from '../../../src/clients/directive/model.ts'
import {directive} from './fixtures.ts'

test.each<[string, Partial<Directive>, string, string]>([
  ['no target', {}, 'every request of every tenant', 'before its tenant'],
  ['one tenant', {tenant: 'acme'}, 'before its tenant is resolved', 'every tenant'],
  ['any endpoint', {tenant: 'acme'}, 'plain _search and synchronous _bulk', 'scroll does'],
  ['plain search', {endpoint: 'Search'}, 'only one with scroll does', 'synchronous _bulk'],
  ['bulk', {endpoint: 'IngestBulk'}, 'a synchronous _bulk streams', 'plain _search'],
  ['a reached endpoint', {endpoint: 'GetById'}, 'diag_baseline=off', '_bulk'],
  ['a level above Shape', {level: 'ShapeTiming'}, 'exports exactly what Shape does', 'does nothing'],
  ['Shape', {}, 'diag_baseline=off', 'exactly what Shape does'],
  ['Off alone', {level: 'Off'}, 'does nothing', 'diag_baseline'],
  ['the quiet recorder', {level: 'Off', ringBuffer: true}, 'last 256 entries', 'does nothing'],
  ['a sample of nothing', {samplePerMille: 0}, 'records nothing', 'does nothing'],
  ['capture', {capture: true}, 'built with it', 'does nothing'],
])('%s', (_, fields, said, unsaid) => {
  const text = cautions(directive('d', fields)).join('\n')
  expect(text).toContain(said)
  expect(text).not.toContain(unsaid)
})
