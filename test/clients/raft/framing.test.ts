import {expect, test} from 'vitest'
import {frame, MessageReader} from '../../../src/clients/raft/framing.ts'
import {fc} from '../../helpers/check.ts'

test('messages survive any cutting of the bytes', () => {
  fc.assert(fc.property(
    fc.array(fc.uint8Array({maxLength: 300})), fc.array(fc.integer({min: 1, max: 64}), {minLength: 1}),
    (messages, cuts) => {
      const bytes = Buffer.concat(messages.map(frame))
      const reader = new MessageReader()
      const found: Buffer[] = []
      for (let at = 0, n = 0; at < bytes.length; n += 1) {
        const end = at + cuts[n % cuts.length]!
        found.push(...reader.push(bytes.subarray(at, end)))
        at = end
      }
      expect(found.map(each => each.toString('hex'))).toEqual(messages.map(each => Buffer.from(each).toString('hex')))
    }))
})

test('compression that was not offered, and a length beyond the limit', () => {
  expect(() => new MessageReader().push(Buffer.from('0100000000', 'hex'))).toThrow('compressed')
  expect(() => new MessageReader().push(Buffer.from('0004000001', 'hex'))).toThrow('67108865 bytes')
})
