import {createHash} from 'node:crypto'
import {watch} from 'node:fs'
import {open, readdir, stat} from 'node:fs/promises'
import {createServer, request, type Server} from 'node:http'
import type {AddressInfo} from 'node:net'
import {join, relative} from 'node:path'
import {afterAll, beforeAll, beforeEach, describe, expect, it} from 'vitest'
import seed from '../../../src/sandbox/tael/seed.json' with {type: 'json'}
import {binPath, run, runBin} from '../../helpers/cli.ts'
import {taelContext} from '../../helpers/context.ts'
import {sendOtlp, type Seed} from './otlp.ts'
import {dispose, startTael, type TaelNode} from './start.ts'

/* What the tool asks of a server, and what it does to its WAL directory: every command, as a whole process. */

const id = '35f76ceff3c810b2049457e1371ebd87'
const root = join(import.meta.dirname, '../../../src/commands/tael')

/** The words of every command that reads; those that follow are stopped after a while. */
const reads: Record<string, string[]> = {
  alerts: [], 'alert list': [], anomalies: [], correlate: [id], 'comment list': [id], diff: [], doctor: [],
  'ingest status': [],
  logs: [], metric: ['http.server.requests'], metrics: [], services: [], shards: [], spans: ['--explain'],
  sql: ['SELECT 1'], summarize: ['--exact'],
  topology: [], trace: [id], traces: [], watch: ['--max-ticks', '2', '--interval', '1s'], 'tail logs': ['-f'],
  'tail traces': ['-f'],
  'get metric': ['http.server.requests'], 'get trace': [id], 'query logs': [], 'query metrics': [],
  'query sql': ['SELECT 1'], 'query traces': [],
}
/** The same commands in another form. */
const more: [string, ...string[]][] = [
  ['alerts', '--follow'], ['metrics', '--query', 'sum(http.server.requests)'], ['metrics', '--rollups'],
  ['shards', '--watch', '500ms', '--count', '2'],
  ['watch', '--exit-on', 'alert:none', '--max-ticks', '1'], ['spans', '--attribute', 'http.route~=heck'],
  ['logs', '--until', '1m'],
]
const readsFiles = ['wal inspect', 'wal stat', 'wal tail']
const changes = ['alert create', 'alert delete', 'comment add']
/** `wal tap` listens, `completion` and `schema` print what is known. */
const asksNobody = ['wal tap', 'completion', 'schema']

let node: TaelNode
let proxy: Server
let via: string
const requests: string[] = []

beforeAll(async () => {
  node = await startTael()
  await sendOtlp(node.url, seed as unknown as Seed)
  proxy = createServer((incoming, outgoing) => {
    requests.push(`${incoming.method} ${incoming.url!.split('?')[0]}`)
    const forward = request(node.url + incoming.url!, {method: incoming.method, headers: incoming.headers}, answer => {
      outgoing.writeHead(answer.statusCode!, answer.headers)
      outgoing.flushHeaders()
      answer.pipe(outgoing)
    })
    forward.on('error', () => outgoing.destroy())
    outgoing.on('close', () => forward.destroy())
    incoming.pipe(forward)
  })
  await new Promise<void>(resolve => proxy.listen(0, '127.0.0.1', resolve))
  via = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
})
afterAll(async () => {
  proxy?.closeAllConnections()
  proxy?.close()
  await dispose(node)
})
beforeEach(() => void requests.splice(0))

/** A command through the proxy, by context, interrupted after a while if it goes on. */
const tael = (words: readonly string[]) =>
  run('timeout', ['-s', 'INT', '4', process.execPath, binPath('tael'), ...words], {
    env: {XDG_CONFIG_HOME: taelContext({url: via})},
  })

it('knows every command there is', async () => {
  const files = (await readdir(root, {recursive: true})).filter(name => name.endsWith('.ts'))
  const names = files.map(name => name.replace(/\.ts$/, '').replaceAll('/', ' '))
  expect([...Object.keys(reads), ...readsFiles, ...changes, ...asksNobody].sort()).toEqual(names.sort())
})

