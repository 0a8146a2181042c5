// A world of its own for the dashboard: 64 groups of two tael nodes, 1,000 leases, 5,000 tasks of which 200 change each
// second, a Raft cluster and two proxies. argv: a folder. Writes config.yaml there, prints a line, runs until killed.
import {randomUUID} from 'node:crypto'
import {mkdir, writeFile} from 'node:fs/promises'
import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import {join} from 'node:path'
import {ByteWriter, parquetWrite} from 'hyparquet-writer'
import {createTable} from '../../src/clients/control-table/create.ts'
import {localStore} from '../../src/clients/control-table/local-store.ts'
import {commitPath, logFolder} from '../../src/clients/control-table/store.ts'
import {encodeLeaseRecord} from '../../src/clients/lease/record.ts'
import {SqliteLeaseStore} from '../../src/clients/lease/sqlite-store.ts'
import {directives} from '../../src/sandbox/directives-part.ts'
import {raft} from '../../src/sandbox/raft/part.ts'

const dir = process.argv[2]!
const [groups, tasks, tasksAFile, leases, spansAShard] = [64, 5_000, 200, 1_000, 20]
const iso = (ms: number) => new Date(ms).toISOString()

/** What a node answers, as a tael server says it. */
function answers(shard: number, member: number): Record<string, string> {
  const nowMs = Date.now()
  const pipeline = (name: string) =>
    ({pipeline: name, batches: 1, errors: 0, last_accepted_at: iso(nowMs), records: 112, shed: 0})
  const spans = Array.from({length: spansAShard}, (_, at) => ({
    trace_id: (shard * 1_000 + at).toString(16).padStart(32, '0'), span_id: at.toString(16).padStart(16, '0'),
    parent_span_id: null, service: `checkout-${shard}`, operation: 'POST /checkout', kind: 'server', status: 'error',
    events: [], start_time: iso(nowMs - at * 1_000), end_time: iso(nowMs - at * 1_000 + 81), duration_ms: 81.000192,
    attributes: {'http.route': '/checkout', 'url.path': '/checkout', 'http.response.status_code': '500'},
  }))
  const rule = (name: string, state: string) => ({
    name, query: 'error_rate{service="checkout"} > 0.05', for_seconds: 30, window_seconds: 60, sinks: [],
    description: null, created_at: iso(nowMs), state,
  })
  return {
    '/healthz': 'ok', '/readyz': 'ready', '/info': JSON.stringify({version: '0.5.15', endpoints: ['/api/v1']}),
    '/internal/cluster': JSON.stringify({
      enabled: true, epoch: 1, is_leader: member === 0, node_id: `node-${shard}-${member}`,
    }),
    '/api/v1/ingest/status': JSON.stringify({
      backpressure: {in_flight: 0, max_in_flight: 512}, generated_at: iso(nowMs),
      metric_series: {dropped_points: 0, limit: 100_000, tracked: 2},
      pipelines: ['otlp_spans', 'otlp_logs', 'otlp_metrics', 'remote_write', 'datadog'].map(pipeline),
    }),
    '/api/v1/alerts': JSON.stringify({
      alerts: [rule('errors', shard % 8 === 0 ? 'firing' : 'ok'), rule('p95', 'ok')], count: 2,
    }),
    '/api/v1/traces': JSON.stringify({spans}),
  }
}

function node(shard: number, member: number): Promise<string> {
  const texts = answers(shard, member)
  const server = createServer((request, response) => {
    const text = texts[request.url!.split('?')[0]!]
    response.writeHead(text === undefined ? 404 : 200, {'content-type': 'application/json'}).end(text)
  })
  return new Promise(resolve => server.listen(0, '127.0.0.1', () =>
    resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)))
}

async function tael() {
  const pairs = await Promise.all(Array.from({length: groups}, async (_, shard) =>
    [`shard-${shard}`, await Promise.all([node(shard, 0), node(shard, 1)])] as const))
  const leaders = pairs.map(([name, [leader]]) => [name, leader] as const)
  return {groups: Object.fromEntries(pairs), shards: Object.fromEntries(leaders)}
}

const column = (name: string, type: 'BYTE_ARRAY' | 'INT64', repetition_type: 'REQUIRED' | 'OPTIONAL' = 'REQUIRED') =>
  (type === 'INT64' ? {name, type, repetition_type, converted_type: 'TIMESTAMP_MICROS' as const}
    : {name, type, repetition_type, converted_type: 'UTF8' as const})

