import {spawn, spawnSync} from 'node:child_process'
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {parts} from '../../src/sandbox/parts.ts'
import {startSandbox} from '../../src/sandbox/sandbox.ts'
import {binPath, cleanEnv} from '../helpers/cli.ts'
import {realLoad} from './dash-real.ts'
import {median, type Ratio} from './measure.ts'

/** Time until `wanted` is on a terminal of 120 x 40 that `script` lends; the program is ended then. */
function untilShown(line: string, wanted: RegExp[], env: Record<string, string>): Promise<number[]> {
  const startedAt = performance.now()
  const child = spawn('script', ['-qfec', `stty cols 120 rows 40; exec ${line}`, '/dev/null'], {
    env: cleanEnv({TERM: 'xterm-256color', ...env}), stdio: ['pipe', 'pipe', 'ignore'],
  })
  const seen: number[] = []
  let text = ''
  return new Promise((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', chunk => {
      text += chunk
      const before = seen.length
      while (seen.length < wanted.length && wanted[seen.length]!.test(text)) seen.push(performance.now() - startedAt)
      if (seen.length === wanted.length && seen.length > before) child.stdin.write('q')
    })
    child.once('error', reject)
    child.once('close', () => {
      if (seen.length < wanted.length) reject(new Error(`${line} did not show ${String(wanted[seen.length])}`))
      else resolve(wanted.length > 0 ? seen : [performance.now() - startedAt])
    })
  })
}

/**
 * First frame and first data against a bare `node -e 0` on the same kind of terminal; then a minute under load in a
 * process of its own. The load's targets are absolute; here they are the other side of the ratio.
 */
export async function ratios(): Promise<Ratio[]> {
  const dir = mkdtempSync(join(tmpdir(), 'opsdeck-bench-dash-'))
  const sandbox = await startSandbox(parts, {dir, nowMs: () => Date.now(), hide: []})
  try {
    const config = join(dir, 'config.yaml')
    writeFileSync(config, JSON.stringify({current: 'sandbox', contexts: {sandbox: sandbox.context}}), {mode: 0o600})
    const env = {OPSDECK_CONFIG: config, XDG_CACHE_HOME: join(dir, 'cache'), XDG_STATE_HOME: join(dir, 'state')}
    const runs: {first: number; data: number; bare: number}[] = []
    for (let at = 0; at < 22; at += 1) {
      const [first, data] = await untilShown(`'${process.execPath}' '${binPath('ctl')}' dash`, [/SHARDS/, /4\/4/], env)
      const [bare] = await untilShown(`'${process.execPath}' -e 0`, [], env)
      if (at >= 2) runs.push({first: first!, data: data!, bare: bare!})
    }
    const theirsMs = median(runs.map(({bare}) => bare))
    const dataMs = median(runs.map(({data}) => data))
    const startOf = (name: string, get: (run: (typeof runs)[number]) => number, target: number): Ratio => (
      {name, target, oursMs: median(runs.map(get)), theirsMs, ratio: median(runs.map(run => get(run) / run.bare))})
    return [
      startOf('ctl dash, first frame, against node -e 0', run => run.first, 6),
      {name: 'ctl dash, data of the sandbox, against 300 ms', target: 1, ...against(dataMs, 300)},
      ...underLoad(60), ...limits('dash with its real clients', await realLoad(60)),
    ]
  } finally {
    await sandbox.stop()
    rmSync(dir, {recursive: true, force: true})
  }
}

type Load = Record<'keyP99Ms' | 'cpuShare' | 'rssMb' | 'longestBlockMs', number>

const against = (oursMs: number, theirsMs: number) => ({oursMs, theirsMs, ratio: oursMs / theirsMs})

function limits(what: string, {keyP99Ms, longestBlockMs, cpuShare, rssMb}: Load): Ratio[] {
  return [
    {name: `${what}: a key shows, p99, against 50 ms`, target: 1, ...against(keyP99Ms, 50)},
    {name: `${what}: longest block of the loop against 50 ms`, target: 1, ...against(longestBlockMs, 50)},
    {name: `${what}: share of a core against 0.25`, target: 1, ...against(cpuShare, 0.25)},
    {name: `${what}: memory against 200 MB`, target: 1, ...against(rssMb, 200)},
  ]
}

function underLoad(seconds: number): Ratio[] {
  const program = fileURLToPath(new URL('dash-load.ts', import.meta.url))
  const env = cleanEnv({NODE_ENV: 'production'})
  const {stdout, status} = spawnSync(process.execPath, [program, String(seconds)], {env, encoding: 'utf8'})
  if (status !== 0) throw new Error(`the load ended with ${status}`)
  return limits('dash under load', JSON.parse(stdout.slice(stdout.indexOf('{'), stdout.lastIndexOf('}') + 1)) as Load)
}
