import {Packr} from 'msgpackr'
import {expect, test} from 'vitest'
import {passesFilter} from '../../../src/clients/tael/wal-filter.ts'
import {frameFacts} from '../../../src/clients/tael/wal-item.ts'
import {compareSegments, formatPosition, isSegmentName, parseStart} from '../../../src/clients/tael/wal-position.ts'
import {idleWaitMs, tailWal} from '../../../src/clients/tael/wal-tail.ts'
import type {WalItem} from '../../../src/clients/tael/wal-tail.ts'
import {MemoryWal} from './wal-memory.ts'

const packr = new Packr({useRecords: false})
const frame = (...records: object[]) => Buffer.concat([Buffer.of(2, 1), packr.pack(records)])

/** Sleeps are steps of the test: each runs the next of `steps`, the last one stops. */
function stepping(steps: (() => void)[]) {
  const stop = new AbortController()
  const waits: number[] = []
  const clock = {
    nowMs: () => 0, monotonicMs: () => 0,
    sleep: async (ms: number) => {
      waits.push(ms)
      const step = steps.shift()
      if (step) step()
      else stop.abort()
    },
  }
  return {clock, signal: stop.signal, waits}
}

async function tail(wal: MemoryWal, follow: boolean, steps: (() => void)[] = []) {
  const {clock, signal, waits} = stepping(steps)
  const items: unknown[] = []
  for await (const item of tailWal(wal, {topic: 'tael_wal', from: 'start', follow}, clock, signal)) {
    items.push(short(item))
  }
  return {items, waits}
}

function short(item: WalItem): unknown {
  if (item.kind !== 'frame') return item
  return [item.position, item.next, item.signal, [...(item.slices ?? [])].flat()]
}

test('reading once gives the frames and then the position of the end', async () => {
  const wal = new MemoryWal()
  wal.append(frame({a: 1}, {a: 2}))
  expect((await tail(wal, false)).items).toEqual([
    ['1001:0', '1001:79', 'spans', [{a: 1}, {a: 2}]],
    {kind: 'tip', position: '1001:79'},
  ])
})

test('following tells each time it has caught up, and waits longer the longer nothing comes', async () => {
  const wal = new MemoryWal()
  const {items, waits} = await tail(wal, true, [
    () => wal.append(frame({a: 1})), () => {}, () => {}, () => wal.append(frame({a: 2})),
  ])
  expect(items).toEqual([
    {kind: 'tip', position: null},
    ['1001:0', '1001:73', 'spans', [{a: 1}]],
    {kind: 'tip', position: '1001:73'},
    ['1001:73', '1001:146', 'spans', [{a: 2}]],
    {kind: 'tip', position: '1001:146'},
  ])
  expect(waits).toEqual([5, 5, 10, 20, 5])
})

test.each([[0, 5], [1, 10], [3, 40], [50, 40]])('after %i idle looks the wait is %i ms', (looks, ms) => {
  expect(idleWaitMs(looks)).toBe(ms)
})

test('a cut entry at the end is looked at again and then told as damage', async () => {
  const wal = new MemoryWal()
  wal.append(frame({a: 1}))
  wal.append(frame({a: 2}), entry => entry.subarray(0, 66))
  const {items, waits} = await tail(wal, false, Array.from({length: 100}, () => () => {}))
  expect(items.slice(1)).toEqual([
    {kind: 'damage', position: '1001:73', next: null, reason: 'the checksum does not hold', waiting: false},
    {kind: 'tip', position: '1001:73'},
  ])
  expect(waits.length).toBe(25)
})

test('a frame of an unknown version keeps its bytes and has no records', async () => {
  const wal = new MemoryWal()
  wal.append(Buffer.of(9, 1, 0xab, 0xcd))
  const {clock, signal} = stepping([])
  for await (const item of tailWal(wal, {topic: 'tael_wal', from: 'start', follow: false}, clock, signal)) {
    if (item.kind === 'frame') {
      expect(frameFacts(item)).toMatchObject({version: 9, signal: null, records: null, hex: '0901abcd'})
    }
  }
})

test.each([
  ['no filter', {}, true],
  ['its signal', {signals: ['spans']}, true],
  ['another signal', {signals: ['logs', 'metrics']}, false],
  ['its service', {service: 'shop'}, true],
  ['another service', {service: 'sho'}, false],
  ['a match', {grep: /"n":9007199254740993/}, true],
  ['no match', {grep: /nothing/}, false],
  ['one of two', {service: 'shop', grep: /nothing/}, false],
] as const)('a record passes: %s', (_name, filter, passes) => {
  expect(passesFilter({service: 'shop', n: 9007199254740993n}, 'spans', filter)).toBe(passes)
})

test('positions are read as they are printed', () => {
  expect(parseStart(formatPosition({file: '1795219200000', offset: 618}))).toEqual({file: '1795219200000', offset: 618})
  expect([parseStart('start'), parseStart('now')]).toEqual(['start', 'now'])
  for (const bad of ['', 'x', '12', '12:', ':5', '1:-1', '1:1.5', '../x:1', '1:1:1']) {
    expect(() => parseStart(bad)).toThrow('not a place in the WAL')
  }
})

test('segments sort by number', () => {
  expect(['1000', '999', '1001'].sort(compareSegments)).toEqual(['999', '1000', '1001'])
  expect(['1', '12x', 'read_offset_idx_index.db', '', '-1'].filter(isSegmentName)).toEqual(['1'])
})
