import {mkdtempSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {createServer, type Server} from 'node:http'
import type {AddressInfo} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {clusterFindings} from '../../src/cli/doctor/raft.ts'
import {bucketFindings} from '../../src/cli/doctor/leases.ts'
import {skewSeconds} from '../../src/cli/doctor/finding.ts'
import {clockFinding, groupFinding, nodeFindings} from '../../src/cli/doctor/tael.ts'
import {rowFindings} from '../../src/cli/doctor/tasks.ts'
import {certificateFinding} from '../../src/cli/doctor/tls.ts'
import {runBin} from '../helpers/cli.ts'

const second = 1_000
const at = Date.parse('2026-11-21T10:00:00.500Z')
const header = (offsetMs: number) => new Date(Math.floor((at + offsetMs) / second) * second).toUTCString()

describe('the clock of a server', () => {
  test.each([
    [0, 0], [-400, 0], [5_000, 5], [60_000, 60], [-60_000, -60],
  ])('off by %i ms: about %i s', (offset, wanted) => {
    const skew = skewSeconds(header(offset), at, at + 20)!
    expect(Math.abs(skew - wanted)).toBeLessThanOrEqual(1)
    expect(Math.sign(skew)).toBe(Math.sign(wanted))
  })
  test.each([[undefined], ['soon']])('no time in %s', text => expect(skewSeconds(text, at, at)).toBeUndefined())
  test('a little is tolerated', () => {
    expect([clockFinding('u', 2).state, clockFinding('u', -3).state]).toEqual(['ok', 'warn'])
    expect(clockFinding('u', -3).detail).toContain('3 s behind ours')
  })
})

const node = {
  shard: 'a', url: 'http://h', healthy: true, ready: true, version: '0.5.15', latencyMs: 1, error: null, errors: 0,
  shed: 0, inFlight: 0,
  nodeId: null, epoch: null, lastAcceptedAt: null, coordinated: null, isLeader: null,
}
const states = (rows: {state: string}[]) => rows.map(({state}) => state).join(' ')

test.each([
  [{}, 'ok ok'], [{healthy: false, error: 'refused'}, 'fail'], [{ready: false}, 'fail ok'],
  [{version: '0.6.0'}, 'ok warn'],
  [{version: null}, 'ok warn'], [{version: 'sandbox'}, 'ok ok'], [{errors: 3, shed: 2}, 'ok ok warn warn'],
])('a tael node with %j: %s', (more, wanted) => expect(states(nodeFindings({...node, ...more}))).toBe(wanted))

test.each([
  ['ok', 'ok'], ['split', 'fail'], ['no-leader', 'fail'], ['unknown', 'fail'],
] as const)('a group that is %s: %s', (verdict, state) =>
  expect(groupFinding({shard: 'a', verdict, leader: 'n1', nodes: 2, healthy: 2, settling: false}).state).toBe(state))

const bucket = {
  servers: '2.15.2', maxAgeMs: 0, history: 5, replicas: 3, discard: 'new', maxBytes: -1, allowDirect: true,
} as const
test.each([
  [{}, 'ok ok ok ok ok ok'], [{maxAgeMs: 60_000}, 'ok fail ok ok ok ok'],
  [{discard: 'old', maxBytes: 10}, 'ok ok fail ok ok ok'],
  [{discard: 'old'}, 'ok ok ok ok ok ok'], [{replicas: 1, allowDirect: false}, 'ok ok ok warn ok warn'],
] as const)('a bucket with %j: %s', (more, wanted) => expect(states(bucketFindings({...bucket, ...more}))).toBe(wanted))

const member = {
  id: 1, endpoint: 'h:1', reachable: true, ready: true, role: 'leader', names: 1, leaderId: 1, term: 4n, proven: true,
  holdsLease: false, latencyMs: 1,
  members: [], error: null,
} as const
test('raft: a proven leader, a lost quorum, a node that is gone', () => {
  const leader = {id: 1, endpoint: 'h:1', term: 4n}
  expect(states(clusterFindings({leader, quorum: true, nodes: [{...member, members: []}], problems: []}))).toBe('ok ok')
  const gone = {...member, members: [], reachable: false, ready: false, error: {code: 'UNREACHABLE', message: 'gone'}}
  expect(states(clusterFindings({
    leader: null, quorum: false, nodes: [gone], problems: ['no proven leader: x', 'node 2 still names node 1'],
  }))).toBe('fail fail warn')
})

test('tasks: stale ones and doubled rows', () => {
  const task = {
    task: 't', state: 'idle', holder: 'h', claimedAt: '', staleAt: null, completedAt: null, nextRunAt: '', due: false,
    rows: 1, version: 1,
  } as const
  expect(states(rowFindings([task, {...task, state: 'stale'}, {...task, rows: 2}]))).toBe('warn fail')
})

test.each([
  [undefined, '2027-11-21T00:00:00Z', 'ok'], [undefined, '2026-11-25T00:00:00Z', 'warn'],
  ['SELF_SIGNED', '2027-11-21T00:00:00Z', 'fail'],
])('a certificate, refused for %s, until %s: %s', (refusal, end, state) =>
  expect(certificateFinding('tael', 'h', {valid_to: end}, refusal, at).state).toBe(state))

describe('the command', () => {
  let dir: string
  let server: Server
  let url: string
  let status = 200
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'opsdeck-doctor-'))
    server = createServer((request, response) => {
      const body = request.url === '/info' ? {
        version: '0.5.15',
      } : request.url === '/internal/cluster' ? {enabled: false} : {
        services: [], pipelines: [], backpressure: {in_flight: 0, max_in_flight: 8},
        metric_series: {tracked: 0, limit: 9, dropped_points: 0}, generated_at: '2026-11-21T10:00:00Z',
      }
      response.writeHead(request.url?.startsWith('/api') ? status : 200, {'content-type': 'application/json'}).end(
        JSON.stringify(body),
      )
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
    rmSync(dir, {recursive: true, force: true})
  })
  const doctor = (words: string[], context: object) => {
    writeFileSync(join(dir, 'config.yaml'), JSON.stringify({current: 'x', contexts: {x: context}}), {mode: 0o600})
    return runBin('ctl', ['doctor', ...words], {
      env: {OPSDECK_CONFIG: join(dir, 'config.yaml'), TAEL_SECRET: 'hunter2'},
    })
  }
  type Row = {system: string; check: string; state: string; fix: string | null}
  const rowsOf = (text: string) => (JSON.parse(text) as {items: Row[]}).items

  test('all well is 0; systems that the context does not name are no fault', async () => {
    const ran = await doctor(['-o', 'json'], {tael: {url, apiKey: 'env://TAEL_SECRET'}})
    expect(ran.code).toBe(0)
    const rows = rowsOf(ran.stdout)
    expect(rows.filter(row => row.state === 'fail')).toEqual([])
    expect(rows.find(row => row.check === `version ${url}`)).toMatchObject({state: 'ok', system: 'tael'})
    expect(rows.find(row => row.system === 'raft')).toMatchObject({check: 'not configured', state: 'ok'})
    expect(ran.stdout + ran.stderr).not.toContain('hunter2')
  })

  test('what is wrong is 1, each with a fix; the others are looked at all the same', async () => {
    status = 401
    const ran = await doctor(['-o', 'json'], {
      tael: {url}, raft: {endpoints: {1: '127.0.0.1:9'}}, tasks: {uri: join(dir, 'none')},
      artifacts: {url: 'file:///no/such/folder'},
      directives: {url: 'http://127.0.0.1:9', token: 'env://NOT_SET'}, leases: {url: 'nats://127.0.0.1:9', bucket: 'b'},
    })
    status = 200
    expect(ran.code).toBe(1)
    const failed = rowsOf(ran.stdout).filter(row => row.state === 'fail')
    expect(new Set(failed.map(row => row.system))).toEqual(new Set(['tael', 'raft', 'tasks', 'directives', 'leases']))
    expect(failed.find(row => row.check.startsWith('auth'))).toMatchObject({system: 'tael'})
    expect(failed.find(row => row.check === 'secret directives.token')).toBeDefined()
    expect(failed.filter(row => row.fix === null).map(row => row.check)).toEqual([])
  })

  test('only the systems that are asked for', async () => {
    const ran = await doctor(['tael', '-o', 'json'], {tael: {url}, raft: {endpoints: {1: '127.0.0.1:9'}}})
    expect(ran.code).toBe(0)
    expect(new Set(rowsOf(ran.stdout).map(row => row.system))).toEqual(new Set(['config', 'tael']))
    expect((await doctor(['teal'], {})).code).toBe(3)
  })

  test('a bundle says what it holds, asks, holds no secret and replaces nothing', async () => {
    const path = join(dir, 'bundle.json')
    const context = {tael: {url, apiKey: 'env://TAEL_SECRET'}}
    expect((await doctor(['tael', '--bundle', path], context)).code).toBe(12)
    const ran = await doctor(['tael', '--bundle', path, '--yes'], context)
    expect(ran).toMatchObject({code: 0, stderr: expect.stringContaining('will hold:')})
    expect(statSync(path).mode & 0o777).toBe(0o600)
    const text = readFileSync(path, 'utf8')
    expect(JSON.parse(text)).toMatchObject({
      version: 1, context: 'x',
      settings: [{key: 'tael.url', value: url}, {key: 'tael.apiKey', value: 'env://TAEL_SECRET'}],
    })
    expect(text).not.toContain('hunter2')
    expect((await doctor(['tael', '--bundle', path, '--yes'], context)).code).toBe(3)
  })
})
