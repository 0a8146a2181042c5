import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import seed from '../../../src/sandbox/tael/seed.json' with {type: 'json'}
import {run, runBin, type Ran} from '../../helpers/cli.ts'
import {sendOtlp, type Seed} from './otlp.ts'
import {dispose, startTael, taelBinary, type TaelNode} from './start.ts'

/*
 * The same words to the Rust CLI and to ours, on the same live server: the documents must be equal as parsed
 * JSON, and the exit codes those of its published contract, consistently (an empty list of logs or metrics is
 * 2 with us and 0 with it; usage errors are 3 with us and 2 with it).
 */

const slow = '35f76ceff3c810b2049457e1371ebd87'
let node: TaelNode

beforeAll(async () => {
  node = await startTael()
  await sendOtlp(node.url, seed as unknown as Seed)
  await fetch(`${node.url}/api/v1/traces/${slow}/comments`, {
    method: 'POST', headers: {'content-type': 'application/json'},
    body: JSON.stringify({author: 'sre', body: 'see the status page'}),
  })
})
afterAll(() => dispose(node))

const rust = (args: readonly string[]): Promise<Ran> =>
  run(taelBinary(), ['--server', node.url, '--format', 'json', ...args])
const ours = (args: readonly string[]): Promise<Ran> =>
  runBin('tael', [...args, '--server', node.url, '--format', 'json'])

/**
 * Without what the server computes from the moment of the call and without list orders, which it does not
 * keep. The Rust CLI's JSON parser is off by one in the last digit of some floats; ours is exact.
 */
function comparable(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value
      .map(comparable)
      .map(each => [JSON.stringify(each), each] as const)
      .sort((a, b) => (a[0] < b[0] ? -1 : 1))
      .map(([, each]) => each)
  }
  if (typeof value === 'number') return Number(value.toPrecision(14))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value)
    .filter(([key]) => !['elapsed_ms', 'generated_at'].includes(key))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, each]) => [key, comparable(each)]))
}

const queries: [words: string[], code: number][] = [
  [['query', 'traces'], 0],
  [['query', 'traces', '--limit', '7'], 0],
  [['query', 'traces', '--service', 'payments', '--status', 'error'], 0],
  [['query', 'traces', '--operation', 'POST', '--last', '1h'], 0],
  [['query', 'traces', '--min-duration', '100ms', '--max-duration', '1s'], 0],
  [['query', 'traces', '--min-duration', '0.5s'], 0],
  [['query', 'traces', '--attribute', 'deployment.version=v13'], 0],
  [['query', 'traces', '--attribute', 'http.route~=check', '--attribute', 'http.request.method=~P.*'], 0],
  [['query', 'traces', '--text', 'declined'], 0],
  [['query', 'traces', '--explain', '--limit', '2'], 0],
  [['query', 'traces', '--service', 'nobody'], 2],
  [['query', 'logs'], 0],
  [['query', 'logs', '--severity', 'error', '--last', '2h'], 0],
  [['query', 'logs', '--body-contains', 'retrying', '--attribute', 'attempt=1'], 0],
  [['query', 'logs', '--trace-id', slow], 0],
  [['query', 'metrics', '--name', 'http.server.requests', '--last', '2h'], 0],
  [['query', 'metrics', '--type', 'histogram'], 0],
  [['query', 'metrics', '--query', 'sum(http.server.requests) by (code)'], 0],
  [[
    'query', 'metrics', '--query', 'histogram_quantile(0.95, http.server.request.duration) by (service)', '--last',
    '1h',
  ], 0],
  [['query', 'metrics', '--rollups'], 2],
  [['get', 'trace', slow], 0],
  [['get', 'metric', 'http.server.requests'], 0],
  [['comment', 'list', slow], 0],
  [['services'], 0],
  [['summarize', '--last', '1h'], 0],
  [['summarize', '--last', '3h', '--service', 'payments'], 0],
  [['anomalies', '--last', '1h', '--baseline', '6h'], 0],
  [['diff', '--last', '1h', '--baseline', '6h'], 0],
  [['topology', '--last', '1h'], 0],
  [['correlate', '--trace', slow], 0],
  [['ingest', 'status'], 0],
]

