import {loadKernel, type Compress4} from './blake3-kernel.ts'
import type {Blake3} from './hash.ts'
import {sharedMemory, type SharedMemory} from './shared-memory.ts'

const chunkBytes = 1024
const blockBytes = 64
const valueBytes = 32
/** Chunks that are hashed together; a power of two, so that they are a whole subtree. */
const batchChunks = 256
const batchBytes = batchChunks * chunkBytes

const chunkStart = 1
const chunkEnd = 2
const parent = 4
const root = 8

/** Places in what a hasher has of the kernel's memory: a batch of input, chaining values, what the stack merges. */
const valuesAt = batchBytes
const pairAt = valuesAt + batchChunks * valueBytes + 4 * valueBytes
const resultAt = pairAt + 4 * blockBytes
export const hasherBytes = resultAt + 4 * valueBytes

/** The memory of a hasher, and where in it are `hasherBytes` for its own use. */
export interface HasherMemory {
  memory: SharedMemory
  at: number
}

/**
 * BLAKE3-256 with four chunks at a time, twice as fast as one by one; undefined where there are no vectors. Bytes that
 * are in its memory it hashes where they are.
 */
export async function createVectorBlake3(place?: HasherMemory): Promise<Blake3 | undefined> {
  const memory = place?.memory ?? sharedMemory(hasherBytes)
  const compress4 = memory && (await loadKernel(memory))
  return compress4 && new VectorBlake3(compress4, memory.buffer, place?.at ?? 0)
}

interface Chunks {
  /** Where in the memory the batch is. */
  from: number
  chunk: number
  step: 0 | 1
  blocks: number
  lastBytes: number
  endFlags: number
}

class VectorBlake3 implements Blake3 {
  readonly #compress4: Compress4
  /** All of the memory, and what is ours of it. */
  readonly #all: SharedArrayBuffer
  readonly #memory: Uint8Array
  readonly #base: number
  /** Chaining values of finished subtrees, the largest first; by the bits of the count of batches. */
  #stack: Uint8Array[] = []
  #batches = 0
  #filled = 0

  constructor(compress4: Compress4, all: SharedArrayBuffer, base: number) {
    this.#compress4 = compress4
    this.#all = all
    this.#memory = new Uint8Array(all, base, hasherBytes)
    this.#base = base
  }

  reset(): void {
    this.#stack = []
    this.#batches = this.#filled = 0
  }

  update(bytes: Uint8Array): void {
    const isHere = bytes.buffer === this.#all
    for (let at = 0; at < bytes.length;) {
      // The last batch waits: only the end tells whether it is the root.
      if (this.#filled === batchBytes) this.#takeBatch(this.#base)
      if (isHere && this.#filled === 0 && bytes.length - at > batchBytes) {
        this.#filled = batchBytes
        this.#takeBatch(bytes.byteOffset + at)
        at += batchBytes
        continue
      }
      const piece = bytes.subarray(at, at + batchBytes - this.#filled)
      this.#memory.set(piece, this.#filled)
      this.#filled += piece.length
      at += piece.length
    }
  }

  digest(): string {
    const chunks = Math.max(1, Math.ceil(this.#filled / chunkBytes))
    const isAlone = this.#stack.length === 0
    this.#hashChunks(this.#base, chunks, isAlone && chunks === 1 ? root : 0)
    const value = this.#reduce(chunks, isAlone && chunks > 1)
    return Buffer.from(this.#mergeAll(value)).toString('hex')
  }

  #takeBatch(from: number): void {
    this.#hashChunks(from, batchChunks, 0)
    let value = this.#reduce(batchChunks, false)
    this.#batches += 1
    for (let count = this.#batches; count % 2 === 0; count /= 2) value = this.#join(this.#stack.pop()!, value, 0)
    this.#stack.push(value)
    this.#filled = 0
  }

  /** The chaining values of the chunks in the batch, four at a time; the last may be short. */
  #hashChunks(from: number, chunks: number, lastFlag: number): void {
    const isWhole = this.#filled === chunks * chunkBytes && lastFlag === 0
    const whole = isWhole ? chunks : chunks - 1
    for (let chunk = 0; chunk < whole; chunk += 4) {
      this.#chunks4({from, chunk, step: 1, blocks: chunkBytes / blockBytes, lastBytes: blockBytes, endFlags: chunkEnd})
    }
    if (isWhole) return
    const length = this.#filled - whole * chunkBytes
    const blocks = Math.max(1, Math.ceil(length / blockBytes))
    this.#memory.fill(0, this.#filled, whole * chunkBytes + blocks * blockBytes)
    this.#chunks4({
      from,
      chunk: whole,
      step: 0,
      blocks,
      lastBytes: length - (blocks - 1) * blockBytes,
      endFlags: chunkEnd | lastFlag,
    })
  }

  /** Four chunks from `chunk` of the batch on; with step 0 only that one, four times. */
  #chunks4({from, chunk, step, blocks, lastBytes, endFlags}: Chunks): void {
    const counter = this.#batches * batchChunks + chunk
    this.#compress4(
      from + chunk * chunkBytes, step * chunkBytes, blocks, counter | 0, Math.floor(counter / 2 ** 32), step,
      chunkStart, endFlags, lastBytes, this.#base + valuesAt + chunk * valueBytes,
    )
  }

  /** Joins the values of neighbours, level by level, to the one of the subtree. */
  #reduce(count: number, isRoot: boolean): Uint8Array {
    for (let left = count; left > 1; left = Math.ceil(left / 2)) {
      const flags = parent | (isRoot && left === 2 ? root : 0)
      const pairs = Math.floor(left / 2)
      const odd = left % 2 === 1 ? this.#value(left - 1) : undefined
      for (let pair = 0; pair < pairs; pair += 4) {
        this.#join4(valuesAt + pair * blockBytes, blockBytes, flags, valuesAt + pair * valueBytes)
      }
      if (odd) this.#memory.set(odd, valuesAt + pairs * valueBytes)
    }
    return this.#value(0)
  }

  #value(index: number): Uint8Array {
    return this.#memory.slice(valuesAt + index * valueBytes, valuesAt + (index + 1) * valueBytes)
  }

  #mergeAll(last: Uint8Array): Uint8Array {
    return this.#stack.reduceRight((value, left, depth) => this.#join(left, value, depth === 0 ? root : 0), last)
  }

  #join(left: Uint8Array, right: Uint8Array, rootFlag: number): Uint8Array {
    this.#memory.set(left, pairAt)
    this.#memory.set(right, pairAt + valueBytes)
    this.#join4(pairAt, 0, parent | rootFlag, resultAt)
    return this.#memory.slice(resultAt, resultAt + valueBytes)
  }

  /** The values of four pairs of values, `stride` apart. */
  #join4(pairs: number, stride: number, flags: number, output: number): void {
    this.#compress4(this.#base + pairs, stride, 1, 0, 0, 0, flags, 0, blockBytes, this.#base + output)
  }
}
