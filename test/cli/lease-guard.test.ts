import {describe, expect, test} from 'vitest'
import {expiryStep, guardLease, ownership, type GuardOptions} from '../../src/cli/lease-guard.ts'

test.each([
  ['kill', 1, 1, false, 'nothing'], ['kill', 0, 1, false, 'stop'], ['kill', 1, 0, false, 'stop'],
  ['kill', -5, -5, true, 'stop'],
  ['warn', 1, 1, false, 'nothing'], ['warn', 0, 1, false, 'warn'], ['warn', 1, 0, false, 'warn'],
  ['warn', -5, -5, true, 'nothing'],
  ['kill', 3_600_000, 0, false, 'stop'], ['kill', 0, 3_600_000, false, 'stop'],
] as const)('%s with %i ms left by the wall and %i by the monotonic clock, warned %s: %s', (
  onExpiry, wall, monotonic, warned, step,
) => {
  expect(expiryStep(onExpiry, {wallMs: wall, monotonicMs: monotonic}, {wallMs: 0, monotonicMs: 0}, warned)).toBe(step)
})

test.each([
  [5n, 5n, 'ours'], [5n, 6n, 'lost'], [5n, 0n, 'lost'], [5n, 4n, 'unknown'],
] as const)('held at %i, found at %i: %s', (held, found, owner) => {
  expect(ownership(held, found)).toBe(owner)
})

/** A world in which time passes only by sleeping. */
function world(more: Partial<GuardOptions> = {}) {
  let now = 0
  const notes: string[] = []
  const done = new AbortController()
  const clock = {
    nowMs: () => now, monotonicMs: () => now,
    sleep: async (ms: number) => {
      await new Promise(resolve => setImmediate(resolve))
      now += ms
      if (now > 100_000) done.abort()
    },
  }
  const options: GuardOptions = {
    clock, onExpiry: 'kill', stop: {wallMs: 60_000, monotonicMs: 60_000}, everyMs: 5_000, heldRevision: 5n,
    look: async () => 5n, note: text => notes.push(text), ...more,
  }
  return {notes, clock, done, run: () => guardLease(options, done.signal)}
}

describe('a lease is looked after', () => {
  test('kill ends it at the stop time, not at the next look', async () => {
    const {run, clock, notes} = world({stop: {wallMs: 7_300, monotonicMs: 90_000}})
    expect(await run()).toBe('expiring')
    expect([clock.nowMs(), notes]).toEqual([7_300, []])
  })

  test('warn says it once and goes on', async () => {
    const {run, notes} = world({onExpiry: 'warn'})
    expect(await run()).toBe('ended')
    expect(notes).toEqual(['warning: the lease is about to expire; then anybody may take it over'])
  })

  test.each([[6n], [0n]])('lost when revision %i stands there', async found => {
    const {run, clock} = world({look: async () => (clock.nowMs() >= 20_000 ? found : 5n)})
    expect(await run()).toBe('lost')
    expect(clock.nowMs()).toBeGreaterThanOrEqual(20_000)
  })

  test('silence is told once, stops nothing, and its end is told too', async () => {
    const {run, notes, clock} = world({
      look: async () => (clock.nowMs() < 30_000 ? Promise.reject(new Error('silence')) : 5n),
    })
    expect(await run()).toBe('expiring')
    expect(notes).toEqual(['warning: whether the lease is still ours is not known: silence', 'the lease is still ours'])
  })

  test('a store that never answers does not hold up the stop', async () => {
    const {run, clock} = world({look: () => new Promise(() => undefined)})
    expect(await run()).toBe('expiring')
    expect(clock.nowMs()).toBe(60_000)
  })

  test('what an old leader says is no loss', async () => {
    const {run, notes} = world({look: async () => 4n})
    expect(await run()).toBe('expiring')
    expect(notes).toHaveLength(1)
  })
})
