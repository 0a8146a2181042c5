import {expect, test, vi} from 'vitest'
import {WatchQueue} from '../../../src/clients/raft/watch-queue.ts'

const never = new AbortController().signal

test('gives all that is there, waits for more, and ends with the signal', async () => {
  const queue = new WatchQueue<number>(() => {})
  queue.push(1)
  queue.push(2)
  expect(await queue.take(never)).toEqual([1, 2])
  const waiting = queue.take(never)
  queue.push(3)
  expect(await waiting).toEqual([3])
  const stop = new AbortController()
  const stopped = queue.take(stop.signal)
  stop.abort()
  expect(await stopped).toEqual([])
  queue.push(4)
  expect(await queue.take(stop.signal)).toEqual([])
})

test.each([
  [{items: 2, bytes: 100}, [1, 1, 1], 1], [{items: 9, bytes: 5}, [3, 3], 1], [{items: 9, bytes: 5}, [3, 2], 0],
  [{items: 1, bytes: 5}, [1, 1, 1, 9], 1],
])(
  'with room for %j, items of %j bytes: full %i times', (limits, sizes, times) => {
    const onFull = vi.fn()
    const queue = new WatchQueue<number>(onFull, limits)
    for (const size of sizes) queue.push(0, size)
    expect(onFull).toHaveBeenCalledTimes(times)
  })

test('what was taken makes room', async () => {
  const onFull = vi.fn()
  const queue = new WatchQueue<number>(onFull, {items: 2, bytes: 100})
  for (let at = 0; at < 10; at += 1) {
    queue.push(at, 60)
    await queue.take(never)
  }
  expect(onFull).not.toHaveBeenCalled()
})
