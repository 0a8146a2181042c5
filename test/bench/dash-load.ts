// A dashboard under load on a terminal of its own making; prints one JSON object. argv: seconds
import {PassThrough} from 'node:stream'
import {loadavg} from 'node:os'
import {monitorEventLoopDelay} from 'node:perf_hooks'
import {smallMemory} from '../../src/cli/bounded-memory.ts'
import type {AnySource} from '../../src/ui/sources.ts'
import {fakeSources} from '../ui/fake-sources.ts'
import {slopeAnHour} from './dash-real.ts'
import {lease, leases, raft, rule, alerts, shardNode, shards, group, task, tasks} from '../ui/samples.ts'

const seconds = Number(process.argv[2] ?? 20)
smallMemory()
const {runLive} = await import('../../src/ui/live.ts')

/** 64 groups of two, 1,000 leases, 5,000 tasks of which 200 change each second so that each is an event. */
let round = 0
const nodes = () => Array.from({length: 128}, (_, at) => shardNode({
  url: `http://10.0.${at >> 1}.${at & 1}:7701`, shard: `shard-${at >> 1}`, latencyMs: Math.random() * 20,
  isLeader: at % 2 === 0,
}))
const groups = Array.from({length: 64}, (_, at) => group({shard: `shard-${at}`}))
const isStale = (at: number) => at % 200 === round % 200 || Math.floor(at / 200) === round % 25
const tasksNow = () => {
  round += 1
  const claimedAt = new Date().toISOString()
  return Array.from({length: 5_000}, (_, at) => task({
    task: `task_${at}`, state: isStale(at) ? 'stale' : 'processing', claimedAt, holder: `pod-${at % 40}`,
  }))
}
const leasesNow = () => Array.from({length: 1_000}, (_, at) => lease({key: `export-${at}`, revision: BigInt(round)}))
const alertState = (at: number) => (at % 10 === 0 ? 'firing' : 'ok')
const rules = () => Array.from({length: 50}, (_, at) => rule({name: `alert-${at}`, state: alertState(at)}))
const list: AnySource[] = [
  {name: 'raft', intervalMs: 1_000, read: async () => raft({id: 1, term: 3n})},
  {name: 'shards', intervalMs: 1_000, read: async () => shards(nodes(), groups)},
  {name: 'tasks', intervalMs: 1_000, read: async () => tasks(tasksNow())},
  {name: 'leases', intervalMs: 1_000, read: async () => leases(...leasesNow())},
  {name: 'alerts', intervalMs: 2_000, read: async () => alerts(...rules())},
]
const sources = fakeSources({facts: {context: 'load', danger: false, readonly: true, version: '0'}, list})

const stdout = Object.assign(new PassThrough(), {columns: 200, rows: 50, isTTY: true})
const self = (): PassThrough => stdin
const stdin = Object.assign(new PassThrough(), {isTTY: true, setRawMode: self, ref: self, unref: self})
let bytes = 0
let onFrame: (() => void) | undefined
stdout.on('data', (chunk: Buffer) => {
  bytes += chunk.length
  onFrame?.()
})
const sleep = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms))
const stop = new AbortController()
const ended = runLive({
  sources, stdout: stdout as never, stdin: stdin as never, colour: true, unicode: true, signal: stop.signal,
  now: () => ({ms: Date.now(), monotonicMs: performance.now()}), sleep,
})
await sleep(3_000)
const loop = monitorEventLoopDelay({resolution: 5})
loop.enable()
const startedCpu = process.cpuUsage()
const startedMs = performance.now()
const startedBytes = bytes
const latencies: number[] = []
/** What the main thread worked for a key: on a busy machine the wall clock says more about the others. */
const worked: number[] = []
const cpuMs = () => {
  const {user, system} = process.threadCpuUsage()
  return (user + system) / 1_000
}
const memory: {atMs: number; rssMb: number}[] = []
const keys = ['6', ...Array<string>(20).fill('j'), 'G', 'g', '0', '7', 'j', 'j', '4', 'j', '0']
for (let at = 0; performance.now() - startedMs < seconds * 1_000; at += 1) {
  const pressedMs = performance.now()
  const pressedCpuMs = cpuMs()
  const shown = new Promise<void>(resolve => (onFrame = resolve))
  stdin.write(keys[at % keys.length]!)
  await Promise.race([shown, sleep(500)])
  latencies.push(performance.now() - pressedMs)
  worked.push(cpuMs() - pressedCpuMs)
  onFrame = undefined
  if (at % 20 === 0) memory.push({atMs: performance.now(), rssMb: process.memoryUsage().rss / 1e6})
  await sleep(170 + Math.random() * 60)
}
const cpu = process.cpuUsage(startedCpu)
const elapsedMs = performance.now() - startedMs
loop.disable()
stop.abort()
await ended
latencies.sort((a, b) => a - b)
worked.sort((a, b) => a - b)

const at = (sorted: readonly number[], share: number) => sorted[Math.floor(sorted.length * share)]!
process.stdout.write(`${JSON.stringify({
  seconds: Math.round(elapsedMs / 1_000), presses: latencies.length,
  keyP50Ms: at(latencies, 0.5), keyP99Ms: at(latencies, 0.99),
  keyCpuP50Ms: at(worked, 0.5), keyCpuP99Ms: at(worked, 0.99), keyCpuMaxMs: worked.at(-1),
  longestBlockMs: loop.max / 1e6, blockP99Ms: loop.percentile(99) / 1e6,
  cpuShare: (cpu.user + cpu.system) / 1_000 / elapsedMs,
  rssMb: Math.max(...memory.map(each => each.rssMb)), rssSlopeMbAnHour: slopeAnHour(memory),
  memory: process.memoryUsage(), bytesASecond: Math.round(((bytes - startedBytes) / elapsedMs) * 1_000),
  machineLoad: loadavg()[0],
})}\n`)
process.exit(0)
