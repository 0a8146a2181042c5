import {bufferPool, partBytes, type BufferPool} from './buffer-pool.ts'
import type {ArtifactStore, StoredObject} from './store.ts'
import {partsInFlight} from './store.ts'
import type {ByteSource} from './tar-read.ts'

const probeBytes = 65_536
/** The first ranges are short, so that the first bytes are there soon; each is as long as all before it. */
const firstBytes = 1_048_576

/** Reads an object in order, while several ranges of it are on their way. */
export interface RangeSource extends ByteSource {
  /** Fetch little and not ahead, because much is expected to be skipped. */
  isProbing: boolean
  /** The bytes of the last chunk are in use until `work` settles; only then is their memory used again. */
  hold(work: Promise<unknown>): void
}

interface Part {
  start: number
  end: number
  /** Lent by the pool; resolves when it is filled. */
  buffer: Promise<Buffer>
  holds: Promise<unknown>[]
}

export function rangeSource(
  store: ArtifactStore,
  object: StoredObject,
  signal: AbortSignal,
  isProbing = false,
  pool = bufferPool(partsInFlight),
): RangeSource {
  return new Ranges(store, object, signal, isProbing, pool)
}

class Ranges implements RangeSource {
  isProbing: boolean
  readonly #fetch: (start: number, into: Buffer) => Promise<void>
  readonly #sizeBytes: number
  readonly #signal: AbortSignal
  readonly #pool: BufferPool
  readonly #queue: Part[] = []
  #at = 0
  #ahead = 0
  #start = 0

  constructor(
    store: ArtifactStore, object: StoredObject, signal: AbortSignal, isProbing: boolean, pool: BufferPool,
  ) {
    this.#pool = pool
    this.isProbing = isProbing
    this.#fetch = (start, into) => store.range(object.key, object.etag, start, into, signal)
    this.#sizeBytes = object.sizeBytes
    this.#signal = signal
  }

  async chunk(max: number): Promise<Uint8Array> {
    this.#signal.throwIfAborted()
    this.#dropRead()
    if (this.#queue.length === 0) this.#jump()
    const depth = this.isProbing ? 1 : partsInFlight
    while (this.#queue.length < depth && this.#ahead < this.#sizeBytes)
      this.#ask(this.isProbing ? probeBytes : this.#nextBytes())
    const part = this.#queue[0]
    if (!part) return new Uint8Array(0)
    const buffer = await part.buffer
    const piece = buffer.subarray(this.#at - part.start, Math.min(this.#at - part.start + max, part.end - part.start))
    this.#at += piece.length
    return piece
  }

  async skip(bytes: bigint): Promise<void> {
    this.#at = Number(BigInt(this.#at) + bytes)
    this.#dropRead()
  }

  hold(work: Promise<unknown>): void {
    this.#queue[0]?.holds.push(work)
  }

  /** Goes on at a place that nothing has been asked of. */
  #jump(): void {
    if (this.#ahead === this.#at) return
    this.#ahead = this.#start = this.#at
  }

  #nextBytes(): number {
    return Math.min(partBytes, Math.max(firstBytes, this.#ahead - this.#start))
  }

  #ask(sizeBytes: number): void {
    const [start, end] = [this.#ahead, Math.min(this.#ahead + sizeBytes, this.#sizeBytes)]
    const lent = this.#pool.take()
    const buffer = lent.then(async whole => {
      await this.#fetch(start, whole.subarray(0, end - start))
      return whole
    })
    buffer.catch(() => undefined)
    this.#queue.push({start, end, buffer, holds: []})
    this.#ahead = end
  }

  /** Lets go of the parts that have been read or skipped. */
  #dropRead(): void {
    while (this.#queue[0] && this.#queue[0].end <= this.#at) {
      const {buffer, holds} = this.#queue.shift()!
      void Promise.allSettled([buffer, ...holds])
        .then(async () => this.#pool.giveBack(await buffer))
        .catch(() => undefined)
    }
  }
}
