import {createVectorBlake3} from './blake3.ts'
import type {BufferPool} from './buffer-pool.ts'
import {FoldLog, type FoldLogEnd} from './fold-log.ts'
import {createBlake3, type Blake3} from './hash.ts'

/** What the bytes of one file proved to be. */
export interface FileFinding {
  /** BLAKE3-256, lowercase hex. */
  digest: string
  /** What it is as an append log; undefined when that was not asked for. */
  log: FoldLogEnd | undefined
}

/** A file that is about to be digested. */
export interface FileToDigest {
  sizeBytes: bigint
  /** Whether to check it as an append log, too. */
  isLog: boolean
}

/** Hashes files one after the other, on this thread or on one of its own. */
export interface Digester {
  begin(file: FileToDigest): void
  /** The next bytes of the file. They may be overwritten when the promise resolves, not before. */
  update(bytes: Uint8Array): Promise<void>
  finish(): Promise<FileFinding>
  close(): Promise<void>
}

/** Digests at once. */
export class DirectDigester implements Digester {
  readonly #hasher: Blake3
  #log: FoldLog | undefined

  constructor(hasher: Blake3) {
    this.#hasher = hasher
  }

  begin({isLog}: {isLog: boolean}): void {
    this.#hasher.reset()
    this.#log = isLog ? new FoldLog() : undefined
  }

  async update(bytes: Uint8Array): Promise<void> {
    this.#hasher.update(bytes)
    this.#log?.update(bytes)
  }

  async finish(): Promise<FileFinding> {
    return {digest: this.#hasher.digest(), log: this.#log?.end()}
  }

  async close(): Promise<void> {}
}

/** The quick kernel takes 15 ms to make, a thread 30 ms and 15 MB: not for artifacts below this. */
const largeBytes = 16 * 1_048_576

/** The quickest digester of this thread for an artifact of `totalBytes`. */
export async function createDigester(totalBytes: bigint | number): Promise<Digester> {
  return new DirectDigester(
    (totalBytes < largeBytes ? undefined : await createVectorBlake3()) ?? (await createBlake3()),
  )
}

/**
 * The same, with a thread of its own when there is much: for when this thread has its hands full with the network.
 * Its bytes come from `pool`, which has `hasherBytes` to spare.
 */
export async function createThreadDigester(totalBytes: bigint | number, pool?: BufferPool): Promise<Digester> {
  const direct = new DirectDigester(await createBlake3())
  if (totalBytes < largeBytes) return direct
  const {ThreadDigester} = await import('./digest-thread.ts')
  return new ThreadDigester(direct, pool?.memory && {memory: pool.memory, at: pool.spareAt})
}
