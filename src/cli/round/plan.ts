import type {LeaseState} from '../../clients/lease/rules.ts'

/** The steps of an export round, in their order. */
export const roundSteps = ['acquire', 'export', 'push', 'complete', 'prune', 'delete'] as const
export type RoundStep = (typeof roundSteps)[number]

/** What a round keeps beside its folder, written before each step, so that a killed round can go on. */
export interface RoundRecord {
  key: string
  lease: string
  /** Where the lease and the artifact live, without secrets. */
  leases: string
  artifacts: string
  host: string
  /** Unique to this round: a lease with this holder and second is the one that this round took. */
  holder: string
  acquiredAtUnixS: bigint
  /** The step that was begun last; `failed`: the lease was given back. */
  step: RoundStep | 'failed'
  /** Process group of the export command. */
  exportPid?: number
  /** Position of the published artifact as the lease record holds it. */
  cursorHex?: string
}

/** What is found at the start of a round. */
export interface Surroundings {
  record: RoundRecord | undefined
  lease: LeaseState
  /** Something stands where the export is to be written. */
  isFolderThere: boolean
  /** Somebody of the recorded export command's process group is alive. */
  isExportAlive: boolean
  round: Pick<RoundRecord, 'key' | 'lease' | 'leases' | 'artifacts' | 'host'>
}

export type Start =
  /** `discards`: the folder is left over from a round that is over, and goes. */
  | {verdict: 'go'; from: RoundStep; isResumed: boolean; discards: boolean}
  | {verdict: 'refused'; code: 'FOLDER_IN_USE' | 'OTHER_ROUND' | 'EXPORT_RUNS'; reason: string}

/**
 * Where a round begins. After a kill it goes on under the lease that the killed round holds, as long as nobody else
 * has taken it; an artifact of an expired lease is not published any more, since a newer one can be exported. What
 * is published already is completed, pruned and deleted whatever the lease says.
 */
export function startOfRound({record, lease, isFolderThere, isExportAlive, round}: Surroundings): Start {
  if (!record)
    return isFolderThere ? refused('FOLDER_IN_USE', 'the folder is there, and not from a round') : fresh(false)
  const other = (['key', 'lease', 'leases', 'artifacts', 'host'] as const).find(name => record[name] !== round[name])
  if (other) return refused('OTHER_ROUND', `the folder belongs to a round with another ${other}: ${record[other]}`)
  if (isExportAlive)
    return refused('EXPORT_RUNS', `the export command of a killed round still runs (process group ${record.exportPid})`)
  return goOn(record, lease, isFolderThere)
}

function goOn(record: RoundRecord, lease: LeaseState, isFolderThere: boolean): Start {
  const standing = ownLease(record, lease)
  switch (record.step) {
    case 'acquire':
      // A round writes nothing there before it has its lease.
      if (isFolderThere) return refused('FOLDER_IN_USE', 'the folder is there, and not from a round')
      return standing === 'live' ? resumed('export', false) : fresh(false)
    case 'export':
      return standing === 'live' ? resumed('export', isFolderThere) : fresh(isFolderThere)
    case 'push':
      return standing === 'live' && isFolderThere ? resumed('push', false) : fresh(isFolderThere)
    case 'complete':
      return resumed(standing === 'live' || standing === 'expired' ? 'complete' : 'prune', false)
    case 'prune':
    case 'delete':
      return resumed(record.step, false)
    case 'failed':
      return fresh(isFolderThere)
  }
}

/** What became of the lease that a round took; `gone`: somebody else took it over, or it was given back. */
export function ownLease(
  {holder, acquiredAtUnixS}: Pick<RoundRecord, 'holder' | 'acquiredAtUnixS'>,
  lease: LeaseState,
): 'live' | 'expired' | 'completed' | 'gone' {
  if (lease.state !== 'live' && lease.state !== 'expired') return 'gone'
  const {record} = lease
  if (record.holderId !== holder || record.acquiredAtUnixS !== acquiredAtUnixS) return 'gone'
  return record.completedAtUnixS === undefined ? lease.state : 'completed'
}

function fresh(discards: boolean): Start {
  return {verdict: 'go', from: 'acquire', isResumed: false, discards}
}

function resumed(from: RoundStep, discards: boolean): Start {
  return {verdict: 'go', from, isResumed: true, discards}
}

function refused(code: Extract<Start, {verdict: 'refused'}>['code'], reason: string): Start {
  return {verdict: 'refused', code, reason}
}
