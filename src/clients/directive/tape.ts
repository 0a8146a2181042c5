import {probePrefix} from './validate.ts'
import type {ExplainDocument} from './proxy-api.ts'

export type TapeEntry = ExplainDocument & {instance: string}

export interface TapeFilter {
  errors: boolean
  /** Also the requests of our own probe. */
  probes: boolean
}

/**
 * Merges the tapes of several instances over repeated readings: each call gives the entries that the one
 * before did not have, oldest first within an instance, and names the instances where some may be missing.
 */
export function mergeTapes(filter: TapeFilter): (read: readonly TapeEntry[]) => {fresh: TapeEntry[]; gaps: string[]} {
  const lastSeen = new Map<string, string>()
  return read => {
    const fresh: TapeEntry[] = []
    const gaps: string[] = []
    for (const [instance, entries] of Map.groupBy(read, entry => entry.instance)) {
      const last = lastSeen.get(instance)
      const at = last === undefined ? -1 : entries.findIndex(entry => identity(entry) === last)
      if (last !== undefined && at < 0) gaps.push(instance)
      fresh.push(...entries.slice(at + 1))
      if (entries.length > 0) lastSeen.set(instance, identity(entries.at(-1)!))
    }
    return {fresh: fresh.filter(entry => isWanted(entry, filter)), gaps}
  }
}

/** Request ids start anew with a restart; trace ids do not repeat. */
function identity({requestId, traceId}: TapeEntry): string {
  return `${requestId} ${traceId}`
}

function isWanted({outcome, index = ''}: TapeEntry, {errors, probes}: TapeFilter): boolean {
  return (!errors || outcome !== 'ok') && (probes || !index.startsWith(`${probePrefix}-`))
}
