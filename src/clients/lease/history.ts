import {instantOf} from './item.ts'
import type {LeaseRecord} from './record.ts'
import {leaseState} from './rules.ts'
import type {LeaseEntry} from './store.ts'

/** One write to a lease, as the store kept it. */
export interface LeaseHistoryItem {
  revision: bigint
  /** When the store took it, by the store's clock. */
  at: string
  action: 'acquired' | 'completed' | 'given back' | 'deleted' | 'unparseable'
  holder: string | null
  acquiredAt: string | null
  expiresAt: string | null
  completedAt: string | null
  completedCursorHex: string | null
  /** From acquiring to completing, by the holder's clock; null for every other write. */
  roundMs: bigint | null
  /** Whether the write before this one is known: its revision is the one that this write replaced. */
  followsKnown: boolean | null
}

/** The writes of one key, oldest first. Nothing is made up for writes that the store no longer has. */
export function historyItems(entries: readonly LeaseEntry[]): LeaseHistoryItem[] {
  return entries.map((entry, at) => {
    const state = leaseState(entry, 0n)
    const record = 'record' in state ? state.record : undefined
    return {
      revision: entry.revision, at: new Date(entry.writtenAtMs).toISOString(), action: actionOf(entry),
      holder: record?.holderId ?? null, acquiredAt: instantOf(record?.acquiredAtUnixS),
      expiresAt: instantOf(record?.expiresAtUnixS),
      completedAt: instantOf(record?.completedAtUnixS), completedCursorHex: record?.completedCursorHex ?? null,
      roundMs: roundMs(record),
      followsKnown: follows(entry, entries[at - 1]),
    }
  })
}

function roundMs(record: LeaseRecord | undefined): bigint | null {
  if (record?.completedAtUnixS === undefined) return null
  return (record.completedAtUnixS - record.acquiredAtUnixS) * 1_000n
}

function follows({previousRevision}: LeaseEntry, before: LeaseEntry | undefined): boolean | null {
  return previousRevision === undefined ? null : previousRevision === (before?.revision ?? 0n)
}

function actionOf(entry: LeaseEntry): LeaseHistoryItem['action'] {
  if (entry.operation !== 'PUT') return 'deleted'
  const state = leaseState(entry, 0n)
  if (state.state === 'absent') return 'given back'
  if (state.state === 'unparseable') return 'unparseable'
  return state.record.completedAtUnixS === undefined ? 'acquired' : 'completed'
}
