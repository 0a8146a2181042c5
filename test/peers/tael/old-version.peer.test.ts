import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import seed from '../../../src/sandbox/tael/seed.json' with {type: 'json'}
import {runBin, type Ran} from '../../helpers/cli.ts'
import {taelContext} from '../../helpers/context.ts'
import {otlpBatches, sendOtlp, type Seed} from './otlp.ts'
import {dispose, startTael, type TaelNode} from './start.ts'
import {walServer, type WalServer} from './wal-server.ts'

/* Every command that reads, against the real 0.5.14: the answer of 0.5.15, or a plain word that it cannot be had. */

const slow = '35f76ceff3c810b2049457e1371ebd87'
let old: WalServer
let current: TaelNode

beforeAll(async () => {
  ;[old, current] = await Promise.all([walServer('0.5.14'), startTael()])
  await old.start()
  const nowNs = BigInt(Date.now()) * 1_000_000n
  for (const {signal, body} of otlpBatches(seed as unknown as Seed, {nowNs})) {
    expect(await old.ingest(signal, body)).toBe(200)
  }
  await sendOtlp(current.url, seed as unknown as Seed, {nowNs})
})
afterAll(async () => {
  await old?.dispose()
  await dispose(current)
})

const tael = (url: string, words: readonly string[]): Promise<Ran> => runBin('tael', [...words, '--server', url])

/** Items in an order of their own, numbers to nine digits, without buckets (0.5.14 keeps none) and the server's own metrics. */
function comparable(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value
      .map(comparable)
      .filter(each => !JSON.stringify(each).includes('tael.engine'))
      .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  }
  if (value && typeof value === 'object') return Object.fromEntries(
    Object.entries(value).filter(([key]) => key !== 'histogram').sort().map(([key, each]) => [key, comparable(each)]),
  )
  return typeof value === 'number' ? Number(value.toPrecision(9)) : value
}

describe('what both versions have is answered alike', () => {
  it.each([
    [['spans', '--limit', '1000']],
    [['spans', '--service', 'payments', '--status', 'error', '--since', '1h']],
    [['spans', '--operation', 'checkout', '--min-duration', '900ms', '--attribute', 'http.route=/checkout']],
    [['traces', '--status', 'error']],
    [['trace', slow]],
    [['services']],
    [['logs', '--severity', 'error']],
    [['logs', '--trace-id', slow, '--body-contains', 'retrying']],
    [['metrics', '--name', 'http.server.requests', '--since', '1h']],
    [['metrics', '--type', 'sum']],
    [['summarize', '--since', '1h', '--service', 'payments']],
    [['anomalies', '--since', '1h']],
    [['correlate', slow]],
    [['tail', 'logs', '--limit', '5', '-o', 'jsonl']],
  ])('tael %j', async words => {
    const format = words.includes('-o') ? [] : ['-o', 'json']
    const [before, now] = await Promise.all([
      tael(old.url, [...words, ...format]), tael(current.url, [...words, ...format]),
    ])
    expect([before.code, before.stderr]).toEqual([0, now.stderr])
    const parsed = (text: string) => text.trim().startsWith('{"event')
      ? text.trim().split('\n').map(line => JSON.parse(line) as unknown)
      : JSON.parse(text) as unknown
    expect(comparable(parsed(before.stdout))).toEqual(comparable(parsed(now.stdout)))
  })
  it('comments are written and read', async () => {
    expect((await tael(old.url, ['comment', 'add', slow, 'seen', '--yes'])).code).toBe(0)
    expect((await tael(old.url, ['comment', 'list', slow])).stdout).toContain('seen')
  })
})

describe('what it lacks is said, never answered as something else', () => {
  it.each([
    [['spans', '--attribute', 'http.route~=heck'], 'no attribute operators ~= and =~'],
    [['traces', '--attribute', 'error.type=~^time'], 'no attribute operators ~= and =~'],
    [['logs', '--attribute', 'attempt=1'], 'no attribute filter for logs'],
    [['metrics', '--rollups'], 'no /api/v1/metrics/rollups'],
    [['metric', 'http.server.requests'], 'no /api/v1/metrics/http.server.requests'],
    [['diff'], 'no /api/v1/diff'],
    [['topology'], 'no /api/v1/topology'],
    [['ingest', 'status'], 'no /api/v1/ingest/status'],
    [['alerts'], 'no /api/v1/alerts/events'],
    [['alerts', '--follow'], 'no /api/v1/alerts/live'],
    [['alert', 'list'], 'no /api/v1/alerts'],
    [['watch', '--max-ticks', '1', '--exit-on', 'alert:x'], 'no /api/v1/alerts'],
  ])('tael %j', async (words, said) => {
    const ran = await tael(old.url, words)
    expect(ran.code).toBe(1)
    expect(ran.stderr).toContain(said)
    expect(ran.stderr).not.toContain('shards')
  })
  it('PromQL with a dotted name is refused in the words of the server', async () => {
    expect(await tael(old.url, ['metrics', '--query', 'sum(http.server.requests)'])).toMatchObject({
      code: 3, stderr: expect.stringContaining('parse error'),
    })
  })
  it('full text finds less, and the command says so', async () => {
    const ran = await tael(old.url, ['spans', '--text', 'declined'])
    expect([ran.code, ran.stderr]).toEqual([2, expect.stringContaining('language models only')])
  })
  it('explain is missing, the spans are not', async () => {
    const ran = await tael(old.url, ['spans', '--explain', '--limit', '3'])
    expect([ran.code, ran.stderr]).toEqual([0, 'this server version has no explain\n'])
  })
  it('a shard of that version is missing from such an answer, and the rest is shown', async () => {
    const ran = await runBin('tael', ['logs', '--attribute', 'attempt=1', '-o', 'json'], {env: {
      XDG_CONFIG_HOME: taelContext({shards: {old: old.url, current: current.url}}),
    }})
    expect(ran.code).toBe(9)
    expect(JSON.parse(ran.stdout)).toMatchObject({items: [{}, {}], partial: [{shard: 'old', code: 'NO_FEATURE'}]})
  })
})