/** Tasks `from` and those after it, all claimed `agoMs` ago by `holder`: more than half an hour makes them stale. */
function taskFile(from: number, holder: string, agoMs: number): Uint8Array {
  const writer = new ByteWriter()
  const claimed = BigInt(Date.now() - agoMs) * 1_000n
  const all = <T>(get: (at: number) => T) => Array.from({length: tasksAFile}, (_, at) => get(from + at))
  parquetWrite({
    writer, codec: 'SNAPPY', createdBy: 'bench',
    schema: [
      {name: 'schema', num_children: 6}, column('task_name', 'BYTE_ARRAY'), column('status', 'BYTE_ARRAY'),
      column('pod_id', 'BYTE_ARRAY'), column('claimed_at', 'INT64'), column('completed_at', 'INT64', 'OPTIONAL'),
      column('next_run_at', 'INT64'),
    ],
    columnData: [
      {name: 'task_name', data: all(at => `task_${String(at).padStart(5, '0')}`)},
      {name: 'status', data: all(() => 'processing')}, {name: 'pod_id', data: all(at => `${holder}-${at % 40}`)},
      {name: 'claimed_at', data: all(() => claimed)},
      {name: 'completed_at', data: all(() => null)}, {name: 'next_run_at', data: all(() => claimed)},
    ],
  })
  return new Uint8Array(writer.getBuffer())
}

/** A control table that changes by one commit a second: one file of 200 claims goes stale or is taken over. */
async function controlTable(): Promise<{uri: string}> {
  const uri = join(dir, 'tasks')
  const root = join(uri, '_scouter_control')
  await mkdir(join(root, logFolder), {recursive: true})
  const store = localStore(root)
  await createTable(store, 'bench', Date.now())
  const live = new Map<number, string>()
  let version = 0
  const put = async (files: readonly [slot: number, bytes: Uint8Array][]) => {
    const named = files.map(([slot, bytes]) => ({slot, bytes, path: `part-${randomUUID()}.snappy.parquet`}))
    const at = {dataChange: true, partitionValues: {}}
    const actions = named.flatMap(({slot, path, bytes}) => [
      ...(live.has(slot) ? [{remove: {path: live.get(slot), deletionTimestamp: Date.now(), ...at}}] : []),
      {add: {path, size: bytes.length, modificationTime: Date.now(), ...at}},
    ])
    const info = {commitInfo: {timestamp: Date.now(), operation: 'MERGE', operationParameters: {}, engineInfo: 'bench'}}
    const bytes = Buffer.from([info, ...actions].map(line => JSON.stringify(line)).join('\n'))
    await store.commit({path: commitPath((version += 1)), bytes}, named)
    for (const {slot, path} of named) live.set(slot, path)
  }
  const slots = Array.from({length: tasks / tasksAFile}, (_, slot) => slot)
  await put(slots.map(slot => [slot, taskFile(slot * tasksAFile, 'pod', 60_000)]))
  let turn = 0
  setInterval(() => {
    const [slot, isStale] = [turn % slots.length, Math.floor(turn / slots.length) % 2 === 0]
    turn += 1
    void put([[slot, taskFile(slot * tasksAFile, `pod${turn}`, isStale ? 2_000_000 : 0)]])
  }, 1_000)
  return {uri}
}

async function leaseFile(): Promise<{url: string}> {
  const store = new SqliteLeaseStore({path: join(dir, 'leases.db'), busyTimeoutMs: 5_000, nowMs: () => Date.now()})
  const nowS = BigInt(Math.floor(Date.now() / 1_000))
  for (let at = 0; at < leases; at += 1) {
    const record = {holderId: `exporter-${at % 20}`, acquiredAtUnixS: nowS, expiresAtUnixS: nowS + 3_600n + BigInt(at)}
    await store.write(`export-${at}`, encodeLeaseRecord(record), 0n)
  }
  return {url: store.place}
}

const options = {dir, nowMs: () => Date.now(), hide: []}
const context = {
  tael: await tael(), tasks: await controlTable(), leases: await leaseFile(), raft: (await raft.start(options)).section,
  directives: (await directives.start(options)).section,
}
await writeFile(join(dir, 'config.yaml'), JSON.stringify({current: 'load', contexts: {load: context}}), {mode: 0o600})
process.stdout.write('ready\n')
