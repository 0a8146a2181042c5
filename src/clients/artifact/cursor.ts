/** A position in a change stream as a manifest or a lease record names it. */
export interface Cursor {
  /** The token alone, as lowercase hex; empty when there is no cursor. This is what a lease record holds. */
  tokenHex: string
  /** The NATS stream sequence, when the token has exactly 8 bytes. */
  revision: bigint | undefined
  /** What publishers compare: the revision, or 0 for any other token. */
  rank: bigint
  /** Whether the store was seen evicting current values (the memo form of 0.8.6). */
  evictionSeen: boolean
  /** The server's write time in Unix milliseconds, when the memo carries it. */
  writtenAtMs: bigint | undefined
}

const longestToken = 10
const evictionFlag = 1
const timeFlag = 2

/** Decodes the cursor bytes of a manifest; undefined when this is no cursor that the 0.8.6 crate would read. */
export function decodeCursor(bytes: Uint8Array): Cursor | undefined {
  if (bytes.length <= longestToken) return cursorOf(bytes, false, undefined)
  if (bytes.length !== 12 && bytes.length !== 20) return undefined
  const length = bytes[10]!
  const flags = bytes[11]!
  const hasTime = (flags & timeFlag) !== 0
  if (length > longestToken || flags > 3 || hasTime !== (bytes.length === 20)) return undefined
  const writtenAtMs = hasTime ? Buffer.from(bytes).readBigUInt64LE(12) : undefined
  if (writtenAtMs === 0n) return undefined
  return cursorOf(bytes.subarray(0, length), (flags & evictionFlag) !== 0, writtenAtMs)
}

function cursorOf(token: Uint8Array, evictionSeen: boolean, writtenAtMs: bigint | undefined): Cursor {
  const buffer = Buffer.from(token)
  const revision = token.length === 8 ? buffer.readBigUInt64BE() : undefined
  return {tokenHex: buffer.toString('hex'), revision, rank: revision ?? 0n, evictionSeen, writtenAtMs}
}

/**
 * Hex of a manifest's cursor: pairs in either case, and, as Rust's `from_str_radix` has it, a `+` may stand for
 * the first digit of a pair. Undefined when malformed.
 */
export function decodeCursorHex(hex: string): Uint8Array | undefined {
  if (!/^(?:[0-9a-fA-F]{2}|\+[0-9a-fA-F])*$/.test(hex)) return undefined
  return Uint8Array.from({length: hex.length / 2}, (_, index) =>
    Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16),
  )
}

