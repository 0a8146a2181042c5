import {readdir, stat} from 'node:fs/promises'
import {dirname} from 'node:path'
import type {LeaseRecord} from '../../clients/lease/record.ts'
import type {Change, Outcome} from '../../clients/net/change.ts'
import {ConflictError, OpsError, UsageError} from '../../clients/net/errors.ts'
import {makeFolder} from '../../clients/net/make-folder.ts'
import {startOfRound, type RoundRecord, type Start} from './plan.ts'
import {lockPath, readRecord, recordPath} from './record.ts'
import {emptyReport, type RoundReport} from './report.ts'
import {Round, type RoundOptions, type RoundTools} from './round.ts'

type Go = Extract<Start, {verdict: 'go'}>

interface Begun {
  start: Go
  record: RoundRecord
}

/**
 * Plans a whole round as one change. It is refused with ConflictError LEASE_HELD while somebody holds the lease,
 * ROUND_RUNS while the same round runs here, EXPORT_RUNS while the export of a killed one does; with UsageError
 * FOLDER_IN_USE or OTHER_ROUND when the folder is somebody else's.
 */
export async function planRound(
  tools: RoundTools,
  options: RoundOptions,
  signal: AbortSignal,
): Promise<{change: Change<RoundReport>; report: RoundReport}> {
  const {lease, key, folder} = options
  const report = emptyReport(key, lease)
  const isKnown = await isThere(recordPath(folder))
  const begun = isKnown
    ? await alone(tools, folder, signal, () => survey(tools, options, signal))
    : await survey(tools, options, signal)
  const acquire = begun.start.from === 'acquire'
    ? await tools.leases.planAcquire(lease, {holderId: options.holder, ttlS: options.ttlS}, signal)
    : undefined
  const change: Change<RoundReport> = {
    system: 'artifacts',
    action: 'round',
    target: key,
    destructive: false,
    ifVersion: acquire?.ifVersion,
    before: standing(acquire?.before, await pointer(tools, key, signal)),
    after: {lease: acquire?.after as LeaseRecord | undefined, pointer: 'what the command exports, if it is newer'},
    request: requestText(tools, options, begun.start, acquire?.request),
    warnings: begun.start.isResumed
      ? [`going on with a killed round, at its step "${begun.start.from}"`]
      : (acquire?.warnings ?? []),
    apply: stop => apply(tools, options, report, stop),
  }
  return {change, report}
}

/** Looks again under the lock, since another process may have gone on meanwhile. */
async function apply(
  tools: RoundTools,
  options: RoundOptions,
  report: RoundReport,
  signal: AbortSignal,
): Promise<Outcome<RoundReport>> {
  await makeFolder(dirname(options.folder))
  return alone(tools, options.folder, signal, async () => {
    const {start, record} = await survey(tools, options, signal)
    return new Round(tools, options, report, record, signal).run(start)
  })
}

async function survey(tools: RoundTools, options: RoundOptions, signal: AbortSignal): Promise<Begun> {
  const {key, lease, host, folder, holder} = options
  const round = {key, lease, host, leases: tools.leases.store.place, artifacts: tools.artifacts.store.url}
  const record = await readRecord(folder)
  const start = startOfRound({
    record,
    round,
    lease: await tools.leases.get(lease, signal),
    isFolderThere: await isThere(folder),
    isExportAlive: record?.exportPid !== undefined && record.host === host && isGroupAlive(record.exportPid),
  })
  if (start.verdict === 'refused') throw refusal(start, options.folder, record)
  return {start, record: start.isResumed ? record! : {...round, holder, acquiredAtUnixS: 0n, step: 'acquire'}}
}

function refusal(
  {code, reason}: Extract<Start, {verdict: 'refused'}>,
  folder: string,
  record: RoundRecord | undefined,
): OpsError {
  if (code === 'EXPORT_RUNS') {
    return new ConflictError(reason, {
      code,
      endpoint: folder,
      hint: `Wait for it, or end it: kill -- -${record?.exportPid}`,
    })
  }
  const hint =
    code === 'FOLDER_IN_USE'
      ? 'A round writes into a new folder and removes it in the end: name one that is not there with --dir.'
      : `Finish that round first, or remove ${recordPath(folder)} and the folder beside it.`
  return new UsageError(reason, {code, endpoint: folder, hint})
}

/** The lock is the operating system's: a killed round leaves none. */
async function alone<T>(tools: RoundTools, folder: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const {withFileLock} = await import('../../clients/artifact/file-lock.ts')
  let isOurs = false
  try {
    return await withFileLock(lockPath(folder), 0, tools.clock, signal, async () => {
      isOurs = true
      return work()
    })
  } catch (error) {
    if (isOurs || (error as OpsError).code !== 'LOCKED') throw error
    throw new ConflictError('this round runs already, in another process', {code: 'ROUND_RUNS', endpoint: folder})
  }
}

/** An empty folder is as good as none. */
async function isThere(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined)
  return found !== undefined && !(found.isDirectory() && (await readdir(path)).length === 0)
}

function isGroupAlive(pid: number): boolean {
  try {
    return process.kill(-pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function standing(lease: unknown, pointer: unknown): unknown {
  return lease === undefined && pointer === undefined ? undefined : {lease, pointer}
}

async function pointer({artifacts}: RoundTools, key: string, signal: AbortSignal): Promise<unknown> {
  try {
    const {manifest} = await artifacts.locate(key, signal)
    return {rank: String(manifest.cursor.rank), cursorHex: manifest.cursorHex}
  } catch (error) {
    if (error instanceof OpsError && error.code === 'NO_ARTIFACT') return undefined
    if (error instanceof OpsError && error.exit === 11) return {unreadable: error.message}
    throw error
  }
}

function requestText(
  {artifacts}: RoundTools,
  options: RoundOptions,
  {from, discards}: Go,
  acquire: string | undefined,
): string {
  const {folder, key, lease, command, graceMs, keep} = options
  const steps: Record<string, string> = {
    acquire: acquire ?? '',
    export: `run ${command.map(word => JSON.stringify(word)).join(' ')} with OPSDECK_ARTIFACT_DIR=${folder}`,
    push: `push ${folder} to ${key} in ${artifacts.store.url}, only if it is newer`,
    complete: `complete the lease ${lease} with the artifact's cursor`,
    prune: `remove payloads of ${key} that are older than the new one and than ${graceMs / 1_000} s`,
    delete: keep ? `keep ${folder}` : `remove ${folder}`,
  }
  const lines = Object.values(steps).slice(Object.keys(steps).indexOf(from))
  return [...(discards ? [`remove ${folder}, left by an earlier round`] : []), ...lines].join('\n')
}
