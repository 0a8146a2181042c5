// The built dashboard on a terminal of 200 x 50 against the world of dash-farm.ts, while keys are typed: what its real
// clients cost. By itself: `node test/bench/dash-real.ts SECONDS` prints one JSON object.
import {spawn, type ChildProcess} from 'node:child_process'
import {once} from 'node:events'
import {mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {loadavg, tmpdir} from 'node:os'
import {join} from 'node:path'
import {binPath, cleanEnv} from '../helpers/cli.ts'

/** What the dashboard's process says of itself each second. */
interface Probe {
  longestBlockMs: number
  rssMb: number
  cpuMs: number
  atMs: number
}

export interface RealLoad {
  seconds: number
  presses: number
  /** Keys whose effect was not on the screen within a second. */
  missed: number
  keyP50Ms: number
  keyP99Ms: number
  longestBlockMs: number
  cpuShare: number
  rssMb: number
  rssSlopeMbAnHour: number
  bytesASecond: number
  machineLoad: number
}

const settledMs = 6_000
const longestKeyMs = 1_000
const sleep = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms))

/** Runs in the dashboard's process, beside it. */
const probe = (path: string) => `
  import {writeFileSync, renameSync} from 'node:fs'
  import {monitorEventLoopDelay} from 'node:perf_hooks'
  const loop = monitorEventLoopDelay({resolution: 5})
  setTimeout(() => loop.enable(), ${settledMs - 1_000}).unref()
  setInterval(() => {
    const {user, system} = process.cpuUsage()
    const said = {longestBlockMs: loop.max / 1e6, rssMb: process.memoryUsage.rss() / 1e6, cpuMs: (user + system) / 1e3}
    writeFileSync('${path}.part', JSON.stringify({...said, atMs: performance.now()}))
    renameSync('${path}.part', '${path}')
  }, 1000).unref()`

const selected = /\u001b\[7m> /
/** Keys, and what each of them brings to the screen. */
const keys: readonly (readonly [string, RegExp])[] = [
  ['7', /LEASES {2}/], ...Array<[string, RegExp]>(15).fill(['j', selected]), ['G', selected], ['g', selected],
  ['6', /TASKS {2}/], ...Array<[string, RegExp]>(10).fill(['j', selected]),
  ['0', /RAFT/], ['4', /SHARDS {2}/], ['j', selected], ['0', /RAFT/],
]
const otherColours = /\u001b\[(?!7m)[0-9;]*m/g

async function startFarm(dir: string): Promise<ChildProcess> {
  const program = join(import.meta.dirname, 'dash-farm.ts')
  const farm = spawn(process.execPath, [program, dir], {stdio: ['ignore', 'pipe', 'inherit']})
  await once(farm.stdout, 'data')
  return farm
}

function startDash(dir: string) {
  const beside = encodeURIComponent(probe(join(dir, 'probe.json'))).replaceAll("'", '%27')
  const line = `'${process.execPath}' --import 'data:text/javascript,${beside}' '${binPath('ctl')}' dash`
  const env = cleanEnv({TERM: 'xterm-256color', OPSDECK_CONFIG: join(dir, 'config.yaml'), XDG_STATE_HOME: dir})
  return spawn('script', ['-qfec', `stty cols 200 rows 50; exec ${line}`, '/dev/null'], {
    env, stdio: ['pipe', 'pipe', 'ignore'],
  })
}

/** Types for so long; how long each key took, and what was written meanwhile. */
async function type({stdin, stdout}: ReturnType<typeof startDash>, seconds: number, each: () => void) {
  const took: number[] = []
  let [bytes, missed] = [0, 0]
  let see: ((text: string) => void) | undefined
  stdout.setEncoding('utf8').on('data', (text: string) => {
    bytes += text.length
    see?.(text)
  })
  const startedMs = performance.now()
  for (let at = 0; performance.now() - startedMs < seconds * 1_000; at += 1) {
    const [key, wanted] = keys[at % keys.length]!
    const pressedMs = performance.now()
    let text = ''
    const shown = new Promise<true>(resolve => (see = more => {
      text += more
      if (wanted.test(text.replaceAll(otherColours, ''))) resolve(true)
    }))
    stdin.write(key)
    if (!(await Promise.race([shown, sleep(longestKeyMs)]))) missed += 1
    see = undefined
    took.push(performance.now() - pressedMs)
    each()
    await sleep(170 + Math.random() * 60)
  }
  return {took: took.sort((a, b) => a - b), bytes, missed}
}

/** Least squares over the second half: what grows without end grows there too. */
export function slopeAnHour(points: readonly {atMs: number; rssMb: number}[]): number {
  const half = points.slice(Math.floor(points.length / 2))
  const mean = (get: (each: {atMs: number; rssMb: number}) => number) =>
    half.reduce((sum, each) => sum + get(each), 0) / half.length
  const [x, y] = [mean(each => each.atMs), mean(each => each.rssMb)]
  const over = half.reduce((sum, each) => sum + (each.atMs - x) * (each.rssMb - y), 0)
  return (over / half.reduce((sum, each) => sum + (each.atMs - x) ** 2, 0)) * 3_600_000
}

export async function realLoad(seconds: number): Promise<RealLoad> {
  const dir = mkdtempSync(join(tmpdir(), 'opsdeck-bench-dash-real-'))
  const farm = await startFarm(dir)
  try {
    const dash = startDash(dir)
    await sleep(settledMs)
    const said = () => JSON.parse(readFileSync(join(dir, 'probe.json'), 'utf8')) as Probe
    const first = said()
    const points = [first]
    const {took, bytes, missed} = await type(dash, seconds, () => {
      const newest = said()
      if (newest.atMs !== points.at(-1)!.atMs) points.push(newest)
    })
    const last = points.at(-1)!
    dash.stdin.write('q')
    await once(dash, 'close')
    const elapsedMs = last.atMs - first.atMs
    return {
      seconds: Math.round(elapsedMs / 1_000), presses: took.length, missed,
      keyP50Ms: took[Math.floor(took.length / 2)]!, keyP99Ms: took[Math.floor(took.length * 0.99)]!,
      longestBlockMs: last.longestBlockMs, cpuShare: (last.cpuMs - first.cpuMs) / elapsedMs,
      rssMb: Math.max(...points.map(({rssMb}) => rssMb)), rssSlopeMbAnHour: slopeAnHour(points),
      bytesASecond: Math.round((bytes / elapsedMs) * 1_000), machineLoad: loadavg()[0]!,
    }
  } finally {
    farm.kill()
    await once(farm, 'close')
    rmSync(dir, {recursive: true, force: true})
  }
}

if (import.meta.main) process.stdout.write(`${JSON.stringify(await realLoad(Number(process.argv[2] ?? 20)))}\n`)
