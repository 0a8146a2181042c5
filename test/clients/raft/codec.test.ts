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
