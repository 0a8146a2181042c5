import type {LeaseRecord} from './record.ts'
import type {LeaseState} from './rules.ts'
import type {Pace} from './stuck.ts'

/** A lease as it is shown. Instants are RFC 3339, null when there is none or it lies beyond the year 9999. */
export interface LeaseItem {
  key: string
  /**
   * `held`: live and not completed; `completed`: done, yet live until it expires; `idle`: completed and expired;
   * `expired`: ran out without being completed; `free`: given back; `unparseable`: the value is no lease record.
   */
  state: 'held' | 'completed' | 'idle' | 'expired' | 'free' | 'unparseable'
  holder: string | null
  acquiredAt: string | null
  expiresAt: string | null
  expiresAtUnixS: bigint | null
  completedAt: string | null
  completedCursorHex: string | null
  revision: bigint
  /** How long a round that is not completed has gone on; null when there is none. */
  ageMs: bigint | null
  /** How long rounds of this key usually take; null when the store knows of none. */
  usualMs: bigint | null
  /** Far older than usual and not completed; null when that was not looked at, or there is no round. */
  stuck: boolean | null
}

export function leaseItem(key: string, lease: LeaseState, pace?: Pace): LeaseItem {
  const record = 'record' in lease ? lease.record : undefined
  return {
    key,
    state: shownState(lease),
    holder: record?.holderId ?? null,
    ...instantsOf(record),
    expiresAtUnixS: record?.expiresAtUnixS ?? null,
    completedCursorHex: record?.completedCursorHex ?? null,
    revision: lease.revision,
    ageMs: pace ? pace.ageS * 1_000n : null,
    usualMs: pace?.usualS === undefined ? null : pace.usualS * 1_000n,
    stuck: pace?.isStuck ?? null,
  }
}

type Instants = Pick<LeaseItem, 'acquiredAt' | 'expiresAt' | 'completedAt'>
const none: Instants = {acquiredAt: null, expiresAt: null, completedAt: null}
const made = new WeakMap<LeaseRecord, Instants>()

/** Made once a record: lists that are read again and again hold the same ones. */
function instantsOf(record: LeaseRecord | undefined): Instants {
  if (!record) return none
  const instants = made.get(record) ?? {
    acquiredAt: instantOf(record.acquiredAtUnixS), expiresAt: instantOf(record.expiresAtUnixS),
    completedAt: instantOf(record.completedAtUnixS),
  }
  made.set(record, instants)
  return instants
}

const lastS = 253_402_300_799n

/** Whole Unix seconds as RFC 3339 UTC. */
export function instantOf(unixS: bigint | undefined): string | null {
  if (unixS === undefined || unixS > lastS) return null
  return new Date(Number(unixS) * 1000).toISOString().replace('.000Z', 'Z')
}

function shownState(lease: LeaseState): LeaseItem['state'] {
  if (lease.state === 'absent') return 'free'
  if (lease.state === 'unparseable') return 'unparseable'
  const isCompleted = lease.record.completedAtUnixS !== undefined
  if (lease.state === 'live') return isCompleted ? 'completed' : 'held'
  return isCompleted ? 'idle' : 'expired'
}
