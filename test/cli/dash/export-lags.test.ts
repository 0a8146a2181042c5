import {describe, expect, it} from 'vitest'
import {bucketsOf, lagsFrom} from '../../../src/cli/dash/export-lags.ts'
import {parseAssignment} from '../../../src/cli/context/keys.ts'

const stream = {place: 'nats://h/routes', firstSequence: 1n, lastSequence: 220n, eviction: undefined}
const lease = (key: string, completedCursorHex: string | null = '00000000000000d6') => ({key, completedCursorHex})

describe('export lags', () => {
  const buckets = bucketsOf(['round.routes=routes', 'edge/tenants=tenants', 'a=b=c'])
  it('read which bucket belongs to which lease', () => {
    expect([...buckets]).toEqual([['round.routes', 'routes'], ['edge/tenants', 'tenants'], ['a=b', 'c']])
  })

  const answers = new Map<string, typeof stream | {why: string}>([
    ['routes', stream], ['tenants', {why: 'there is no bucket tenants'}],
  ])
  const {lagOf, missing} = lagsFrom(buckets, answers)
  it.each([
    ['known', lease('round.routes'), {state: 'known', behind: 6n}],
    ['never exported', lease('round.routes', null), {state: 'unknown', why: 'no export was completed'}],
    ['without its stream', lease('edge/tenants'), {state: 'unknown', why: 'stream of tenants: there is no bucket tenants'}],
    ['not configured', lease('other'), {state: 'unknown', why: 'leases.streams does not say which bucket other exports'}],
  ])('%s', (_, given, lag) => expect(lagOf(given)).toMatchObject(lag))

  it('name the streams that did not answer', () => expect(missing).toEqual(['stream of tenants: there is no bucket tenants']))
  it('of nothing that is configured are unknown, and nothing is missing', () => {
    const none = lagsFrom(bucketsOf(), new Map())
    expect([none.missing, none.lagOf(lease('k')).state]).toEqual([[], 'unknown'])
  })
})

describe('the key leases.streams', () => {
  it('takes pairs', () => {
    expect(parseAssignment('leases.streams=round.routes=routes,edge/t=tenants').value).toEqual(['round.routes=routes', 'edge/t=tenants'])
  })
  it.each(['leases.streams=routes', 'leases.streams==routes', 'leases.streams=k=a b'])('refuses %s', text => {
    expect(() => parseAssignment(text)).toThrow('KEY=BUCKET')
  })
})
