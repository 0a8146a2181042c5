import {expect, test} from 'vitest'
import {fc} from '../../helpers/check.ts'
import {formatInstantNs, parseInstantNs} from '../../../src/clients/tael/instant.ts'
import {mergeNewest, timeKey} from '../../../src/clients/tael/merge-order.ts'

const digits = fc.constantFrom(0, 3, 6, 9)
const instant = fc.tuple(
  fc.bigInt(1_763_700_000_000_000_000n, 1_763_700_002_000_000_000n), digits, fc.constantFrom('Z', '+00:00', '+01:00'),
)
  .map(([ns, places, zone]) => {
    const text = formatInstantNs(zone === '+01:00' ? ns + 3_600_000_000_000n : ns).slice(0, -1)
    return (places === 0 ? text.slice(0, 19) : text.slice(0, 20 + places)) + zone
  })

test('keys of instants order as the instants do, whatever the digits and the zone', () => {
  fc.assert(fc.property(instant, instant, (a, b) => {
    const [x, y] = [parseInstantNs(a)!, parseInstantNs(b)!]
    if (x < y) expect(timeKey(a) < timeKey(b)).toBe(true)
    if (x > y) expect(timeKey(a) > timeKey(b)).toBe(true)
  }))
})

test('merging gives what concatenating, sorting and dropping repeats gives', () => {
  const record = fc.record({at: fc.constantFrom('1', '2', '3', '4'), id: fc.constantFrom('a', 'b', 'c')})
  fc.assert(fc.property(fc.array(fc.array(record)), fc.nat(12), (lists, limit) => {
    const order = {by: (each: {at: string}) => each.at, key: (each: {at: string; id: string}) => each.at + each.id}
    const all = [...new Set(lists.flat().map(order.key))].sort((a, b) => (a[0]! < b[0]! ? 1 : a[0]! > b[0]! ? -1 : 0))
    for (const isKeyInOrder of [true, false]) {
      const merged = mergeNewest(lists, {...order, isKeyInOrder}, limit).map(order.key)
      expect(merged.map(key => key[0])).toEqual(all.slice(0, limit).map(key => key[0]))
      expect(new Set(merged).size).toBe(merged.length)
    }
    expect(mergeNewest(lists, {...order, isKeyInOrder: true}).map(order.key).sort()).toEqual(all.toSorted())
  }))
})

test('one key at two places in the order is still one record', () => {
  const order = {by: (each: string[]) => each[0]!, key: (each: string[]) => each[1]!, isKeyInOrder: false}
  expect(mergeNewest([[['3', 'a'], ['1', 'b']], [['2', 'a']]], order)).toEqual([['3', 'a'], ['1', 'b']])
})

test('of equal places the list that was named first comes first', () => {
  const order = {by: (each: string) => each[0]!, key: (each: string) => each, isKeyInOrder: true}
  expect(mergeNewest([['2x'], ['2y', '1z']], order)).toEqual(['2x', '2y', '1z'])
})
