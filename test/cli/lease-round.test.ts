import {EventEmitter} from 'node:events'
import {expect, test} from 'vitest'
import type {SignalSource} from '../../src/cli/child.ts'
import {leaseRound, type RoundOptions, type RoundTools} from '../../src/cli/lease-round.ts'
import type {LeaseClient, LeaseResult} from '../../src/clients/lease/client.ts'
import type {Change} from '../../src/clients/net/change.ts'
import {UnreachableError} from '../../src/clients/net/errors.ts'

/** A store that grants a lease of `ttlS` and then says nothing more, each time for ten seconds. */
function silentStore(ttlS: bigint) {
  let now = 1_000
  let tries = 0
  const said: string[] = []
  const record = {holderId: 'me', acquiredAtUnixS: 1n, expiresAtUnixS: 1n + ttlS}
  const leases = {
    planAcquire: async () => ({}) as Change<LeaseResult>,
    planAbandon: async () => {
      tries += 1
      now += 10_000
      throw new UnreachableError('no answer')
    },
  } as unknown as LeaseClient
  const tools: RoundTools = {
    leases, env: {}, signals: new EventEmitter() as unknown as SignalSource,
    clock: {nowMs: () => now, monotonicMs: () => now, sleep: async ms => void (now += ms)},
    apply: async () => ({key: 'orders', revision: 1n, record}),
    note: text => said.push(text),
  }
  const options: RoundOptions = {
    key: 'orders', holder: 'me', ttlS, waitMs: 0, onExpiry: 'warn', skewMs: 0, checkEveryMs: 5_000, killAfterMs: 0,
    stdin: 'none',
  }
  return {said, tries: () => tries, run: () => leaseRound(tools, options, async () => ({exitCode: 7}))}
}

test.each([
  // Once it has ended by itself there is nothing to give back, however silent the store is.
  [18n, 2, 'it ended by itself at 1970-01-01T00:00:19Z'],
  // A long lease is worth a minute.
  [3_600n, 6, 'it may stay held until 1970-01-01T01:00:01Z'],
])('a lease of %d s that cannot be given back is tried %i times: %s', async (ttlS, tries, until) => {
  const world = silentStore(ttlS)
  expect(await world.run()).toEqual({exitCode: 7})
  expect(world.tries()).toBe(tries)
  expect(world.said.at(-1)).toBe(`warning: orders could not be given back, ${until}: no answer`)
})