describe('requests', () => {
  const all = [...Object.entries(reads).map(([name, words]) => [...name.split(' '), ...words]), ...more]
  it.each(all.map(words => [words.join(' '), words] as const))('tael %s only reads', async (_line, words) => {
    const {code, stderr} = await tael(words)
    expect([code, stderr.includes('at file:')]).toEqual([
      expect.toSatisfy((each: number) => each < 100 || each === 124 || each === 130), false,
    ])
    expect(requests.length).toBeGreaterThan(0)
    expect(requests.filter(each => !each.startsWith('GET '))).toEqual([])
    expect(requests.filter(each => each.includes('/internal/') && each !== 'GET /internal/cluster')).toEqual([])
  })
  it('commands that change something write to their own route only', async () => {
    await tael(['comment', 'add', id, 'seen', '--yes'])
    await tael(['alert', 'create', '--name', 'x', '--query', 'up > 1', '--yes'])
    await tael(['alert', 'delete', 'x', '--yes'])
    const written = requests.filter(each => !each.startsWith('GET '))
    expect(written).toEqual([`POST /api/v1/traces/${id}/comments`, 'POST /api/v1/alerts', 'DELETE /api/v1/alerts/x'])
  })
})

/** Everything about a directory that a write could change: names, sizes, times, and the bytes that are really there. */
async function picture(folder: string): Promise<string[]> {
  const names = (await readdir(folder, {recursive: true})).sort()
  return Promise.all(['.', ...names].map(async name => {
    const path = join(folder, name)
    const {mode, ino, size, mtimeNs, ctimeNs, blocks} = await stat(path, {bigint: true})
    const isFile = ((mode & 0o170000n) === 0o100000n)
    return [
      relative(folder, path) || '.', mode, ino, size, mtimeNs, ctimeNs, blocks, isFile ? await digest(path) : '',
    ].join(' ')
  }))
}

/** Of the first 32 MiB of each: the files are sparse, and hold far less. */
async function digest(path: string): Promise<string> {
  const file = await open(path)
  const {bytesRead, buffer} = await file.read(Buffer.alloc(32 * 1024 * 1024), 0, 32 * 1024 * 1024, 0)
  await file.close()
  return createHash('sha256').update(buffer.subarray(0, bytesRead)).digest('hex')
}

describe('the WAL directory', () => {
  it('is only read: no file is made, changed, locked or touched while the server stands still', async () => {
    const folder = join(node.dir, 'wal')
    const segment = (await readdir(join(folder, 'tael-backend'))).find(name => /^\d+$/.test(name))!
    node.freeze()
    const events: string[] = []
    const watchers = [folder, join(folder, 'tael-backend')].map(
      each => watch(each, (event, name) => events.push(`${event} ${String(name)}`)),
    )
    const before = await picture(folder)
    try {
      const lines = [
        ['wal', 'stat'], ['wal', 'stat', '-o', 'json'], ['wal', 'inspect', join(folder, 'tael-backend', segment)],
        ['wal', 'tail', '--from', 'start'], ['wal', 'tail', '--from', 'start', '--frames', '-o', 'jsonl'],
        ['wal', 'tail', '--from', 'now', '-f'],
      ]
      for (const words of lines) {
        const {code, stdout} = await run('timeout', [
          '-s', 'INT', '2', process.execPath, binPath('tael'), ...words,
          ...(words[1] === 'inspect' ? [] : ['--dir', folder]),
        ])
        expect([words.join(' '), [0, 124, 130]]).toEqual([words.join(' '), expect.arrayContaining([code])])
        if (!words.includes('now')) expect(stdout).not.toBe('')
      }
      expect(await picture(folder)).toEqual(before)
      expect(events).toEqual([])
    } finally {
      watchers.forEach(each => each.close())
      node.thaw()
    }
  })
  it('holds after that what the server goes on with', async () => {
    await sendOtlp(node.url, {spans: (seed as unknown as Seed).spans.slice(0, 3)})
    expect((await runBin('tael', ['services', '--server', node.url])).code).toBe(0)
  })
})
