import {mkdir} from 'node:fs/promises'
import {join} from 'node:path'
import {ControlTableClient} from '../clients/control-table/client.ts'
import {createTable} from '../clients/control-table/create.ts'
import {localStore} from '../clients/control-table/local-store.ts'
import {logFolder} from '../clients/control-table/store.ts'
import {systemClock, type Clock} from '../clients/net/deadline.ts'

const tool = 'opsdeck/sandbox'
const minutes = (n: number) => n * 60_000

interface Past {
  minutesAgo: number
  task: string
  holder: string
  /** Undefined for a claim. */
  end?: {kind: 'release'; intervalMs: number} | {kind: 'fail'}
}

/** A morning of an engine's tasks, which ends with one of each state: idle, due, processing, stale, failed. */
const past: readonly Past[] = [
  {minutesAgo: 190, task: 'summary_optimize', holder: 'scouter-0'},
  {minutesAgo: 186, task: 'summary_optimize', holder: 'scouter-0', end: {kind: 'release', intervalMs: minutes(60)}},
  {minutesAgo: 95, task: 'trace_optimize', holder: 'scouter-1'},
  {minutesAgo: 91, task: 'trace_optimize', holder: 'scouter-1', end: {kind: 'release', intervalMs: minutes(24 * 60)}},
  {minutesAgo: 70, task: 'alert_rollup', holder: 'scouter-0'},
  {minutesAgo: 68, task: 'alert_rollup', holder: 'scouter-0', end: {kind: 'fail'}},
  {minutesAgo: 47, task: 'trace_retention', holder: 'scouter-1'},
  {minutesAgo: 4, task: 'metric_compact', holder: 'scouter-0'},
]

/** Makes a real control table in a folder, as scouter's storage folder holds it. */
export async function seedTasks(uri: string, nowMs: number): Promise<void> {
  const root = join(uri, '_scouter_control')
  await mkdir(join(root, logFolder), {recursive: true})
  await createTable(localStore(root), tool, nowMs - minutes(200))
  for (const step of past) await play(root, step, nowMs - minutes(step.minutesAgo))
}

async function play(root: string, {task, holder, end}: Past, atMs: number): Promise<void> {
  const clock: Clock = {...systemClock, nowMs: () => atMs}
  const tasks = new ControlTableClient({
    store: localStore(root), author: {tool, operator: holder, reason: undefined}, fence: false, lookAgainMs: 0, clock,
    nowUs: () => BigInt(atMs) * 1_000n,
  })
  const claim = {podId: holder}
  const change = end === undefined ? await tasks.planClaim(task, {holder})
    : end.kind === 'fail' ? await tasks.planFail(task, {claim})
      : await tasks.planRelease(task, {claim, intervalMs: end.intervalMs})
  const outcome = await change.apply(new AbortController().signal)
  if (outcome.state !== 'done') throw outcome.error
}
