/** The newest state of a key, with the revision that a conditional write names. */
export interface LeaseEntry {
  key: string
  /** Sequence of the whole bucket, not a counter of the key; above 0. */
  revision: bigint
  /** Empty for a given-back lease. */
  value: Uint8Array
  operation: 'PUT' | 'DEL' | 'PURGE'
  writtenAtMs: number
}

/** Where leases are kept. Every write names the revision it replaces; 0 means that the key has none yet. */
export interface LeaseStore {
  /** For messages: a URL without secrets. */
  readonly place: string
  read(key: string, signal: AbortSignal): Promise<LeaseEntry | undefined>
  /** The newest entry of every key, given-back ones too, sorted by key. */
  list(signal: AbortSignal): Promise<LeaseEntry[]>
  /** What the store has kept of a key, oldest first. */
  history(key: string, signal: AbortSignal): Promise<LeaseEntry[]>
  /**
   * Writes when the key still stands at `expectedRevision` and returns the new revision. Rejects with ConflictError
   * `WRONG_REVISION` when it does not, with UnreachableError when it is not known whether it was written.
   */
  write(key: string, value: Uint8Array, expectedRevision: bigint, signal: AbortSignal): Promise<bigint>
  /** The write as the store will send it, for `--dry-run`. */
  describeWrite(key: string, value: Uint8Array, expectedRevision: bigint): string
  /** Settings and server of a bucket; a file has none. */
  facts?(signal: AbortSignal): Promise<BucketFacts>
  close(): Promise<void>
}

/** How a bucket was made, which is never changed afterwards. */
export interface BucketFacts {
  /** Version of the server that answered. */
  servers: string
  /** 0 when records do not age. */
  maxAgeMs: number
  /** Records kept of a key. */
  history: number
  replicas: number
  discard: 'old' | 'new'
  /** -1 or 0 when the bucket has no limit. */
  maxBytes: number
  allowDirect: boolean
}
