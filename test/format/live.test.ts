import {expect, test} from 'vitest'
import {fillTemplate, highlight, liveLine, serviceColour} from '../../src/format/views/live.ts'

const plain = {width: Infinity, unicode: true, nowMs: 0, paint: (_tone: string, text: string) => text}
const coloured = {...plain, paint: (_tone: string, text: string) => `\u001b[1m${text}\u001b[22m`}
const log = {
  timestamp: '2026-11-21T10:00:00.5Z', service: 'pay', severity: 'error', body: 'no\u001b[2J card',
  attributes: {'http.route': '/x'},
}
const span = {
  startTime: '2026-11-21T10:00:00Z', service: 'pay', operation: 'Charge', durationMs: 12, status: 'ok', spanId: 'a',
  traceId: 't',
}

test('a line says when, who and what, and nothing that a terminal would act on', () => {
  expect(liveLine(log, plain)).toBe('2026-11-21 10:00:00.500 pay error no\\e[2J card')
  expect(liveLine(span, plain)).toBe('2026-11-21 10:00:00.000 pay Charge 12ms ok t')
})

test.each([
  ['{service}: {body}', 'pay: no\\e[2J card'],
  ['{attributes.http.route}\\t{traceId}', '/x\t-'],
  ['no members', 'no members'],
  ['{attributes}', '{"http.route":"/x"}'],
])('template %j', (template, text) => {
  expect(fillTemplate(template, log)).toBe(text)
})

test('a service keeps its colour, and has none where there is none', () => {
  expect(serviceColour('pay', plain)).toBe('pay')
  expect(serviceColour('pay', coloured)).toBe(serviceColour('pay', coloured))
  expect(serviceColour('pay', coloured)).not.toBe(serviceColour('checkout', coloured).replace('checkout', 'pay'))
})

test('marks do not break colour codes', () => {
  expect(highlight('\u001b[1ma1\u001b[22m', /1/g, coloured)).toBe('\u001b[1ma\u001b[7m1\u001b[27m\u001b[22m')
  expect(highlight('a1', /1/g, plain)).toBe('a1')
  expect(highlight('a1', /x*/g, coloured)).toBe('a1')
})
