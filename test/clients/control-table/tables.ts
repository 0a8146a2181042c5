import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {ControlTableClient, type ClientOptions} from '../../../src/clients/control-table/client.ts'
import {createTable} from '../../../src/clients/control-table/create.ts'
import {localStore} from '../../../src/clients/control-table/local-store.ts'
import {rfc3339, type TaskRow} from '../../../src/clients/control-table/model.ts'

export const fixtures = join(import.meta.dirname, '../../fixtures/control-table')
export const author = {tool: 'opsdeck/test', operator: 'tester', reason: 'a test'}

export const at = (minutes: number, micros = 0): bigint =>
  1_768_000_000_000_000n + BigInt(minutes) * 60_000_000n + BigInt(micros)

export function row(task: string, more: Partial<TaskRow> = {}): TaskRow {
  return {task, status: 'idle', podId: 'pod-a', claimedAtUs: at(0), completedAtUs: null, nextRunAtUs: at(0), ...more}
}

/** A row as the expected.json of the sample tables has it. */
export const plain = (each: TaskRow) => ({
  task_name: each.task, status: each.status, pod_id: each.podId, claimed_at: rfc3339(each.claimedAtUs),
  completed_at: each.completedAtUs === null ? null : rfc3339(each.completedAtUs),
  next_run_at: rfc3339(each.nextRunAtUs),
})

/** A storage folder with an empty control table in it. */
export async function newTable(): Promise<{uri: string; root: string; remove: () => Promise<void>}> {
  const uri = await mkdtemp(join(tmpdir(), 'opsdeck-tasks-'))
  const root = join(uri, '_scouter_control')
  const {mkdir} = await import('node:fs/promises')
  await mkdir(join(root, '_delta_log'), {recursive: true})
  await createTable(localStore(root), author.tool, Date.now())
  return {uri, root, remove: () => rm(uri, {recursive: true, force: true})}
}

export function client(root: string, more: Partial<ClientOptions> = {}): ControlTableClient {
  return new ControlTableClient({store: localStore(root), author, fence: true, lookAgainMs: 0, ...more})
}

const never = new AbortController().signal

/** Claims and gives the result, or throws the refusal. */
export async function claim(tasks: ControlTableClient, task: string, holder = 'me') {
  const change = await tasks.planClaim(task, {holder})
  const outcome = await change.apply(never)
  if (outcome.state !== 'done') throw outcome.error
  return outcome.result
}

export async function release(tasks: ControlTableClient, task: string, intervalMs = 0, podId = 'me') {
  const change = await tasks.planRelease(task, {claim: {podId}, intervalMs})
  const outcome = await change.apply(never)
  if (outcome.state !== 'done') throw outcome.error
  return outcome.result
}
