import {describe, expect, test} from 'vitest'
import {WatchedKeys} from '../../../src/clients/raft/watch-state.ts'

const bytes = (text: string) => Buffer.from(text)
const entries = (all: Record<string, string>) =>
  Object.entries(all).map(([key, value]) => ({key: bytes(key), value: bytes(value)}))
const told = (all: ReturnType<WatchedKeys['settle']>) =>
  all.map(each => `${each.kind} ${each.key}${each.kind === 'put' ? `=${each.value}` : ''}`)
const started = (all: Record<string, string>, revision: bigint) => {
  const known = new WatchedKeys()
  known.settle(entries(all), revision)
  return known
}

test('a first scan is all put; the same again is nothing', () => {
  const known = new WatchedKeys()
  expect(told(known.settle(entries({a: '1', b: '2'}), 5n))).toEqual(['put a=1', 'put b=2'])
  expect(known.settle(entries({a: '1', b: '2'}), 9n)).toEqual([])
  expect(known.size).toBe(2)
})

describe('events', () => {
  test('those that the scan has already tell nothing', () => {
    const known = started({a: '1'}, 5n)
    expect([4n, 5n, 6n, 6n, 7n].map(revision => known.take(bytes('a'), bytes('x'), revision))).toEqual([
      false, false, true, false, true,
    ])
    expect(known.take(bytes('b'), undefined, 8n)).toBe(true)
    expect(known.take(bytes('b'), bytes('x'), 8n)).toBe(false)
  })

  test('the same value again is an event too', () => {
    const known = started({a: '1'}, 5n)
    expect(known.take(bytes('a'), bytes('1'), 6n)).toBe(true)
  })
})

describe('a later scan', () => {
  test('what differs is told: lost puts, lost deletes, lost changes', () => {
    const known = started({a: '1', b: '1', c: '1'}, 5n)
    expect(told(known.settle(entries({a: '1', b: '2', d: '1'}), 9n))).toEqual(['put b=2', 'put d=1', 'delete c'])
    expect(known.take(bytes('d'), bytes('old'), 8n)).toBe(false)
  })

  test('what was seen after it stays as it was seen', () => {
    const known = started({a: '1', b: '1'}, 5n)
    known.take(bytes('a'), bytes('2'), 10n)
    known.take(bytes('b'), undefined, 11n)
    known.take(bytes('c'), bytes('1'), 12n)
    expect(known.settle(entries({a: '1', b: '1'}), 9n)).toEqual([])
    expect(told(known.settle(entries({}), 20n))).toEqual(['delete a', 'delete c'])
  })

  test('keys that are no text, and long values, are told apart', () => {
    const known = new WatchedKeys()
    const [one, two] = [Buffer.from([0xff, 1]), Buffer.from([0xfe, 1])]
    known.settle([{key: one, value: Buffer.alloc(100, 1)}, {key: two, value: Buffer.alloc(100, 1)}], 1n)
    expect(known.size).toBe(2)
    const [difference] = known.settle(
      [{key: one, value: Buffer.alloc(100, 2)}, {key: two, value: Buffer.alloc(100, 1)}], 2n,
    )
    expect(difference).toMatchObject({kind: 'put', key: one})
  })
})

test('deletions are not remembered for ever', () => {
  const known = started({}, 0n)
  for (let at = 1n; at <= 20_010n; at += 2n) {
    known.take(bytes(`k${at}`), bytes('x'), at)
    known.take(bytes(`k${at}`), undefined, at + 1n)
  }
  expect(known.size).toBe(0)
  const old = (key: string) => told(known.settle(entries({[key]: 'x'}), 0n))
  expect([old('k19999'), old('k1')]).toEqual([[], ['put k1=x']])
})
