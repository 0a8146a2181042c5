import {rename, writeFile} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {UsageError} from '../../clients/net/errors.ts'
import {makeFolder} from '../../clients/net/make-folder.ts'
import type {System} from '../context/schema.ts'
import type {OpenTools} from '../open/tools.ts'
import {stateFolder} from '../state-folder.ts'
import {configuredWalDir} from '../wal-dir.ts'
import {planner} from './actions.ts'

/** A reading of the dashboard is given up early: its next one is never far. */
const requestMs = 1_500

/** Everything the dashboard reads and may change, of every system that the context has. */
export async function openSources(given: OpenTools, longestMs = requestMs) {
  const tools = {
    ...given, timeoutMs: Math.min(given.timeoutMs, longestMs),
    connectTimeoutMs: Math.min(given.connectTimeoutMs, longestMs), retries: 0, note: () => undefined,
  }
  const {tael, tasks, leases, directives, raft, kv, artifacts, transfers, wal} = await openSystems(tools)
  const opened = [raft, tael, tasks, leases, directives, artifacts, transfers, wal].filter(each => each !== undefined)
  if (opened.length === 0) throw nothingConfigured()
  let closed: Promise<void> | undefined
  const close = async () => void (await Promise.allSettled([...opened, ...(kv ? [kv] : [])].map(each => each.close())))
  return {
    facts: factsOf(tools),
    list: opened.flatMap(each => [...each.list]),
    trace: tael?.trace ?? none('tael'),
    traceLogs: tael?.traceLogs ?? none('tael'),
    taskHistory: tasks?.taskHistory ?? none('tasks'),
    kv: kv?.kv ?? none('raft'),
    plan: planner(tools, {tasks: tasks?.client, leases: leases?.client, directives: directives?.client}),
    save: (name: string, text: string) => saveText(tools, name, text),
    close: () => (closed ??= close()),
  }
}

function factsOf({settings: {context, danger, readonly}, version}: OpenTools) {
  return {context: context?.name, danger, readonly, version}
}

async function openSystems(tools: OpenTools) {
  const has = (system: System) => tools.settings.section(system) !== undefined
  const {taskSource, leaseSource, directiveSource, raftSource} = await import('./control-sources.ts')
  return {
    tael: has('tael') ? await import('./tael-sources.ts').then(room => room.taelSources(tools)) : undefined,
    tasks: has('tasks') ? taskSource(tools) : undefined,
    leases: has('leases') ? leaseSource(tools) : undefined,
    directives: has('directives') ? directiveSource(tools) : undefined,
    raft: has('raft') ? raftSource(tools) : undefined,
    kv: has('raft') ? await import('./kv-source.ts').then(room => room.kvSource(tools)) : undefined,
    ...(has('artifacts') ? await openArtifactSources(tools) : {}),
    wal: await openWal(tools),
  }
}

async function openArtifactSources(tools: OpenTools) {
  const [{artifactSource}, {transferSource}] = await Promise.all([
    import('./artifact-source.ts'), import('./transfer-source.ts'),
  ])
  return {artifacts: artifactSource(tools), transfers: transferSource(tools)}
}

async function openWal(tools: OpenTools) {
  const dir = configuredWalDir(tools.settings, tools.io.env)
  return dir === undefined ? undefined : (await import('./wal-source.ts')).walSource(dir, tools)
}

const none = (system: System) => () => Promise.reject(new UsageError(`the context names no ${system}`))

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
