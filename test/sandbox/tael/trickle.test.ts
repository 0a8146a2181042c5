import {describe, expect, it} from 'vitest'
import {inBurst, trickle} from '../../../src/sandbox/tael/trickle.ts'

const nowMs = 1_795_255_000_000
const ticks = (from: number, until: number) =>
  Array.from({length: until - from}, (_, at) => trickle(7, from + at, nowMs))

describe('the trickle', () => {
  it('is the same for the same seed, tick and time, and another for another', () => {
    expect(trickle(7, 3, nowMs)).toEqual(trickle(7, 3, nowMs))
    const ids = [trickle(7, 3, nowMs), trickle(7, 4, nowMs), trickle(8, 3, nowMs)].map(({spans}) => spans[0]!.traceId)
    expect(new Set(ids).size).toBe(3)
    expect(ids.every(id => /^[0-9a-f]{32}$/.test(id))).toBe(true)
  })
  it('never sends more than three traces a tick', () => {
    for (const {spans, logs} of ticks(0, 600)) {
      expect(new Set(spans.map(span => span.traceId)).size).toBeLessThanOrEqual(3)
      expect(spans.length + logs.length).toBeLessThanOrEqual(3 * 4 + 3 * 3)
    }
  })
  it('ends its traces now, and every child lies within its parent', () => {
    for (const {spans} of ticks(0, 130)) {
      const byId = new Map(spans.map(span => [span.spanId, span]))
      for (const span of spans) {
        const parent = span.parentSpanId === null ? undefined : byId.get(span.parentSpanId)!
        if (parent) expect(span.startNs >= parent.startNs && span.endNs <= parent.endNs).toBe(true)
        else expect(span.endNs - BigInt(nowMs) * 1_000_000n).toBe(0n)
      }
    }
  })
  it('fails in bursts: most payments then, few else', () => {
    const rate = (records: ReturnType<typeof ticks>) => {
      const charges = records.flatMap(({spans}) => spans).filter(span => span.operation === 'Charge')
      return charges.filter(span => span.status === 'error').length / charges.length
    }
    expect([inBurst(19), inBurst(20), inBurst(49), inBurst(50), inBurst(140)]).toEqual([false, true, true, false, true])
    expect(rate(ticks(20, 50))).toBeGreaterThan(0.5)
    expect(rate(ticks(50, 140))).toBeLessThan(0.2)
  })
  it('logs what failed, within its trace', () => {
    for (const {spans, logs} of ticks(0, 60)) {
      const ids = spans.map(span => `${span.traceId} ${span.spanId}`)
      for (const log of logs) expect(ids).toContain(`${log.traceId} ${log.spanId}`)
      const failed = spans.filter(span => span.operation === 'Charge' && span.status === 'error').length
      expect(logs.filter(log => log.severity === 'error')).toHaveLength(failed)
    }
  })
  it('has counters that only grow', () => {
    const values = ticks(0, 500).flatMap(({points}) => points).filter(point => point.type === 'sum')
    for (const own of Map.groupBy(values, point => point.attributes['code']).values()) {
      const numbers = own.map(point => point.value)
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
      expect(numbers.length).toBe(50)
    }
  })
})
