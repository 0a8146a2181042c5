import {createHmac} from 'node:crypto'
import {expect, test} from 'vitest'
import {checkToken, mintToken} from '../../../src/clients/directive/token.ts'
import {fixture} from './fixtures.ts'

const key = 'operator-shared-secret'
const exp2100 = 4_102_444_800
/** When the tokens were recorded: within seconds of each. */
const recordedMs = 1_795_233_680_000

const vectors = [
  [{level: 'Shape', expSecs: exp2100, ringBuffer: true},
    '7b226c6576656c223a225368617065222c22657870223a343130323434343830302c2272696e675f627566666572223a747275657d' +
    '.cb9778f28615b6e8bf2d7a8b722caeccb9937c42aaafb607293e1eba59d029ed'],
  [{level: 'ShapeTiming', expSecs: exp2100, tenant: 'acme', ringBuffer: true},
    '7b226c6576656c223a22536861706554696d696e67222c22657870223a343130323434343830302c2274656e616e74223a2261636d65' +
    '222c2272696e675f627566666572223a747275657d.07c4bb772e717334f3fc01c984d4e70e74d6f8fd948b130fb786150c7541a9de'],
] as const

test.each(vectors)('mints the bytes of another implementation: %o', (fields, token) => {
  expect(mintToken(fields, key)).toBe(token)
  expect(checkToken(token, key, recordedMs)).toMatchObject({honoured: true, signature: 'valid', faults: []})
})

interface Recorded {name: string; token: string; honoured: boolean}

test.each(fixture<Recorded[]>('tokens.json'))('judges $name as the proxy did', ({token, honoured}) => {
  expect(checkToken(token, key, recordedMs).honoured).toBe(honoured)
})

const signed = (payload: string, signWith = key) =>
  `${Buffer.from(payload).toString('hex')}.${createHmac('sha256', signWith).update(payload).digest('hex')}`
const good = signed(`{"level":"Shape","exp":${exp2100}}`)
const payloadHex = good.split('.')[0]!

test.each([
  ['base64 instead of hex', Buffer.from(good).toString('base64'), 'not of the form'],
  ['no dot', good.replace('.', ''), 'not of the form'],
  ['two dots', `${good}.00`, 'not of the form'],
  ['odd hex', good.slice(0, -1), 'the signature is not hex'],
  ['a cut signature', good.slice(0, -2), 'another key, or the token was changed or cut'],
  ['another key', signed(`{"level":"Shape","exp":${exp2100}}`, 'other'), 'another key'],
  ['a signature over the hex text', `${payloadHex}.${createHmac('sha256', key).update(payloadHex).digest('hex')}`,
    'another key'],
  ['an exp that is now', signed('{"level":"Shape","exp":1000}'), 'expired'],
  ['an exp that is a float', signed('{"level":"Shape","exp":4102444800.5}'), 'whole number'],
  ['an exp that is a string', signed('{"level":"Shape","exp":"4102444800"}'), 'whole number'],
  ['no exp', signed('{"level":"Shape"}'), 'exp is missing'],
  ['no level', signed(`{"exp":${exp2100}}`), 'level is missing'],
  ['a level in lower case', signed(`{"level":"shape","exp":${exp2100}}`), 'not one that the proxy knows'],
  ['a sample out of range', signed(`{"level":"Off","exp":${exp2100},"sample_per_mille":1001}`), 'sample_per_mille'],
  ['a payload that is no object', signed('[1]'), 'not a JSON object'],
])('finds %s void', (_, token, fault) => {
  const report = checkToken(token, key, 1_000_000)
  expect(report.honoured).toBe(false)
  expect(report.faults.join()).toContain(fault)
})

test('exp is compared with whole seconds, as the proxy does', () => {
  const token = signed('{"level":"Off","exp":1000}')
  expect(checkToken(token, key, 999_999).honoured).toBe(true)
  expect(checkToken(token, key, 1_000_000).honoured).toBe(false)
})

test.each([
  ['milliseconds', '{"level":"Off","exp":4102444800000,"tenant":"a"}', 'milliseconds'],
  ['a key of no use', `{"level":"Off","exp":2000,"tenant":"a","endpoint":"Search","tennant":"b"}`, 'endpoint, tennant'],
  ['a target of the wrong type', `{"level":"Off","exp":2000,"tenant":5}`, 'matches every tenant'],
  ['no target', `{"level":"Off","exp":2000}`, 'no target'],
  ['a flag that is no boolean', `{"level":"Off","exp":2000,"ring_buffer":1}`, 'read as false'],
  ['a long life', `{"level":"Off","exp":200000,"tenant":"a"}`, 'more than a day'],
])('warns of %s and still calls it honoured', (_, payload, warning) => {
  const report = checkToken(signed(payload), key, 1_000_000)
  expect(report.honoured).toBe(true)
  expect(report.warnings.join()).toContain(warning)
})

test('without a key the signature is not judged', () => {
  expect(checkToken(good, undefined, 0)).toMatchObject({honoured: undefined, signature: 'not checked', level: 'Shape'})
  expect(checkToken('x', undefined, 0).honoured).toBe(false)
})
