import {expect, test} from 'vitest'
import {LivePrinter, type LivePrinterOptions} from '../../src/cli/live-printer.ts'
import type {LiveItem} from '../../src/clients/tael/live.ts'
import type {Page} from '../../src/format/view.ts'

const plain: Page = {width: Number.POSITIVE_INFINITY, unicode: true, nowMs: 0, paint: (_tone, text) => text}
const colour: Page = {...plain, paint: (tone, text) => `<${tone}>${text}</${tone}>`}
const log = (service: string, severity: string, body: string) =>
  ({
    timestamp: '2026-11-21T10:00:00.500Z', service, severity, body, traceId: null,
    attributes: {'http.route': '/x', n: '1'},
  })
const record = (item: object, shard = 's0'): LiveItem<object> => ({kind: 'record', shard, record: item})

async function printed(items: LiveItem<object>[], options: Partial<LivePrinterOptions> = {}) {
  let out = ''
  const notes: string[] = []
  const printer = new LivePrinter({
    kind: 'log', jsonl: false, follow: true, page: plain, write: async text => void (out += text),
    note: text => void notes.push(text), ...options,
  })
  for (const item of items) await printer.print(item)
  return {out, notes, records: printer.records}
}

test('a record is a line; as jsonl an event with its shard', async () => {
  const item = log('payments', 'error', 'declined')
  expect((await printed([record(item)])).out).toBe('2026-11-21 10:00:00.500 payments error declined\n')
  expect(JSON.parse((await printed([record(item)], {jsonl: true})).out)).toEqual({event: 'log', shard: 's0', item})
})

test('include and exclude are tried on the plain line, and what they leave out is not counted', async () => {
  const items = [record(log('a', 'info', 'ping')), record(log('b', 'warn', 'pong')), record(log('b', 'info', 'ping'))]
  expect((await printed(items, {include: 'ping'})).records).toBe(2)
  expect((await printed(items, {include: 'ping', exclude: '^\\S+ \\S+ a '})).out).toContain(' b info ping')
  expect((await printed(items, {exclude: 'p[io]ng'})).out).toBe('')
  await expect(printed([], {include: '('})).rejects.toMatchObject({exit: 3})
})

test('highlight marks matches where there is colour, never inside of a colour code, and nothing without', async () => {
  const item = record(log('svc31', 'error', 'code 31'))
  expect((await printed([item], {highlight: '31'})).out).not.toContain('\u001b')
  const {out} = await printed([item], {highlight: '31', page: colour})
  expect(out).toContain('svc\u001b[7m31\u001b[27m')
  expect(out.replaceAll(/\u001b\[\d+m/g, '')).toBe('2026-11-21 10:00:00.500 svc31 <bad>error code 31</bad>\n')
})

test('a template is a line of one\'s own; members that are not there are "-"', async () => {
  const {out} = await printed([record(log('a', 'info', 'x'))], {
    template: '{service}|{attributes.http.route}|{traceId}|{none}\\t{body}',
  })
  expect(out).toBe('a|/x|-|-\tx\n')
})

test('control characters of a record never reach the terminal', async () => {
  const evil = record(log('a\u001b[31m', 'info', 'x\u001b]0;title\u0007y'))
  for (const options of [{}, {template: '{service} {body}'}, {jsonl: true}, {highlight: 'x', page: plain}]) {
    // eslint-disable-next-line no-control-regex
    expect((await printed([evil], options)).out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
  }
})

const told: [LiveItem<object>, string, object][] = [
  [{
    kind: 'gap', shard: 's1', sinceMs: 0, untilMs: 1_500, refilled: 3,
  }, 'shard s1: gap from 1970-01-01T00:00:00.000Z to 1970-01-01T00:00:01.500Z; found again by query: 3',
    {event: 'gap', shard: 's1', sinceAt: '1970-01-01T00:00:00.000Z', untilAt: '1970-01-01T00:00:01.500Z', refilled: 3}],
  [{
    kind: 'gap', shard: 's1', sinceMs: 0, untilMs: 0, refilled: null,
  }, 'shard s1: gap from 1970-01-01T00:00:00.000Z to 1970-01-01T00:00:00.000Z; found again by query: nothing could be asked',
    {
      event: 'gap', shard: 's1', sinceAt: '1970-01-01T00:00:00.000Z', untilAt: '1970-01-01T00:00:00.000Z',
      refilled: null,
    }],
  [
    {kind: 'dropped', shard: 's1', records: 7},
    'shard s1: 7 records came faster than they were read, and are not shown',
    {event: 'dropped', shard: 's1', records: 7},
  ],
  [
    {kind: 'state', shard: 's1', state: 'lost', reason: 'cut off'}, 'shard s1: cut off; trying again',
    {event: 'state', shard: 's1', state: 'lost', reason: 'cut off'},
  ],
  [
    {kind: 'state', shard: 's1', state: 'silent', reason: 'quiet'}, 'shard s1: quiet',
    {event: 'state', shard: 's1', state: 'silent', reason: 'quiet'},
  ],
]
test.each(told)('%j is told on stderr, and in the stream as jsonl', async (item, note, event) => {
  expect(await printed([item])).toEqual({out: '', notes: [note], records: 0})
  const {out, notes} = await printed([item], {jsonl: true})
  expect([JSON.parse(out), notes]).toEqual([event, []])
})
