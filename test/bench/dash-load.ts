// A dashboard under load on a terminal of its own making; prints one JSON object. argv: seconds
import {PassThrough} from 'node:stream'
import {monitorEventLoopDelay} from 'node:perf_hooks'
import {smallMemory} from '../../src/cli/bounded-memory.ts'
import type {AnySource} from '../../src/ui/sources.ts'
import {fakeSources} from '../ui/fake-sources.ts'
import {lease, leases, raft, rule, alerts, shardNode, shards, group, task, tasks} from '../ui/samples.ts'

const seconds = Number(process.argv[2] ?? 20)
smallMemory()
const {runLive} = await import('../../src/ui/live.ts')

/** 64 groups of two, 1,000 leases, 5,000 tasks of which 200 change each second so that each is an event. */
let round = 0
const nodes = () => Array.from({length: 128}, (_, at) => shardNode({url: `http://10.0.${at >> 1}.${at & 1}:7701`, shard: `shard-${at >> 1}`, latencyMs: Math.random() * 20, isLeader: at % 2 === 0}))
const groups = Array.from({length: 64}, (_, at) => group({shard: `shard-${at}`}))
const stateAt = (at: number) => (at % 200 === round % 200 || Math.floor(at / 200) === round % 25 ? 'stale' : 'processing')
const clock = () => new Date().toISOString()
const list: AnySource[] = [
  {name: 'raft', intervalMs: 1_000, read: async () => raft({id: 1, term: 3n})},
  {name: 'shards', intervalMs: 1_000, read: async () => shards(nodes(), groups)},
  {name: 'tasks', intervalMs: 1_000, read: async () => {
    round += 1
    const claimedAt = clock()
    return tasks(Array.from({length: 5_000}, (_, at) => task({task: `task_${at}`, state: stateAt(at), claimedAt, holder: `pod-${at % 40}`})))
  }},
  {name: 'leases', intervalMs: 1_000, read: async () => leases(...Array.from({length: 1_000}, (_, at) => lease({key: `export-${at}`, revision: BigInt(round)})))},
  {name: 'alerts', intervalMs: 2_000, read: async () => alerts(...Array.from({length: 50}, (_, at) => rule({name: `alert-${at}`, state: at % 10 === 0 ? 'firing' : 'ok'})))},
]
const sources = fakeSources({facts: {context: 'load', danger: false, readonly: true, version: '0'}, list})

const stdout = Object.assign(new PassThrough(), {columns: 200, rows: 50, isTTY: true})
const stdin = Object.assign(new PassThrough(), {isTTY: true, setRawMode: () => stdin, ref: () => stdin, unref: () => stdin})
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
/** What the main thread itself worked for a key: on a machine that is busy with others the wall clock says more about those. */
const worked: number[] = []
const cpuMs = () => {
  const {user, system} = process.threadCpuUsage()
  return (user + system) / 1_000
}
const memory: {atS: number; rssMb: number}[] = []
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
  if (at % 20 === 0) memory.push({atS: (performance.now() - startedMs) / 1_000, rssMb: process.memoryUsage().rss / 1e6})
  await sleep(170 + Math.random() * 60)
}
const cpu = process.cpuUsage(startedCpu)
const elapsedMs = performance.now() - startedMs
loop.disable()
stop.abort()
await ended
latencies.sort((a, b) => a - b)
worked.sort((a, b) => a - b)

/** Least squares over the second half: what grows without end grows there too. */
function slope(points: {atS: number; rssMb: number}[]): number {
  const half = points.slice(Math.floor(points.length / 2))
  const mean = (get: (each: (typeof half)[number]) => number) => half.reduce((sum, each) => sum + get(each), 0) / half.length
  const [x, y] = [mean(each => each.atS), mean(each => each.rssMb)]
  const over = half.reduce((sum, each) => sum + (each.atS - x) * (each.rssMb - y), 0)
  return (over / half.reduce((sum, each) => sum + (each.atS - x) ** 2, 0)) * 3_600
}
process.stdout.write(`${JSON.stringify({
  seconds: Math.round(elapsedMs / 1_000), presses: latencies.length, keyP50Ms: latencies[Math.floor(latencies.length / 2)],
  keyP99Ms: latencies[Math.floor(latencies.length * 0.99)], keyCpuP50Ms: worked[Math.floor(worked.length / 2)], keyCpuP99Ms: worked[Math.floor(worked.length * 0.99)], keyCpuMaxMs: worked.at(-1), longestBlockMs: loop.max / 1e6, blockP99Ms: loop.percentile(99) / 1e6,
  cpuShare: (cpu.user + cpu.system) / 1_000 / elapsedMs, rssMb: Math.max(...memory.map(each => each.rssMb)), rssSlopeMbAnHour: slope(memory),
  memory: process.memoryUsage(), bytesASecond: Math.round(((bytes - startedBytes) / elapsedMs) * 1_000),
})}\n`)
process.exit(0)
