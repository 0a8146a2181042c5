import {rename, writeFile} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {UsageError} from '../../clients/net/errors.ts'
import {makeFolder} from '../../clients/net/make-folder.ts'
import type {System} from '../context/schema.ts'
import type {OpenTools} from '../open/tools.ts'
import {stateFolder} from '../state-folder.ts'
import {planner} from './actions.ts'

/** A reading of the dashboard is given up early: its next one is never far. */
const requestMs = 1_500

/** Everything the dashboard reads and may change, of every system that the context has. */
export async function openSources(given: OpenTools) {
  const {settings} = given
  const tools = {
    ...given, timeoutMs: Math.min(given.timeoutMs, requestMs), connectTimeoutMs: Math.min(given.connectTimeoutMs, requestMs),
    retries: 0, note: () => undefined,
  }
  const has = (system: System) => settings.section(system) !== undefined
  const {taskSource, leaseSource, directiveSource, raftSource, artifactSource} = await import('./control-sources.ts')
  const tael = has('tael') ? await import('./tael-sources.ts').then(({taelSources}) => taelSources(tools)) : undefined
  const tasks = has('tasks') ? taskSource(tools) : undefined
  const leases = has('leases') ? leaseSource(tools) : undefined
  const directives = has('directives') ? directiveSource(tools) : undefined
  const raft = has('raft') ? raftSource(tools) : undefined
  const artifacts = has('artifacts') ? artifactSource(tools) : undefined
  const opened = [raft, tael, tasks, leases, directives, artifacts].filter(each => each !== undefined)
  if (opened.length === 0) throw nothingConfigured()
  return {
    facts: {context: settings.context?.name, danger: settings.danger, readonly: settings.readonly, version: tools.version},
    list: opened.flatMap(each => [...each.list]),
    trace: tael?.trace ?? (() => Promise.reject(new UsageError('the context names no tael'))),
    taskHistory: tasks?.taskHistory ?? (() => Promise.reject(new UsageError('the context names no tasks'))),
    plan: planner(tools, {tasks: tasks?.client, leases: leases?.client, directives: directives?.client}),
    save: (name: string, text: string) => saveText(tools, name, text),
    close: async () => void (await Promise.allSettled(opened.map(each => each.close()))),
  }
}

async function saveText({io}: OpenTools, name: string, text: string): Promise<string> {
  const folder = stateFolder(io)
  if (folder === undefined) throw new UsageError('no home folder is known: set XDG_STATE_HOME')
  const stamp = new Date(io.clock.nowMs()).toISOString().replaceAll(/[:.]/g, '-')
  const path = join(folder, 'dash', `${name}-${stamp}.json`)
  await makeFolder(dirname(path))
  // Whole or not at all: somebody may be waiting for the file.
  await writeFile(`${path}.part`, text, {mode: 0o600})
  await rename(`${path}.part`, path)
  return path
}

function nothingConfigured(): UsageError {
  return new UsageError('no context says where any system is', {
    code: 'NO_SYSTEM', hint: 'ctl context add NAME tael.url=http://host:7701, or try it with: ctl sandbox --use',
  })
}
