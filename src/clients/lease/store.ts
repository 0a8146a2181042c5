/** The newest state of a key, with the revision that a conditional write names. */
export interface LeaseEntry {
  key: string
  /** Sequence of the whole bucket, not a counter of the key; above 0. */
  revision: bigint
  /** Empty for a given-back lease. */
  value: Uint8Array
  operation: 'PUT' | 'DEL' | 'PURGE'
  writtenAtMs: number
  /** The revision of the key that this write replaced, where its writer said so; 0 for none. */
  previousRevision?: bigint
  /** The name that its writer gave to the write. */
  writeId?: string
}

/** A point in the life of a store, from which on changes can be asked for. */
export interface Mark {
  revision: bigint
  /** Differs when the store was made anew, so that its revisions began again. */
  incarnation: string
}

export interface ChangesSince {
  mark: Mark
  /** In the order they were written; entries that were replaced since may be missing. */
  entries: LeaseEntry[]
}

/** Where leases are kept. Every write names the revision it replaces; 0 means that the key has none yet. */
export interface LeaseStore {
  /** For messages: a URL without secrets. */
  readonly place: string
  /** The newest entry of a key, as the leader of the store knows it. */
  read(key: string, signal: AbortSignal): Promise<LeaseEntry | undefined>
  /** The newest entry of every key, given-back ones too, sorted by key. */
  list(signal: AbortSignal): Promise<LeaseEntry[]>
  /** What the store has kept of a key, oldest first. */
  history(key: string, signal: AbortSignal): Promise<LeaseEntry[]>
  /** How much it keeps of a key at the most; for a person. */
  historyNote(signal: AbortSignal): Promise<string>
  /** What was written since the mark; nothing but a mark without one. Undefined: the store was made anew. */
  changes(since: Mark | undefined, signal: AbortSignal): Promise<ChangesSince | undefined>
  /**
   * Writes when the key still stands at `expectedRevision` and returns the new revision. Rejects with ConflictError
   * `WRONG_REVISION` when it does not, with UnreachableError when it is not known whether it was written. `id` is a
   * name of this write, kept beside the value where the store can: a write repeated under it is done once.
   */
  write(key: string, value: Uint8Array, expectedRevision: bigint, signal: AbortSignal, id?: string): Promise<bigint>
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
