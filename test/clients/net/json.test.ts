import {describe, expect, it} from 'vitest'
import {parseJson} from '../../../src/clients/net/json.ts'
import {toJson} from '../../../src/format/json.ts'
import {fc} from '../../helpers/check.ts'

describe('integers beyond 2^53', () => {
  it.each([
    ['{"a":9007199254740993}', 9007199254740993n],
    ['{"a":-9223372036854775808}', -9223372036854775808n],
    ['{"a":18446744073709551615}', 18446744073709551615n],
    ['{"a": 123}', 123],
    ['{"a":1e300}', 1e300],
    ['{"a":0.1234567890123456789}', 0.1234567890123456789],
    ['{"a":"9007199254740993"}', '9007199254740993'],
  ])('%s', (text, value) => {
    expect((parseJson(text) as {a: unknown}).a).toBe(value)
  })

  it('come out as they went in', () => {
    fc.assert(fc.property(fc.array(fc.bigInt({min: -(2n ** 63n), max: 2n ** 64n})), values => {
      const text = `[${values.join(',')}]`
      expect(toJson(parseJson(text))).toBe(text)
    }))
  })

  it('and so does any JSON', () => {
    fc.assert(fc.property(fc.jsonValue(), value => {
      expect(JSON.parse(toJson(parseJson(JSON.stringify(value))))).toEqual(JSON.parse(JSON.stringify(value)))
    }))
  })
})

describe('JSON text for a terminal', () => {
  it('holds no byte that a terminal acts on, and reads back the same', () => {
    fc.assert(fc.property(fc.string({unit: 'binary'}), text => {
      const json = toJson({text})
      // eslint-disable-next-line no-control-regex
      expect(json).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/)
      expect(JSON.parse(json)).toEqual({text})
    }))
  })
})
