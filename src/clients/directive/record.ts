import {parseJson} from '../net/json.ts'

/**
 * What we keep beside a published set, since the proxy tells neither who, when nor until when. In etcd it is
 * the key `<key>.meta`, written in the same transaction; for an admin endpoint a file of our own.
 */
export interface SetRecord {
  /** Random, so that a read-back can tell our write from an equal one. */
  nonce: string
  publishedAtMs: number
  by: string
  reason?: string
  /** The unique index name by which an instance proves that it applies this set. */
  probeIndex?: string
  previousProbeIndex?: string
  /** When each directive ends, by the publisher's clock. */
  expiresAtMs: Record<string, number>
  /** Of an admin endpoint: the content by which the set is known again. */
  setVersion?: string
  /** The etcd term at the publish: another one now means an election or a restart since. */
  raftTerm?: string
}

export function encodeRecord(record: SetRecord): string {
  const {publishedAtMs, expiresAtMs, ...rest} = record
  const publishedAt = new Date(publishedAtMs).toISOString()
  const ends = Object.entries(expiresAtMs).map(([id, atMs]) => [id, new Date(atMs).toISOString()])
  return JSON.stringify({schema: 1, publishedAt, ...rest, expires: Object.fromEntries(ends)})
}

/** Undefined when the text is not a record of ours: then nothing is known, and nothing is guessed. */
export function decodeRecord(text: string): SetRecord | undefined {
  const value = tryParse(text)
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined
  const fields = value as Record<string, unknown>
  const publishedAtMs = instant(fields['publishedAt'])
  const expires = fields['expires']
  if (fields['schema'] !== 1 || typeof fields['nonce'] !== 'string' || publishedAtMs === undefined) return undefined
  if (expires === null || typeof expires !== 'object' || Array.isArray(expires)) return undefined
  const ends = Object.entries(expires).map(([id, at]) => [id, instant(at)] as const)
  if (ends.some(([, atMs]) => atMs === undefined)) return undefined
  const optional = (['reason', 'probeIndex', 'previousProbeIndex', 'setVersion', 'raftTerm'] as const)
    .filter(key => typeof fields[key] === 'string').map(key => [key, fields[key]])
  return {
    nonce: fields['nonce'], publishedAtMs, by: String(fields['by'] ?? ''),
    expiresAtMs: Object.fromEntries(ends), ...Object.fromEntries(optional),
  } as SetRecord
}

function tryParse(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}

function instant(value: unknown): number | undefined {
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(ms) ? undefined : ms
}
