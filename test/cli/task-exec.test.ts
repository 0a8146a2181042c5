import {describe, expect, test} from 'vitest'
import {staleStep, watchClaim, type WatchOptions} from '../../src/cli/task-exec.ts'
import type {RunningChild} from '../../src/cli/child.ts'
import {ConflictError} from '../../src/clients/net/errors.ts'

const minutes = (n: number) => n * 60_000

test.each([
  ['warn', 6, false, 'nothing'], ['warn', 5, false, 'warn'], ['warn', 5, true, 'nothing'],
  ['warn', -5, true, 'nothing'],
  ['kill', 4, false, 'warn'], ['kill', 1, true, 'kill'], ['kill', -1, false, 'kill'],
  ['extend', 11, false, 'nothing'], ['extend', 10, false, 'extend'], ['extend', -1, true, 'extend'],
] as const)('%s with %i minutes left, warned %s: %s', (onStale, left, warned, step) => {
  expect(staleStep(onStale, minutes(left), 0, warned)).toBe(step)
})

/** A world in which time passes only by sleeping, and the child by being stopped. */
function world(more: Partial<WatchOptions> = {}) {
  let now = 0
  const stopped: string[] = []
  const notes: string[] = []
  const ended = new AbortController()
  const child = {stop: async (reason: string) => void stopped.push(reason)} as unknown as RunningChild
  const options: WatchOptions = {
    clock: {
      nowMs: () => now, monotonicMs: () => now,
      sleep: async ms => {
        now += ms
        if (now > minutes(100)) ended.abort()
      },
    },
    everyMs: minutes(1), onStale: 'warn', isOurs: async () => true, extend: async held => held,
    note: text => notes.push(text), signal: ended.signal, ...more,
  }
  return {stopped, notes, run: () => watchClaim(child, {staleAtMs: minutes(30), claimedAt: 'then'}, options), options}
}

describe('a claim is looked after', () => {
  test('warn says it once and lets it run', async () => {
    const {run, stopped, notes} = world()
    expect(await run()).toMatchObject({end: 'ended'})
    expect([stopped.length, notes.length]).toEqual([0, 1])
  })

  test('kill stops it before the limit', async () => {
    const {run, stopped, options} = world({onStale: 'kill'})
    expect(await run()).toMatchObject({end: 'stale'})
    expect(stopped).toEqual(['stale'])
    expect(options.clock.nowMs()).toBe(minutes(29))
  })

  test('extend renews it again and again', async () => {
    const renewed: number[] = []
    const {run, options} = world({onStale: 'extend', extend: async () => {
      renewed.push(options.clock.nowMs() / minutes(1))
      return {staleAtMs: options.clock.nowMs() + minutes(30), claimedAt: 'now'}
    }})
    expect(await run()).toMatchObject({end: 'ended', held: {claimedAt: 'now'}})
    expect(renewed.slice(0, 3)).toEqual([20, 40, 60])
  })

  test.each([
    ['the row is another\'s', {isOurs: async () => false}],
    [
      'the renewal meets another\'s row',
      {onStale: 'extend' as const, extend: async () => Promise.reject(new ConflictError('gone'))},
    ],
  ])('lost when %s', async (_name, more) => {
    const {run, stopped} = world(more)
    expect(await run()).toMatchObject({end: 'lost'})
    expect(stopped).toEqual(['lost'])
  })

  test('a table that does not answer is told of, and stops nothing', async () => {
    const {run, stopped, notes} = world({isOurs: async () => Promise.reject(new Error('silence'))})
    expect(await run()).toMatchObject({end: 'ended'})
    expect([stopped.length, notes[0]]).toEqual([0, 'warning: the claim could not be checked: silence'])
  })
})
