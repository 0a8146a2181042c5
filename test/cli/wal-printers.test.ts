import {Packr} from 'msgpackr'
import {expect, test} from 'vitest'
import {TapPrinter} from '../../src/cli/tap-printer.ts'
import {WalPrinter, type WalPrinterOptions} from '../../src/cli/wal-printer.ts'
import type {WalItem} from '../../src/clients/tael/wal-tail.ts'
import type {Page} from '../../src/format/view.ts'

const page: Page = {width: Number.POSITIVE_INFINITY, unicode: true, nowMs: 0, paint: (_tone, text) => text}
const log = (service: string, body: string) => ({
  timestamp: '2026-11-21T10:00:00.500Z', observed_timestamp: '2026-11-21T10:00:00.500Z', service, severity: 'info',
  severity_text: 'INFO', body,
  trace_id: null, span_id: null, attributes: {},
})
const frame = (records: object[], more: object = {}): WalItem => ({
  kind: 'frame', position: '1000:0', next: '1000:99', topic: 'tael_wal', signal: 'logs', version: 2, sizeBytes: 40,
  checksum: 'ff', payload: Buffer.from([2, 2, 0x90]),
  slices: [records], ...more,
}) as unknown as WalItem

async function printed(items: WalItem[], options: Partial<WalPrinterOptions> = {}) {
  let out = ''
  const notes: string[] = []
  const printer = new WalPrinter({
    frames: false, jsonl: false, positions: false, page, write: async text => void (out += text),
    note: text => void notes.push(text), ...options,
  })
  for (const item of items) await printer.print(item)
  await printer.end()
  return {out, notes, records: printer.records, lines: out.trim().split('\n')}
}

test('records are lines, and the end tells where to go on', async () => {
  const {out, notes, records} = await printed([frame([log('a', 'one'), log('b', 'two')])])
  expect(out.split('\n').map(line => line.replace(/^\S+ \S+ /, ''))).toEqual([
    expect.stringContaining('a info one'), expect.stringContaining('b info two'), '',
  ])
  expect([notes, records]).toEqual([['go on with: --from 1000:99'], 2])
})

test('as jsonl each record carries its position, and the end is a line too', async () => {
  const {lines} = await printed([frame([log('a', 'one')])], {jsonl: true})
  expect(lines.map(line => JSON.parse(line) as object)).toMatchObject([
    {event: 'record', position: '1000:0', signal: 'logs', item: {service: 'a', body: 'one'}},
    {event: 'end', next: '1000:99'},
  ])
})

test('filters choose records; positions stand before a line when asked for', async () => {
  const items = [frame([log('a', 'one'), log('b', 'two')])]
  expect((await printed(items, {service: 'b', positions: true})).out).toMatch(/^1000:0 .*b info two\n$/)
  expect((await printed(items, {grep: 'on.'})).records).toBe(1)
  expect((await printed(items, {signal: ['spans']})).out).toBe('')
  await expect(printed(items, {grep: '('})).rejects.toMatchObject({exit: 3})
})

test('frames are told whole, and only those of the wanted signal', async () => {
  const {lines} = await printed([frame([log('a', 'one')])], {frames: true, jsonl: true})
  expect(JSON.parse(lines[0]!)).toMatchObject({
    event: 'frame', position: '1000:0', signal: 'logs', version: 2, sizeBytes: 40,
  })
  expect((await printed([frame([])], {frames: true, signal: ['metrics']})).records).toBe(0)
})

test('what cannot be decoded is shown as hex, never dropped', async () => {
  const {notes} = await printed([frame([], {slices: undefined, signal: null, version: 9})])
  expect(notes[0]).toMatch(/^1000:0: unknown version 9, 40 bytes: 020290/)
})

test.each(['damage', 'gap'] as const)('%s is told with where reading goes on', async kind => {
  const item = {kind, position: '1000:5', next: '1001:0', reason: 'zeroes'} as unknown as WalItem
  expect((await printed([item])).notes).toEqual([
    `${kind} at 1000:5: zeroes; going on at 1001:0`, 'go on with: --from 1001:0',
  ])
  expect(JSON.parse((await printed([item], {jsonl: true})).lines[0]!)).toMatchObject({
    event: kind, position: '1000:5', next: '1001:0',
  })
})

test('a tap prints what a leader sent: records, frames, epochs, and what it had no time for', async () => {
  const payload = Buffer.concat([Buffer.of(2, 2), new Packr({useRecords: false}).pack([log('a', 'one')])])
  const items = [
    {kind: 'epoch', before: null, now: 3n, receivedMs: 0}, {kind: 'frame', payload, epoch: 3n, receivedMs: 0},
    {kind: 'frame', payload: Buffer.of(9, 9, 1), epoch: null, receivedMs: 0},
    {kind: 'dropped', frames: 2, bytes: 30, receivedMs: 0},
  ]
  const run = async (options: {jsonl: boolean; frames: boolean}) => {
    let out = ''
    const notes: string[] = []
    const printer = await TapPrinter.create({
      ...options, page, write: async text => void (out += text), note: text => void notes.push(text),
    })
    for (const item of items) await printer.print(item as never)
    return {out, notes, lines: out.trim().split('\n')}
  }
  const text = await run({jsonl: false, frames: false})
  expect(text.out).toMatch(/a info one\n1970-01-01T00:00:00.000Z epoch - unknown v9 3 B 090901\n$/)
  expect(text.notes).toEqual([
    expect.stringContaining('epoch none -> 3'),
    expect.stringContaining('2 frames (30 bytes) were answered but not decoded'),
  ])
  const {lines} = await run({jsonl: true, frames: true})
  expect(lines.map(line => (JSON.parse(line) as {event: string}).event)).toEqual(['epoch', 'frame', 'frame', 'dropped'])
  expect(JSON.parse(lines[1]!)).toMatchObject({epoch: 3, version: 2, signal: 'logs', records: 1})
})
