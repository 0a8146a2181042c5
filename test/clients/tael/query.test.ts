import {describe, expect, it} from 'vitest'
import {attributeSpec, lastText, logPairs, metricPairs, spanPairs} from '../../../src/clients/tael/query.ts'
import {formatInstantNs, parseInstantNs} from '../../../src/clients/tael/instant.ts'
import {fc} from '../../helpers/check.ts'

describe('windows', () => {
  it.each([[0, '0s'], [90, '90s'], [0.5, '1s'], [604_800, '604800s']])('%f seconds are sent as %s', (seconds, text) => {
    expect(lastText(seconds)).toBe(text)
  })
  it.each([
    [Number.NaN], [-1], [Number.POSITIVE_INFINITY], [1e13],
  ])('%f is refused before the server sees it', seconds => {
    expect(() => lastText(seconds)).toThrow(expect.objectContaining({exit: 3}))
  })
})

describe('attribute filters', () => {
  it.each([['a=b'], ['a~=b'], ['a=~^b$'], ['a='], ['a=b=c']])('%s passes', spec => {
    expect(attributeSpec(spec)).toBe(spec)
  })
  it.each([['a'], ['=b'], [' =b'], ['']])('"%s" is refused', spec => {
    expect(() => attributeSpec(spec)).toThrow(expect.objectContaining({exit: 3}))
  })
})

describe('pairs', () => {
  it('repeat only attribute', () => {
    const pairs = spanPairs({limit: 5, attributes: ['a=1', 'b~=2'], lastSeconds: 60, service: 'x'}).filter(
      ([, value]) => value !== undefined,
    )
    expect(pairs).toEqual([
      ['limit', 5], ['service', 'x'], ['last', '60s'], ['attribute', 'a=1'], ['attribute', 'b~=2'],
    ])
  })
  it('of logs and metrics use the server\'s names', () => {
    expect(Object.fromEntries(
      logPairs({limit: 1, bodyContains: 'x', traceId: 't'}).filter(([, value]) => value !== undefined),
    ))
      .toEqual({limit: 1, body_contains: 'x', trace_id: 't'})
    expect(Object.fromEntries(metricPairs({limit: 1, type: 'gauge'}).filter(([, value]) => value !== undefined)))
      .toEqual({limit: 1, metric_type: 'gauge'})
  })
})

describe('instants', () => {
  it.each([
    ['1970-01-01T00:00:00Z', 0n],
    ['2026-11-21T03:41:44.896103691Z', 1795232504896103691n],
    ['2026-11-21T03:41:44.896103691+00:00', 1795232504896103691n],
    ['2026-11-21T05:41:44.8+02:00', 1795232504800000000n],
    ['yesterday', undefined],
    ['2026-13-41T00:00:00Z', undefined],
  ])('%s', (text, ns) => {
    expect(parseInstantNs(text)).toBe(ns)
  })
  it('survive a round trip to the nanosecond, before 1970 too', () => {
    fc.assert(fc.property(fc.bigInt({min: -(10n ** 18n), max: 4n * 10n ** 18n}), ns => {
      expect(parseInstantNs(formatInstantNs(ns))).toBe(ns)
    }))
  })
})
