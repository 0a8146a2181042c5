import {fromJSON} from '@grpc/proto-loader'
import fc from 'fast-check'
import {expect, test} from 'vitest'
import {decodeMessage, encodeMessage} from '../../../src/clients/directive/etcd-codec.ts'
import {messages} from '../../../src/clients/directive/etcd-proto.ts'

/** The same messages in a general protobuf library, as the reference; each is the request of a method. */
function reference() {
  const types = Object.entries(messages).map(([name, fields]) => [name, {
    fields: Object.fromEntries(Object.entries(fields).map(([key, {id, type, repeated}]) =>
      [key, {id, type: type === 'enum' ? 'int32' : type, ...(repeated ? {rule: 'repeated'} : {})}])),
  }] as const)
  const methods = Object.fromEntries(types.map(([name]) => [name, {requestType: name, responseType: name}]))
  const root = {nested: {t: {nested: {...Object.fromEntries(types), S: {methods}}}}}
  const loaded = fromJSON(root as unknown as Parameters<typeof fromJSON>[0], {keepCase: true, longs: String,
    defaults: true})
  return loaded['t.S'] as unknown as Record<string, {
    requestSerialize(value: object): Buffer
    requestDeserialize(bytes: Buffer): Record<string, unknown>
  }>
}

const library = reference()
const int64 = fc.bigInt({min: -(2n ** 63n), max: 2n ** 63n - 1n}).map(String)
const bytes = fc.uint8Array({maxLength: 300}).map(array => Buffer.from(array))
const range = fc.record({request_range: fc.record({key: bytes})})
const put = fc.record({request_put: fc.record({key: bytes, value: bytes, lease: int64})})

test('a transaction is encoded as a general library reads it', () => {
  const compare = fc.record({
    result: fc.constant('EQUAL'), target: fc.constant('MOD'), key: bytes, mod_revision: int64,
  })
  const txn = fc.record({compare: fc.array(compare), success: fc.array(put), failure: fc.array(range)})
  fc.assert(fc.property(txn, value => {
    const read = library['TxnRequest']!.requestDeserialize(encodeMessage('TxnRequest', value))
    const expected = {...value, compare: value.compare.map(one => ({...one, result: 0, target: 2}))}
    expect(read).toMatchObject(expected)
  }), {numRuns: 100})
})

test('an answer of a general library is read as it was meant', () => {
  const kv = fc.record({key: bytes, mod_revision: int64, value: bytes, lease: int64})
  const header = fc.record({revision: int64, raft_term: fc.bigInt({min: 0n, max: 2n ** 64n - 1n}).map(String)})
  const answer = fc.record({
    header, created: fc.boolean(), canceled: fc.boolean(), compact_revision: int64, cancel_reason: fc.string(),
    events: fc.array(fc.record({kv})),
  })
  fc.assert(fc.property(answer, value => {
    expect(decodeMessage('WatchResponse', library['WatchResponse']!.requestSerialize(value))).toEqual(value)
  }), {numRuns: 100})
})

test('what is not sent has its default, what we do not know is passed over', () => {
  expect(decodeMessage('TxnResponse', Buffer.alloc(0))).toEqual({header: undefined, succeeded: false, responses: []})
  const foreign = Buffer.from([0x08, 0x07, 0x51, 1, 2, 3, 4, 5, 6, 7, 8, 0x5d, 1, 2, 3, 4, 0x18, 0x01])
  expect(decodeMessage('AuthenticateResponse', foreign)).toEqual({token: ''})
})

test.each([
  ['a number that does not end', [0x10, 0xff]],
  ['a text that is cut', [0x12, 0x05, 0x61]],
  ['a wire type that nobody uses', [0x13, 0x00]],
])('%s is refused', (_, damaged) => {
  expect(() => decodeMessage('AuthenticateResponse', Buffer.from(damaged))).toThrow(RangeError)
})
