import type {OpenTools} from '../open/tools.ts'
import {readTransfers, surroundings} from '../transfers/read.ts'
import {transfersFolder} from '../transfers/record.ts'

/** What this account's processes push and pull now; undefined on a machine without a home. */
export function transferSource({io}: OpenTools) {
  const folder = transfersFolder(io)
  if (folder === undefined) return undefined
  const read = async () => ({items: await readTransfers(folder, surroundings(io.clock.nowMs())), missing: []})
  return {list: [{name: 'transfers' as const, intervalMs: 1_000, onDemand: true, read}], close: async () => undefined}
}