describe('the document of --format json equals the Rust CLI\'s', () => {
  it.each(queries)('tael %j', async (words, code) => {
    const [theirs, mine] = await Promise.all([rust(words), ours(words)])
    expect(comparable(JSON.parse(mine.stdout))).toEqual(comparable(JSON.parse(theirs.stdout)))
    expect(mine.code).toBe(code)
    if (code === 0) expect(mine.stderr).toBe('')
    else expect(JSON.parse(mine.stderr)).toMatchObject({exit_code: code})
  })
})

describe('empty answers are 2, with the same document', () => {
  it.each([
    [['query', 'logs', '--service', 'nobody']],
    [['query', 'metrics', '--name', 'nothing']],
    [['query', 'metrics', '--query', 'nothing']],
    [['comment', 'list', 'ffffffffffffffffffffffffffffffff']],
    [['anomalies', '--service', 'nobody']],
    [['topology', '--last', '0']],
    [['query', 'traces', '--last', '0']],
  ])('tael %j', async words => {
    const [theirs, mine] = await Promise.all([rust(words), ours(words)])
    expect(comparable(JSON.parse(mine.stdout))).toEqual(comparable(JSON.parse(theirs.stdout)))
    expect(mine.code).toBe(2)
  })
})

describe('errors have the category and code of the published contract', () => {
  it.each([
    [['query', 'traces', '--attribute', 'k=~('], 3, 'bad_query'],
    [['query', 'metrics', '--query', 'a + b'], 3, 'bad_query'],
    [['query', 'sql', 'SELECT 1'], 3, 'bad_query'],
    [['get', 'trace', 'ffffffffffffffffffffffffffffffff'], 2, 'no_results'],
    [['correlate', '--trace', 'ffffffffffffffffffffffffffffffff'], 2, 'no_results'],
  ])('tael %j', async (words, code, category) => {
    const [theirs, mine] = await Promise.all([rust(words), ours(words)])
    expect([theirs.code, mine.code]).toEqual([code, code])
    expect(JSON.parse(mine.stderr)).toMatchObject({category, exit_code: code})
    expect(JSON.parse(theirs.stderr)).toMatchObject({category, exit_code: code})
  })

  it('says what the server said about a metric that is not there', async () => {
    const mine = await ours(['get', 'metric', 'nothing.like.it'])
    expect(mine.code).toBe(2)
    expect(JSON.parse(mine.stderr).error).toContain('nothing.like.it')
  })
})

describe('words that the server or the Rust CLI would misread', () => {
  it.each([
    ['--last banana', ['query', 'traces', '--last', 'banana']],
    ['a window beyond the calendar', ['query', 'traces', '--last', '99999999999d']],
    ['an unknown status', ['query', 'traces', '--status', 'nope']],
    ['an attribute without operator', ['query', 'traces', '--attribute', 'justkey']],
    ['an unparsable duration', ['query', 'traces', '--min-duration', 'soon']],
    ['a syntax error in full text', ['query', 'traces', '--text', 'a:b "']],
    ['a limit that is no number', ['query', 'traces', '--limit', 'many']],
    ['a limit beyond 32 bits', ['query', 'traces', '--limit', '99999999999']],
    ['an unknown flag', ['query', 'traces', '--bogus']],
    ['an unknown command', ['query', 'trace']],
  ])('%s is 3 with a reason', async (_, words) => {
    const mine = await ours(words)
    expect(mine.code).toBe(3)
    expect(mine.stdout).toBe('')
    expect(JSON.parse(mine.stderr)).toMatchObject({exit_code: 3, category: 'bad_query'})
  })

  it.each([
    ['1w', 186], ['1.5h', 114], ['500ms', 0], ['90m', 114],
  ])('--last %s is a window, not all time', async (last, spans) => {
    const mine = await ours(['query', 'traces', '--last', last, '--limit', '1000'])
    expect(JSON.parse(mine.stdout).spans).toHaveLength(spans)
    expect(mine.code).toBe(spans === 0 ? 2 : 0)
  })
})
