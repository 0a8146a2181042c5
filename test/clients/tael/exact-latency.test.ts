import {expect, test} from 'vitest'
import {exactLatencies} from '../../../src/clients/tael/exact-latency.ts'

test.each([
  ['nothing', [], {avgMs: 0, maxMs: 0, p50Ms: 0, p95Ms: 0, p99Ms: 0}],
  ['one', [7], {avgMs: 7, maxMs: 7, p50Ms: 7, p95Ms: 7, p99Ms: 7}],
  ['four, unsorted', [4, 1, 3, 2], {avgMs: 2.5, maxMs: 4, p50Ms: 3, p95Ms: 4, p99Ms: 4}],
  ['1 to 101', Array.from({length: 101}, (_, n) => 101 - n), {avgMs: 51, maxMs: 101, p50Ms: 51, p95Ms: 96, p99Ms: 100}],
])('latencies of %s', (_name, durations, expected) => {
  expect(exactLatencies(durations)).toEqual(expected)
})
