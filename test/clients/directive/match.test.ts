import {expect, test} from 'vitest'
import {effectOf, isSampled, type ArmedDirective} from '../../../src/clients/directive/match.ts'
import {directive} from './fixtures.ts'

const armed = (fields: Parameters<typeof directive>[1] = {}, endsAtMonotonicMs = 100): ArmedDirective => (
  {...directive('d', fields), endsAtMonotonicMs})
const request = {requestId: 'req-7', tenant: 'acme', index: 'orders', principal: 'svc', endpoint: 'GetById' as const}

test.each<[string, ArmedDirective[], string, boolean]>([
  ['none', [], 'Off', false],
  ['no target matches all', [armed()], 'Shape', false],
  ['every target must equal', [armed({tenant: 'acme', index: 'orders', principal: 'svc', endpoint: 'GetById'})],
    'Shape', false],
  ['one that differs is enough', [armed({tenant: 'acme', index: 'Orders'})], 'Off', false],
  ['an empty target matches nothing', [armed({tenant: ''})], 'Off', false],
  ['the highest level wins', [armed({level: 'ShapeRewriteDiff'}), armed({level: 'Shape'})], 'ShapeRewriteDiff', false],
  ['flags are or-ed, whatever the level', [armed(), armed({level: 'Off', ringBuffer: true})], 'Shape', true],
  ['at its end it is over', [armed({}, 50)], 'Off', false],
])('%s', (_, set, level, ringBuffer) => {
  expect(effectOf(set, request, 50)).toEqual({level, ringBuffer, capture: false})
})

test('sampling is FNV-1a 64 of the request id, per mille', () => {
  const fnv = (text: string) => [...Buffer.from(text)].reduce(
    (hash, byte) => ((hash ^ BigInt(byte)) * 1099511628211n) & 0xffffffffffffffffn, 14695981039346656037n)
  expect(fnv('a')).toBe(0xaf63dc4c8601ec8cn)
  for (let number = 1; number <= 400; number += 1) {
    const id = `req-${number}`
    expect(isSampled(id, 250)).toBe(Number(fnv(id) % 1000n) < 250)
  }
  expect([isSampled('x', 0), isSampled('x', 1000)]).toEqual([false, true])
})
