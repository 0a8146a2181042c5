import {expect, it} from 'vitest'
import {readWithin} from '../../../src/cli/dash/read-within.ts'

const keys = Array.from({length: 20}, (_, at) => `k${at}`)

it('keeps the order of the keys, whatever is quickest', async () => {
  const look = async (key: string) => {
    if (key === 'k0') await new Promise(resolve => setImmediate(resolve))
    return key.toUpperCase()
  }
  expect(await readWithin(keys, look, 1, () => 0)).toEqual({items: keys.map(key => key.toUpperCase()), left: 0})
})

it('ends with what it has when the time is over, and says how many are left', async () => {
  let nowMs = 0
  const look = async (key: string) => {
    nowMs += 10
    return key
  }
  const {items, left} = await readWithin(keys, look, 100, () => nowMs)
  expect([items.length + left, items.length, items.every((each, at) => each === keys[at])]).toEqual([20, items.length, true])
  expect(items.length).toBeGreaterThanOrEqual(10)
  expect(left).toBeGreaterThan(0)
})

it('fails as one of them does', async () => {
  await expect(readWithin(keys, async key => (key === 'k3' ? Promise.reject(new Error('gone')) : key), 1, () => 0)).rejects.toThrow('gone')
})

it('has nothing to do without keys', async () => {
  expect(await readWithin([], async key => key, 1, () => 0)).toEqual({items: [], left: 0})
})
