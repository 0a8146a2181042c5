import {expect, test} from 'vitest'
import {refuse, validateSet, type Policy} from '../../../src/clients/directive/validate.ts'
import {encodeSet} from '../../../src/clients/directive/model.ts'
import {directive} from './fixtures.ts'

const policy: Policy = {maxTtlSecs: 3600, maxDirectives: 3, maxBytes: 400}
const one = (fields: string) => `{"directives":[{"id":"a","level":"Shape","ttl_secs":60${fields}}]}`
const living = (ttl: string) => `{"directives":[{"id":"a","level":"Off","ttl_secs":${ttl}}]}`
const named = (id: string) => `{"directives":[{"id":"${id}","level":"Off","ttl_secs":1}]}`

test.each([
  ['a tenant that is a number', one(',"tenant":5'), 'directives[0].tenant', 'accepted', '5}'],
  ['an empty index', one(',"index":""'), 'directives[0].index', 'accepted', '""}'],
  ['a null principal', one(',"principal":null'), 'directives[0].principal', 'accepted', 'null'],
  ['a flag that is a word', one(',"ring_buffer":"yes"'), 'directives[0].ring_buffer', 'accepted', '"yes"'],
  ['a key given twice', one(',"level":"Off"'), 'directives[0].level', 'accepted', '"level":"Off"'],
  ['a misspelt key', one(',"tennant":"x"'), 'directives[0].tennant', 'unknown_field', '"tennant"'],
  ['a float for the sample', one(',"sample_per_mille":0.5'), 'directives[0].sample_per_mille', 'bad_sample_rate',
    '0.5'],
  ['an endpoint in lower case', one(',"endpoint":"search"'), 'directives[0].endpoint', 'unknown_endpoint', '"search"'],
  ['a ttl above maxTtl', living('3601'), 'directives[0].ttl_secs', 'accepted', '3601'],
  ['2^53 + 1 seconds', living('9007199254740993'), 'directives[0].ttl_secs', 'accepted', '9007'],
  ['an empty id', named(''), 'directives[0].id', 'accepted', '""'],
  ['an escape sequence in an id', named('\\u001b[2J'), 'directives[0].id', 'accepted', '"\\u001b'],
  ['the reserved id', named('__probe'), 'directives[0].id', 'accepted', '"__probe"'],
  ['a top key too many', '{"directives":[],"note":1}', 'note', 'unknown_field', '"note"'],
  ['a comma too many', '{"directives":[,]}', '', 'invalid_json', ',]}'],
])('refuses %s, at its place', (_, text, path, proxy, place) => {
  const {faults} = validateSet(text, policy)
  expect(faults).toMatchObject([{path, proxy, line: 1}])
  expect(text.slice(faults[0]!.column - 1).slice(0, place.length)).toBe(place)
})

test('names every fault, not only the first', () => {
  const text = '{"directives":[\n {"id":5,"level":"shape"},\n {"id":"b","level":"Off","ttl_secs":0}\n]}'
  expect(validateSet(text, policy).faults.map(({path, line}) => `${line} ${path}`)).toEqual([
    '2 directives[0].id', '2 directives[0].level', '2 directives[0].ttl_secs', '3 directives[1].ttl_secs',
  ])
})

test('refuses an id used twice, too many directives and too many bytes', () => {
  const twice = encodeSet([directive('a'), directive('a')])
  expect(validateSet(twice, policy).faults).toMatchObject([{path: 'directives[1].id', proxy: 'accepted'}])
  const many = encodeSet(['a', 'b', 'c', 'd'].map(id => directive(id)))
  expect(validateSet(many, policy).faults[0]!.message).toContain('4 directives; at most 3')
  const big = encodeSet([directive('a', {tenant: 'x'.repeat(400)})])
  expect(validateSet(big, policy).faults).toMatchObject([{message: expect.stringContaining('bytes; at most 400')}])
})

test('takes a whole directive as it is written', () => {
  const whole = directive('raise-acme', {
    level: 'ShapeTiming', ttlSecs: 1800, tenant: 'acme', index: 'orders', principal: 'svc', endpoint: 'GetById',
    samplePerMille: 250, ringBuffer: true, capture: true,
  })
  expect(validateSet(encodeSet([whole]), policy)).toEqual({directives: [whole], faults: []})
  expect(validateSet('{"directives":[]}', policy)).toEqual({directives: [], faults: []})
})

test('the refusal names the file, the line and the exit code', () => {
  const error = refuse('set.json', validateSet(one(',"tenant":5'), policy).faults)
  expect(error.exit).toBe(3)
  expect(error.hint).toContain('set.json:1:65: directives[0].tenant must be a string')
})
