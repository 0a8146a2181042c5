import {restoreCheck, roundCheck, scopeCheck, type Check, type StreamNumbers} from '../../clients/artifact/doctor.ts'
import type {Located} from '../../clients/artifact/locate.ts'
import {artifactRow} from '../../clients/artifact/overview.ts'
import {openLeases, leasePlace, type LeasesChoice} from '../open/leases.ts'
import type {OpenTools} from '../open/tools.ts'

export interface RestoreQuestions extends Pick<LeasesChoice, 'url'> {
  /** Bucket that the artifact is exported from; its stream is asked. */
  source?: string
  /** Numbers of the stream that are known otherwise. */
  stream?: StreamNumbers
  /** Key of the export lease. */
  lease?: string
  /** Key prefixes that the nodes watch. */
  watched: readonly string[]
}

/** Would a node take the newest artifact of a key and catch up? */
export async function restoreChecks(
  tools: OpenTools,
  located: Located,
  questions: RestoreQuestions,
  signal: AbortSignal,
): Promise<Check[]> {
  const {state, problem, layout} = artifactRow(located)
  const {cursor, scope} = located.manifest
  const pointer: Check = {
    check: 'pointer',
    state: state === 'ok' ? (problem ? 'warn' : 'ok') : 'fail',
    finding: problem ?? `its payload is there (layout ${layout})`,
  }
  return [
    pointer,
    scopeCheck(scope, questions.watched),
    ...(questions.stream ? [restoreCheck(cursor.rank, questions.stream)] : []),
    ...(await sourceChecks(tools, cursor.rank, questions, signal)),
    ...(await leaseChecks(tools, cursor.rank, questions, signal)),
  ]
}

async function sourceChecks(
  tools: OpenTools,
  rank: bigint,
  {source, url}: RestoreQuestions,
  signal: AbortSignal,
): Promise<Check[]> {
  if (source === undefined) return []
  const {readChangeStream} = await import('../../clients/lease/change-stream.ts')
  const stream = await readChangeStream(await leasePlace(tools, {url, bucket: source}), signal)
  const {firstSequence, lastSequence, eviction} = stream
  return [
    {check: 'stream', state: 'ok', finding: `${stream.place}: first ${firstSequence}, last ${lastSequence}`},
    restoreCheck(rank, stream),
    eviction === undefined
      ? {check: 'retention', state: 'ok', finding: 'current values stay'}
      : {
          check: 'retention',
          state: 'warn',
          finding: eviction,
          fix: 'Export well within that time: a listing proves nothing about deletes here.',
        },
  ]
}

async function leaseChecks(
  tools: OpenTools,
  rank: bigint,
  {lease, url}: RestoreQuestions,
  signal: AbortSignal,
): Promise<Check[]> {
  if (lease === undefined) return []
  const leases = await openLeases(tools, {url})
  try {
    const state = await leases.get(lease, signal)
    return [roundCheck(rank, 'record' in state ? state.record.completedCursorHex : undefined)]
  } finally {
    await leases.store.close()
  }
}
