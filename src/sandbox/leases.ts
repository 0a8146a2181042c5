import {join} from 'node:path'
import {LeaseClient} from '../clients/lease/client.ts'
import {SqliteLeaseStore} from '../clients/lease/sqlite-store.ts'
import type {Change} from '../clients/net/change.ts'
import {systemClock} from '../clients/net/deadline.ts'

interface Past {
  secondsAgo: number
  key: string
  holder: string
  /** Of the record; a ttl takes the lease, a cursor completes it, neither gives it back. */
  ttlS?: bigint
  cursorHex?: string
}

/**
 * Rounds of two exporters that end with one lease of each kind: completed, held, held by an exporter that looks
 * stuck, run out, given back.
 */
const past: readonly Past[] = [
  ...rounds('orders', 'exporter-1', [1_500, 1_200, 900, 600], 40, 300n),
  {secondsAgo: 200, key: 'orders', holder: 'exporter-2', ttlS: 86_400n},
  {secondsAgo: 160, key: 'orders', holder: 'exporter-2', cursorHex: '00000000000000d6'},
  ...rounds('routes', 'exporter-1', [10_800, 7_200], 95, 3_600n),
  {secondsAgo: 2_700, key: 'routes', holder: 'exporter-2', ttlS: 86_400n},
  {secondsAgo: 20, key: 'tenants', holder: 'exporter-1', ttlS: 86_400n},
  {secondsAgo: 5_400, key: 'billing', holder: 'exporter-3', ttlS: 1_800n},
  {secondsAgo: 1_000, key: 'quotas', holder: 'exporter-2', ttlS: 600n},
  {secondsAgo: 970, key: 'quotas', holder: 'exporter-2'},
]

function rounds(key: string, holder: string, startsSecondsAgo: number[], tookS: number, ttlS: bigint): Past[] {
  return startsSecondsAgo.flatMap((secondsAgo, at): Past[] => [
    {secondsAgo, key, holder, ttlS},
    {secondsAgo: secondsAgo - tookS, key, holder, cursorHex: (180 + at * 8).toString(16).padStart(16, '0')},
  ])
}

/** Writes leases with some history into an SQLite file below `dir`, and gives its URL. */
export async function seedLeases(dir: string, nowMs: number): Promise<string> {
  const path = join(dir, 'leases.db')
  let atMs = nowMs
  const store = new SqliteLeaseStore({path, busyTimeoutMs: 5_000, nowMs: () => atMs})
  const leases = new LeaseClient(store, {...systemClock, nowMs: () => atMs})
  try {
    for (const step of past.toSorted((a, b) => b.secondsAgo - a.secondsAgo)) {
      atMs = nowMs - step.secondsAgo * 1_000
      const outcome = await (await planned(leases, step)).apply(AbortSignal.timeout(5_000))
      if (outcome.state !== 'done') throw outcome.error
    }
  } finally {
    await store.close()
  }
  return store.place
}

function planned(leases: LeaseClient, {key, holder: holderId, ttlS, cursorHex}: Past): Promise<Change> {
  const signal = AbortSignal.timeout(5_000)
  if (ttlS !== undefined) return leases.planAcquire(key, {holderId, ttlS}, signal)
  if (cursorHex !== undefined) return leases.planComplete(key, {holderId}, cursorHex, signal)
  return leases.planAbandon(key, {holderId}, signal)
}
