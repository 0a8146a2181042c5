import {spawn} from 'node:child_process'
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import seed from '../../../src/sandbox/tael/seed.json' with {type: 'json'}
import {binPath, cleanEnv, run, runBin} from '../../helpers/cli.ts'
import {freePorts} from '../../helpers/ports.ts'
import {manySpans, sendOtlp, type Seed, type SeedSpan} from './otlp.ts'
import {createKey, dispose, startTael, type TaelNode} from './start.ts'

let node: TaelNode
beforeAll(async () => {
  node = await startTael()
  await sendOtlp(node.url, seed as unknown as Seed)
})
afterAll(() => dispose(node))

const tael = (...args: string[]) => runBin('tael', [...args, '--server', node.url])

describe('a server in trouble', () => {
  it('frozen: 4 at --timeout, and it works again when thawed', async () => {
    node.freeze()
    const startedAt = performance.now()
    const frozen = await tael('services', '--timeout', '700ms', '-o', 'json')
    const tookMs = performance.now() - startedAt
    node.thaw()
    expect(frozen.code).toBe(4)
    expect(JSON.parse(frozen.stderr)).toMatchObject({code: 'TIMEOUT', category: 'unreachable'})
    // Far below the 30 s after which a server would answer: it was our limit that ended it.
    expect(tookMs).toBeLessThan(10_000)
    expect((await tael('services')).code).toBe(0)
  })
  it('a closed port: 4, without using up the timeout', async () => {
    const [port] = await freePorts(1)
    const closed = await runBin('tael', ['services', '--port-rest', String(port), '--timeout', '60s'], {
      limitMs: 20_000,
    })
    expect(closed).toMatchObject({code: 4, stdout: ''})
    expect(closed.stderr).toContain('nothing listens there')
  })
  it('killed in between: each command says what it saw', async () => {
    const other = await startTael()
    expect((await runBin('tael', ['ingest', 'status', '--server', other.url])).code).toBe(0)
    await other.kill()
    expect((await runBin('tael', ['ingest', 'status', '--server', other.url])).code).toBe(4)
    await other.restart()
    expect((await runBin('tael', ['ingest', 'status', '--server', other.url])).code).toBe(0)
    await dispose(other)
  })
  it('an unknown trace is 2, for people and for programs', async () => {
    const missing = await tael('trace', 'f'.repeat(32))
    expect(missing).toMatchObject({code: 2, stdout: ''})
    expect(missing.stderr).toContain('was not found')
  })
})

describe('keys', () => {
  it('none is 401, a wrong one is 401, a reader reads and may not write, and no key ever shows', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'opsdeck-auth-'))
    const key = createKey(dir, 'reader')
    const guarded = await startTael({dir, args: ['--auth', 'required']})
    const asked = (env: Record<string, string>, ...args: string[]) =>
      runBin('tael', [...args, '--server', guarded.url, '-v'], {env})
    const none = await asked({}, 'services')
    const wrong = await asked({TAEL_API_KEY: `tael_r_${'0'.repeat(48)}`}, 'services')
    const right = await asked({TAEL_API_KEY: key}, 'ingest', 'status')
    const write = await asked({TAEL_API_KEY: key}, 'comment', 'add', 'a'.repeat(32), 'text')
    const reference = await asked({MY_KEY: key}, 'ingest', 'status', '--api-key', 'env://MY_KEY')
    const literal = await asked({}, 'ingest', 'status', '--api-key', key)
    expect([none.code, wrong.code, right.code, write.code, reference.code, literal.code]).toEqual([5, 5, 0, 5, 0, 3])
    expect([none, wrong, right, write, reference, literal].map(each => each.stdout + each.stderr).join()).not.toContain(
      key,
    )
    await dispose(guarded)
  })
})

describe('a Unix socket', () => {
  it('is reached by flag, and a missing one is unreachable', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'opsdeck-sock-'))
    const socket = join(dir, 't.sock')
    const local = await startTael({socket, dir})
    expect((await runBin('tael', ['ingest', 'status', '--unix-socket', socket])).code).toBe(0)
    expect((await runBin('tael', ['ingest', 'status', '--server', `unix://${socket}`])).code).toBe(0)
    expect((await runBin('tael', ['ingest', 'status', '--unix-socket', join(dir, 'none.sock')])).code).toBe(4)
    await dispose(local)
    await rm(dir, {recursive: true, force: true})
  })
})

