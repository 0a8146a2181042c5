import {spawn, spawnSync} from 'node:child_process'
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {once} from 'node:events'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {binPath, cleanEnv} from '../helpers/cli.ts'
import {median, pair, type Ratio} from './measure.ts'

const shards = 32
const slowestMs = 100
const allowedMs = 30
const runs = 15

const script = (name: string) => join(import.meta.dirname, name)

/** 32 shards against the slowest of them alone; the target is what 30 ms more make of its time. */
export async function ratios(): Promise<Ratio[]> {
  const farm = spawn(process.execPath, [script('fanout-farm.ts'), String(shards), String(slowestMs)], {stdio: ['ignore', 'pipe', 'ignore']})
  const folder = mkdtempSync(join(tmpdir(), 'opsdeck-bench-fanout-'))
  try {
    const ports = JSON.parse(String((await once(farm.stdout, 'data'))[0])) as number[]
    return [commands(folder, ports), ...clients(ports)]
  } finally {
    farm.kill()
    rmSync(folder, {recursive: true, force: true})
  }
}

const withTarget = (ratio: Omit<Ratio, 'target'>): Ratio => ({...ratio, target: 1 + allowedMs / ratio.theirsMs})

/** Whole commands: start, context, answers, table. */
function commands(folder: string, ports: number[]): Ratio {
  mkdirSync(join(folder, 'opsdeck'))
  const names = ports.map((port, n) => `        s${n}: http://127.0.0.1:${port}\n`).join('')
  const yaml = `current: all\ncontexts:\n  all:\n    tael:\n      shards:\n${names}  one:\n    tael:\n      url: http://127.0.0.1:${ports.at(-1)}\n`
  writeFileSync(join(folder, 'opsdeck', 'config.yaml'), yaml, {mode: 0o600})
  const words = (context: string) => [process.execPath, binPath('tael'), 'spans', '-c', context] as const
  return withTarget(pair(`tael spans over ${shards} shards, against the slowest`, words('all'), words('one'), 0, {runs, env: {XDG_CONFIG_HOME: folder}}))
}

/** Clients in a process of their own: the first answer, with everything still to be compiled, and the fourth. */
function clients(ports: number[]): Ratio[] {
  const took = (...asked: number[]) =>
    JSON.parse(spawnSync(process.execPath, [script('fanout-cold.ts'), ...asked.map(String)], {encoding: 'utf8', env: cleanEnv()}).stdout) as {cold: number; warm: number}
  const pairs = Array.from({length: runs}, () => [took(...ports), took(ports.at(-1)!)] as const)
  return (['cold', 'warm'] as const).map(state => withTarget({
    name: `fan-out over ${shards} shards in one process, ${state}`,
    oursMs: median(pairs.map(([all]) => all[state])),
    theirsMs: median(pairs.map(([, one]) => one[state])),
    ratio: median(pairs.map(([all, one]) => all[state] / one[state])),
  }))
}
