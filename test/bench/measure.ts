import {spawnSync} from 'node:child_process'
import {cleanEnv} from '../helpers/cli.ts'

export interface Ratio {
  name: string
  /** Median of ours and of what it is held against, in milliseconds. */
  oursMs: number
  theirsMs: number
  /** Median of the ratios of the pairs. */
  ratio: number
  target: number
}

export type CommandLine = readonly [command: string, ...args: string[]]

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.ceil((sorted.length - 1) / 2)]!) / 2
}

/** Wall time of one whole process in milliseconds; its output is read and thrown away. */
export function wallMs([command, ...args]: CommandLine, env: Record<string, string> = {}): number {
  const startedAt = performance.now()
  const {status, error} = spawnSync(command, args, {env: cleanEnv(env), stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 1 << 30})
  if (error || status === null) throw error ?? new Error(`${command} was killed`)
  return performance.now() - startedAt
}

/** Two commands in turn, A B A B …, after two warm-ups: a machine whose speed drifts touches both alike. */
export function pair(name: string, ours: CommandLine, theirs: CommandLine, target: number, {runs = 20, env = {}} = {}): Ratio {
  for (let warm = 0; warm < 2; warm += 1) {
    wallMs(ours, env)
    wallMs(theirs, env)
  }
  const pairs = Array.from({length: runs}, () => [wallMs(ours, env), wallMs(theirs, env)] as const)
  return {
    name, target,
    oursMs: median(pairs.map(([mine]) => mine)),
    theirsMs: median(pairs.map(([, other]) => other)),
    ratio: median(pairs.map(([mine, other]) => mine / other)),
  }
}
