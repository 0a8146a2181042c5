import {expect, test} from 'vitest'
import {systemClock} from '../../../src/clients/net/deadline.ts'
import {aged, poll, proofLimitMs, type Ask} from '../../../src/clients/raft/poll.ts'
import type {ClusterStatus} from '../../../src/clients/raft/rules.ts'
import {follower, leading} from './reports.ts'

const nodes = [follower(1), follower(2), follower(3)]
const never = (signal: AbortSignal) => new Promise<never>((_, reject) => {
  signal.addEventListener('abort', () => reject(signal.reason), {once: true})
})

/** Looks until `enough`, then stops it; what was seen, and how the poll ended. */
async function look(
  ask: Ask, enough: (status: ClusterStatus) => boolean, intervalMs = 5,
) {
  const stop = new AbortController()
  const seen: ClusterStatus[] = []
  const reason = new Error('enough')
  try {
    for await (const status of poll(nodes, ask, {intervalMs, clock: systemClock}, stop.signal)) {
      seen.push(status)
      if (enough(status)) stop.abort(reason)
    }
  } catch (error) {
    expect(error).toBe(reason)
  }
  return seen
}

test('a node that never answers holds up nobody, and no node is asked twice at once', async () => {
  const asked = [0, 0, 0]
  let inFlight = 0
  const seen = await look(async (index, signal) => {
    asked[index]! += 1
    inFlight += 1
    expect(inFlight).toBeLessThanOrEqual(3)
    if (index === 1) await never(signal)
    await systemClock.sleep(1)
    inFlight -= 1
    return index === 0 ? leading(1, 3n) : follower(3)
  }, () => asked[0]! >= 20 && asked[2]! >= 20)
  expect(asked[1]).toBe(1)
  expect(seen.at(-1)!.leader?.id).toBe(1)
})

test('a leader that falls silent is not proven for long, though nothing more is heard', async () => {
  let asked = 0
  const seen = await look(async (index, signal) => {
    if (index === 0 && (asked += 1) > 3) await never(signal)
    return index === 0 ? leading(1, 3n) : follower(index + 1)
  }, ({leader}) => asked > 3 && leader === null, 10)
  expect(seen[0]!.leader?.id).toBe(1)
  expect(seen.at(-1)!.nodes[0]).toMatchObject({proven: false, error: {code: 'SILENT'}})
})

test('an error that is none of a node ends it', async () => {
  const ask = async () => { throw new TypeError('a fault') }
  const broken = poll(nodes, ask, {intervalMs: 5, clock: systemClock}, AbortSignal.timeout(5_000))
  await expect(broken.next()).rejects.toThrow('a fault')
})

test('the first look waits for all, so that nobody is called down who was not heard yet', async () => {
  const seen = await look(async index => {
    await systemClock.sleep(index * 20)
    return index === 0 ? leading(1, 3n) : follower(index + 1)
  }, () => true)
  expect(seen[0]!.nodes.every(({error}) => error === null)).toBe(true)
})

test.each([
  ['fresh', {}, 5, 100, true], ['too old', {}, 5, 851, false], ['a slow network', {}, 1_000, 2_000, true],
  ['no claim', {proven: false}, 5, 9_000, false],
])('a proof that is %s', (_, more, tookMs, ageMs, proven) => {
  const report = {...leading(1, 3n), ...more}
  expect(aged({report, askedAtMs: 50, tookMs}, 350, 50 + ageMs).proven).toBe(proven)
})

test('the limit of a proof', () => expect([proofLimitMs(250, 3), proofLimitMs(250, 400)]).toEqual([750, 1_050]))
