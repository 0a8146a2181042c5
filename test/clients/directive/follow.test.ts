import {expect, test} from 'vitest'
import {followSet, type FollowEvent} from '../../../src/clients/directive/follow.ts'
import type {Snapshot} from '../../../src/clients/directive/listing.ts'
import type {DirectiveStore, StoreEvent} from '../../../src/clients/directive/store.ts'
import type {Clock} from '../../../src/clients/net/deadline.ts'
import {UnreachableError} from '../../../src/clients/net/errors.ts'
import {directive, noonMs, snapshot} from './fixtures.ts'

/** A clock whose sleep jumps ahead, after the microtasks that are waiting. */
function jumpingClock(): Clock {
  let nowMs = noonMs
  return {
    nowMs: () => nowMs, monotonicMs: () => nowMs,
    sleep: async ms => {
      await new Promise(resolve => setImmediate(resolve))
      nowMs += ms
    },
  }
}

const reading = (...ends: [string, number][]): Snapshot => snapshot({
  store: 'file', directives: ends.map(([id]) => directive(id)), recordState: 'matches',
  record: {
    nonce: 'n', publishedAtMs: noonMs, by: 'x',
    expiresAtMs: Object.fromEntries(ends.map(([id, afterMs]) => [id, noonMs + afterMs])),
  },
})

function storeOf(...events: StoreEvent[]): DirectiveStore {
  return {
    async *watch(_: Snapshot, signal: AbortSignal) {
      yield* events
      await new Promise(resolve => signal.addEventListener('abort', resolve, {once: true}))
    },
  } as unknown as DirectiveStore
}

async function take(count: number, store: DirectiveStore, since: Snapshot): Promise<FollowEvent[]> {
  const stop = new AbortController()
  const seen: FollowEvent[] = []
  for await (const event of followSet(store, since, jumpingClock(), stop.signal)) {
    seen.push(event)
    if (seen.length === count) stop.abort()
  }
  return seen
}

const words = (events: FollowEvent[]) =>
  events.map(event => ('directive' in event ? `${event.event} ${event.directive.id}` : event.event))

test('what others do and what ends by itself, each once', async () => {
  const store = storeOf({kind: 'set', snapshot: reading(['a', 5_000], ['b', 60_000])})
  expect(words(await take(3, store, reading(['a', 5_000])))).toEqual(['added b', 'ended a', 'ended b'])
})

test('that nothing changed meanwhile is told too', async () => {
  const gap = {kind: 'gap' as const, error: new UnreachableError('gone')}
  const store = storeOf(gap, {kind: 'set', snapshot: reading(['a', 5_000])})
  expect(words(await take(3, store, reading(['a', 5_000])))).toEqual(['gap', 'watching', 'ended a'])
})

test('a lost connection is a gap, and the next reading goes on from the last one', async () => {
  const gap = {kind: 'gap' as const, error: new UnreachableError('gone')}
  const store = storeOf(gap, {kind: 'set', snapshot: reading(['c', 1e9])})
  expect(words(await take(4, store, reading(['a', 1e9])))).toEqual(['gap', 'removed a', 'added c', 'watching'])
})

test('a notice is given once, when it becomes true', async () => {
  const passed = {...reading(['a', 1e9]), recordState: 'passed over' as const}
  const store = storeOf({kind: 'set', snapshot: passed}, {kind: 'set', snapshot: {...passed, directives: []}})
  const seen = await take(3, store, reading(['a', 1e9]))
  expect(words(seen)).toEqual(['unclear a', 'notice', 'removed a'])
})
