import {expect, test} from 'vitest'
import {decode, encode} from '../../../src/clients/raft/codec.ts'

const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex')

test('requests are as protobuf has them', () => {
  expect(encode('ClientReadRequest', {policy: 1}).toString('hex')).toBe('1801')
  expect(encode('ClientReadRequest', {policy: 300}).toString('hex')).toBe('18ac02')
  expect(encode('Empty', {})).toHaveLength(0)
})

test('a membership with two nodes and a leader; an unknown field is skipped', () => {
  expect(decode('ClusterMembership', bytes('12 09 08 01 12 03 613a31 18 01 12 02 08 02 18 02 4a 01 00'))).toEqual({
    nodes: [{id: 1, address: 'a:1', role: 1}, {id: 2}], leaderId: 2,
  })
})

test('a term keeps all its 64 bits', () => {
  expect(decode('LeaderDiscoveryResponse', bytes('18 ff ff ff ff ff ff ff ff ff 01'))).toEqual({term: 2n ** 64n - 1n})
})

test.each(['12 09 08', '18', '12 ff', '0a 01 00', '1b', '18 ff ff ff ff ff ff ff ff ff ff ff ff'])(
  'what is no message is refused: %s', hex => {
    expect(() => decode('ClusterMembership', bytes(hex))).not.toThrow(RangeError)
    if (hex !== '0a 01 00') expect(() => decode('ClusterMembership', bytes(hex))).toThrow('d-engine')
  })

test('nested messages, bytes, and the difference between absent and empty', () => {
  const key = Buffer.from('/k')
  expect(encode('ClientWriteRequest', {clientId: 7, command: {cas: {key, value: Buffer.from('v')}}}).toString('hex'))
    .toBe('0807 1209 1a07 0a02 2f6b 1a01 76'.replaceAll(' ', ''))
  expect(encode('CompareAndSwap', {key, expected: Buffer.alloc(0)}).toString('hex')).toBe('0a022f6b1200')
  expect(decode('CompareAndSwap', encode('CompareAndSwap', {key}))).not.toHaveProperty('expected')
})

test('packed and unpacked numbers are the same', () => {
  const snapshot = {members: [1, 2, 300], committedIndex: 2n ** 63n}
  expect(encode('MembershipSnapshot', snapshot).toString('hex')).toBe('0a040102ac021880808080808080808001')
  expect(decode('MembershipSnapshot', encode('MembershipSnapshot', snapshot))).toEqual(snapshot)
  expect(decode('MembershipSnapshot', bytes('08 01 08 02'))).toEqual({members: [1, 2]})
})

test('a flag', () => {
  expect(decode('ClientResponse', bytes('12 02 08 01'))).toEqual({write: {succeeded: true}})
  expect(encode('WatchRequest', {prefix: true, prevKv: false}).toString('hex')).toBe('18012000')
})
