/** One object as a store lists it. */
export interface StoredObject {
  key: string
  sizeBytes: number
  etag: string
  modifiedMs: number
}

export interface OpenUpload {
  key: string
  id: string
  startedMs: number
}

/** The content of a payload, handed out part by part, always the same for the same artifact. */
export interface PayloadSource {
  sizeBytes: number
  /** Parts of `partBytes` each, the last one shorter, in lent buffers. Rejects when a file is not what it should be. */
  parts(nextBuffer: () => Promise<Buffer>, signal: AbortSignal): AsyncIterable<Buffer>
}

export interface UploadReport {
  onSent(bytes: number): void
  /** Bytes that were there already. */
  onKept(bytes: number): void
}

/** What artifacts need of an object store or a folder. Keys are stored names, percent-encoding done. */
export interface ArtifactStore {
  readonly kind: 's3' | 'file'
  /** As configured, without secrets. */
  readonly url: string
  readonly prefix: string
  /** The whole object; undefined when there is none. Beyond `maxBytes` IntegrityError TOO_LARGE. */
  read(
    key: string,
    maxBytes: number,
    signal: AbortSignal,
  ): Promise<{bytes: Buffer; etag: string; modifiedMs: number} | undefined>
  stat(key: string, signal: AbortSignal): Promise<StoredObject | undefined>
  /** Fills `into` with the object's bytes from `start` on; ConflictError CHANGED when its etag is another by now. */
  range(key: string, etag: string, start: number, into: Uint8Array, signal: AbortSignal): Promise<void>
  list(prefix: string, signal: AbortSignal): AsyncIterable<StoredObject>
  /**
   * Writes only when the object is the one with `expected`, or absent when that is undefined. `moved`: it is not,
   * nothing was written. UnreachableError or SystemError: the outcome is unknown, read back.
   */
  swap(key: string, bytes: Buffer, expected: string | undefined, signal: AbortSignal): Promise<'written' | 'moved'>
  /** Writes whatever stands there. */
  put(key: string, bytes: Buffer, signal: AbortSignal): Promise<void>
  /** Stores a payload. What an earlier, broken run has sent is used; a failed one leaves nothing behind. */
  upload(key: string, payload: PayloadSource, report: UploadReport, signal: AbortSignal): Promise<void>
  remove(keys: string[], signal: AbortSignal): Promise<void>
  /** Unfinished uploads below a stored prefix. */
  uploads(prefix: string, signal: AbortSignal): AsyncIterable<OpenUpload>
  abortUpload(upload: OpenUpload, signal: AbortSignal): Promise<void>
  close(): Promise<void>
}

export const partsInFlight = 8
