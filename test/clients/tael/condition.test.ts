import {expect, test} from 'vitest'
import {parseSink} from '../../../src/clients/tael/alerts.ts'
import {evaluate, fieldOf, fieldsOf, isKnown, parseCondition, tickOf} from '../../../src/clients/tael/condition.ts'

const summary = (error_rate: number, total = 3) => ({
  window_seconds: 60, traces: {span_count: 10, error_rate, p95_ms: 100}, logs: {total, error: 1},
  metrics: {point_count: 4},
})
const tick = tickOf(summary(0.1), undefined, 't')
const fields = fieldsOf(tick)

test.each([
  ['error_rate>0.05', 'error_rate', '>', 0.05, false],
  [' p95_ms >= 2x ', 'p95_ms', '>=', 2, true],
  ['p95Ms<=1.5X', 'p95_ms', '<=', 1.5, true],
  ['logs.total<1e3', 'logs.total', '<', 1000, false],
  ['delta_error_count>0', 'delta_error_count', '>', 0, false],
  ['delta_p95_ms>-5', 'delta_p95_ms', '>', -5, false],
])('condition %j', (text, field, op, value, relative) => {
  expect(parseCondition(text, fields)).toEqual({field, op, value, relative, source: text.trim()})
})

test.each([
  '', 'error_rate', 'error_rate=1', '>1', 'error_rate>', 'error_rate>x', 'error_rate>5%', 'error_rate>>1',
  'eror_rate>1', 'nope.total>1',
])(
  '%j is refused', text => {
    expect(() => parseCondition(text, fields)).toThrow(expect.objectContaining({exit: 3}))
  })

test.each([
  ['error_rate>0.05', undefined, true],
  ['error_rate>0.1', undefined, false],
  ['error_rate>=0.1', undefined, true],
  ['error_rate<0.2', undefined, true],
  ['error_rate<=0.09', undefined, false],
  ['p95_ms>2x', 49, true],
  ['p95_ms>2x', 50, false],
  ['p95_ms>2x', undefined, false],
  ['window_seconds>=60', undefined, true],
] as const)('%s against a first value of %s: %s', (text, first, met) => {
  expect(evaluate(parseCondition(text, fields), tick, first) !== undefined).toBe(met)
})

test('a look has the change since the one before, and none in the first', () => {
  expect(fieldOf(tick, 'delta_total')).toBe(0)
  const next = tickOf(summary(0.3, 5), tick, 't')
  expect([fieldOf(next, 'delta_total'), fieldOf(next, 'traces.delta_error_rate'), fieldOf(next, 'total')]).toEqual([
    2, 0.3 - 0.1, 5,
  ])
})

test.each([
  ['webhook=https://h/x', {kind: 'webhook', url: 'https://h/x'}],
  ['exec=page me = now', {kind: 'exec', command: 'page me = now'}],
])('sink %j', (text, sink) => {
  expect(parseSink(text)).toEqual(sink)
})

test.each(['', 'webhook=', 'webhook=ftp://x', 'exec= ', 'mail=a@b', 'exec'])('sink %j is refused', text => {
  expect(() => parseSink(text)).toThrow('is not a sink')
})

test('a window without spans has no rates and latencies, so no condition on them is met; counts it has', () => {
  const none = tickOf({...summary(0), traces: {span_count: 0, error_rate: 0, p95_ms: 0}}, tick, 't')
  for (const text of ['error_rate<0.1', 'p95_ms<=1', 'traces.p95_ms<1', 'delta_error_rate<0', 'error_rate<2x']) {
    expect([text, evaluate(parseCondition(text, fields), none, 1)]).toEqual([text, undefined])
  }
  expect(evaluate(parseCondition('span_count<1', fields), none, undefined)).toMatchObject({actual: 0})
  expect(evaluate(parseCondition('logs.total>=3', fields), none, undefined)).toMatchObject({actual: 3})
  expect([isKnown(none, 'p99_ms'), isKnown(tick, 'p99_ms'), isKnown(none, 'window_seconds')]).toEqual([
    false, true, true,
  ])
})
