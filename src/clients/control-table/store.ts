import type {OpsError} from '../net/errors.ts'

export interface NamedBytes {
  path: string
  bytes: Uint8Array
}

export type Created = 'created' | 'taken' | {unknown: OpsError}

/** Where a table lies. Paths are relative to the table's root, decoded, with `/`. */
export interface TableStore {
  /** For messages; never holds a secret. */
  readonly shown: string
  /** Names in `_delta_log`, sorted; those before the name `from` may be left out. */
  listLog(from: string, signal?: AbortSignal): Promise<string[]>
  /** Undefined when there is no such file. */
  read(path: string, signal?: AbortSignal): Promise<Uint8Array | undefined>
  /** Many small files at once, in order. */
  readMany(paths: readonly string[], signal?: AbortSignal): Promise<(Uint8Array | undefined)[]>
  /** Called before the first write; rejects when the store cannot keep the promise of `commit`. */
  checkWritable(signal?: AbortSignal): Promise<void>
  /**
   * Puts a commit whole or not at all, and only if its name is free; the data files that it names, under fresh
   * names, are durable before it can be seen. Unless it is `created` they are of no use to anybody.
   */
  commit(log: NamedBytes, data: readonly NamedBytes[], signal?: AbortSignal): Promise<Created>
  /** Replaces a file whole, for checkpoints. */
  replace(path: string, bytes: Uint8Array, signal?: AbortSignal): Promise<void>
  /** Takes away a file that nobody refers to; best effort. */
  discard(path: string): Promise<void>
  /** How old a file is by the store's own clock, which may differ from ours; undefined when it cannot tell. */
  ageMs(path: string, signal?: AbortSignal): Promise<number | undefined>
  close(): void
}

export const logFolder = '_delta_log'

export function commitName(version: number): string {
  return `${String(version).padStart(20, '0')}.json`
}

export function commitPath(version: number): string {
  return `${logFolder}/${commitName(version)}`
}

export const equalBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0
