import {readFileSync} from 'node:fs'
import {expect, test} from 'vitest'
import {decodeSet} from '../../../src/clients/directive/decode.ts'
import {encodeSet} from '../../../src/clients/directive/model.ts'
import {validateSet, defaultPolicy} from '../../../src/clients/directive/validate.ts'
import {fixture} from './fixtures.ts'

interface Rejected {name: string; body: string; answer: {error: string}}
interface Accepted {name: string; body: string; list: {directives: Record<string, unknown>[]}}

const rejected = fixture<Rejected[]>('admin-rejected.json')
const accepted = fixture<Accepted[]>('admin-accepted.json')

test.each(rejected)('reads $name as the proxy does', ({body, answer}) => {
  expect(decodeSet(body)).toEqual({ok: false, rejection: answer.error})
})

test.each(rejected)('catches $name before it is sent, with its place', ({body, answer}) => {
  const {faults} = validateSet(body, defaultPolicy)
  expect(faults.map(fault => fault.proxy)).toContain(answer.error)
  for (const {line, column} of faults) expect([line, column].every(number => number >= 1)).toBe(true)
})

test.each(accepted)('reads $name into the list that the proxy showed', ({body, list}) => {
  const decoded = decodeSet(body)
  if (!decoded.ok) throw new Error(decoded.rejection)
  const shown = decoded.directives.map(({id, level, samplePerMille, ringBuffer, capture, ttlSecs: _, ...target}) =>
    ({id, level, sample_per_mille: samplePerMille, ring_buffer: ringBuffer, capture, expired: false, ...target}))
  expect(shown).toEqual(list.directives)
})

test.each(accepted.filter(({name}) => name !== 'publish-ok'))('refuses $name, which the proxy takes', ({body}) => {
  expect(validateSet(body, defaultPolicy).faults.map(fault => fault.proxy)).toContain('accepted')
})

test.each([
  ['a target dropped for its type', '{"directives":[{"id":"a","level":"Off","ttl_secs":1,"tenant":5}]}', ['tenant']],
  ['null targets', '{"directives":[{"id":"a","level":"Off","ttl_secs":1,"index":null,"principal":null}]}', ['index',
    'principal']],
  ['flags that are no booleans', '{"directives":[{"id":"a","level":"Off","ttl_secs":1,"ring_buffer":1,"capture":""}]}',
    ['ring_buffer', 'capture']],
])('names what is dropped: %s', (_, body, keys) => {
  const decoded = decodeSet(body)
  expect(decoded.ok && decoded.dropped.map(({key}) => key)).toEqual(keys)
})

test('of a key given twice the last counts, and 2^64-1 survives', () => {
  const body = '{"directives":[{"id":"a","id":"b","level":"Off","ttl_secs":18446744073709551615}]}'
  expect(decodeSet(body)).toMatchObject({ok: true, directives: [{id: 'b', ttlSecs: 18446744073709551615n}]})
  expect(decodeSet(body.replace('615', '616'))).toEqual({ok: false, rejection: 'missing_ttl_secs'})
})

test('what is encoded is decoded to the same, in the proxy\'s spelling', () => {
  const text = readFileSync(new URL('../../fixtures/directive/admin-accepted.json', import.meta.url), 'utf8')
  const body = (JSON.parse(text) as Accepted[]).find(({name}) => name === 'publish-ok')!.body
  const decoded = decodeSet(body)
  expect(decoded.ok && encodeSet(decoded.directives)).toBe(body)
})