describe('readers of the output', () => {
  it('that leave after one line leave quietly', async () => {
    const piped = await run('sh', [
      '-c',
      `'${process.execPath}' '${binPath('tael')}' spans --limit 1000 -o jsonl --server ${node.url} | head -1; exit 0`,
    ])
    expect(piped.stdout.trim().split('\n')).toHaveLength(1)
    expect(piped.stderr).toBe('')
  })

  it('that pause for 15 s still get every line', async () => {
    await sendOtlp(node.url, {spans: manySpans(6_000, 60, 7)})
    const child = spawn(
      process.execPath,
      [binPath('tael'), 'spans', '--operation', 'operation', '--limit', '6000', '-o', 'jsonl', '--server', node.url],
      {env: cleanEnv(), stdio: ['ignore', 'pipe', 'inherit']},
    )
    await new Promise(resolve => setTimeout(resolve, 15_000))
    let lines = 0
    for await (const chunk of child.stdout) lines += String(chunk).split('\n').length - 1
    expect(lines).toBe(6_000)
  })
})

describe('what survives to the output', () => {
  const odd: SeedSpan = {
    trace_id: 'e'.repeat(32), span_id: 'e'.repeat(16), service: 'grün-日本',
    name: 'evil \u001b[31mred\u001b[0m \u009b5n\r\nnext', kind: 'internal',
    t_ms: -1_000.000_321, duration_ms: 0.000_123, status: 'ok',
    attributes: {'big.number': '9223372036854775807', 'emoji': '👩‍👩‍👧'},
  }
  beforeAll(() => sendOtlp(node.url, {spans: [odd]}))

  it('nanoseconds and text of many bytes', async () => {
    const [span] = (JSON.parse(
      (await tael('spans', '--service', 'grün-日本', '-o', 'json')).stdout,
    ) as {items: Record<string, unknown>[]}).items
    expect(span).toMatchObject({
      durationMs: 0.000_123, service: 'grün-日本', operation: odd.name,
      attributes: {'emoji': '👩‍👩‍👧', 'big.number': '9223372036854775807'},
    })
    expect(span!['startTime']).toMatch(/\.\d{6,9}Z$/)
  })

  it.each([
    'table', 'wide', 'json', 'jsonl', 'yaml', 'csv', 'name',
  ])('no control character reaches the terminal as -o %s', async format => {
    const {stdout, code} = await tael('spans', '--service', 'grün-日本', '-o', format)
    expect(code).toBe(0)
    // eslint-disable-next-line no-control-regex
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
  })
  it('nor by the waterfall', async () => {
    // eslint-disable-next-line no-control-regex
    expect((await tael('trace', odd.trace_id)).stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
  })

  it('a trace of 10,000 spans: all of them as data, a fold that says so as a picture', async () => {
    const spans = manySpans(10_000, 10_000, 9)
    await sendOtlp(node.url, {spans})
    const id = spans[0]!.trace_id
    const data = JSON.parse(
      (await tael('trace', id, '-o', 'json')).stdout,
    ) as {spanCount: number; spans: unknown[]; complete: boolean}
    expect(data).toMatchObject({spanCount: 10_000, complete: true})
    expect(data.spans).toHaveLength(10_000)
    const picture = await tael('trace', id, '--width', '100')
    expect(picture.code).toBe(0)
    expect(picture.stdout).toMatch(/of 10000 spans are not shown/)
  })
})

describe('windows with absolute ends', () => {
  it('are cut here, to the instant', async () => {
    const all = JSON.parse((await tael('logs', '--format', 'json')).stdout) as {logs: {timestamp: string}[]}
    const middle = all.logs[10]!.timestamp
    const before =
      JSON.parse((await tael('logs', '--until', middle, '--format', 'json')).stdout) as {logs: unknown[]; count: number}
    const after =
      JSON.parse((await tael('logs', '--since', middle, '--format', 'json')).stdout) as {logs: unknown[]; count: number}
    expect(before.logs.length + after.logs.length).toBeGreaterThanOrEqual(all.logs.length - 1)
    expect(before.count).toBe(before.logs.length)
    expect(after.count).toBe(after.logs.length)
  })
})
