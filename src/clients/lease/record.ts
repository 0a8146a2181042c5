import {parseStrictJson, type StrictJson} from '../net/strict-json.ts'

/** One lease as it stands in the store. Instants are whole Unix seconds, u64 on the wire. */
export interface LeaseRecord {
  holderId: string
  acquiredAtUnixS: bigint
  expiresAtUnixS: bigint
  /** Version bytes of the completed export as hex; `''` when it had no cursor, undefined until completed. */
  completedCursorHex?: string
  completedAtUnixS?: bigint
}

const u64Max = 2n ** 64n - 1n
const fields = [
  'holder_id', 'acquired_at_unix', 'expires_at_unix', 'completed_cursor_hex', 'completed_at_unix',
] as const

/**
 * Reads a lease value with the verdicts of the slipstream crate (0.5.0 and 0.8.6, measured on live runs): undefined
 * is a value that the crate calls unparseable and takes over at once. Unknown fields are ignored, the optional ones
 * may be null, and a positional array of three to five counts as a record.
 */
export function parseLeaseRecord(bytes: Uint8Array): LeaseRecord | undefined {
  const parts = positional(bytes)
  if (!parts) return undefined
  const [holder, acquired, expires, cursor, completed] = parts
  if (typeof holder !== 'string' || !isU64(acquired) || !isU64(expires)) return undefined
  if (cursor != null && typeof cursor !== 'string') return undefined
  if (completed != null && !isU64(completed)) return undefined
  const record: LeaseRecord = {holderId: holder, acquiredAtUnixS: acquired, expiresAtUnixS: expires}
  if (cursor != null) record.completedCursorHex = cursor
  if (completed != null) record.completedAtUnixS = completed
  return record
}

/** The bytes the crate writes: compact JSON, its key order, the optional fields absent rather than null. */
export function encodeLeaseRecord(record: LeaseRecord): Uint8Array {
  const members = [
    `"holder_id":${JSON.stringify(record.holderId)}`,
    `"acquired_at_unix":${record.acquiredAtUnixS}`,
    `"expires_at_unix":${record.expiresAtUnixS}`,
  ]
  if (record.completedCursorHex !== undefined) {
    members.push(`"completed_cursor_hex":${JSON.stringify(record.completedCursorHex)}`)
  }
  if (record.completedAtUnixS !== undefined) members.push(`"completed_at_unix":${record.completedAtUnixS}`)
  return new TextEncoder().encode(`{${members.join(',')}}`)
}

function positional(bytes: Uint8Array): (StrictJson | undefined)[] | undefined {
  let json: StrictJson
  try {
    json = parseStrictJson(bytes)
  } catch {
    return undefined
  }
  if (Array.isArray(json)) return json.length >= 3 && json.length <= 5 ? json : undefined
  return json instanceof Map ? fields.map(name => json.get(name)) : undefined
}

function isU64(value: StrictJson | undefined): value is bigint {
  return typeof value === 'bigint' && value >= 0n && value <= u64Max
}
