import {sharedMemory, type SharedMemory} from './shared-memory.ts'

export const partBytes = 8 * 1_048_576

export interface BufferPool {
  /** Where the buffers are; undefined without WebAssembly. */
  readonly memory: SharedMemory | undefined
  /** Behind the buffers: where the memory's spare bytes begin. */
  readonly spareAt: number
  take(): Promise<Buffer>
  giveBack(buffer: Buffer): void
}

/**
 * Lends `count` buffers of a part each, in memory that threads share and that begins at a page, so that a disk can be
 * written from it directly; a lent buffer must come back.
 */
export function bufferPool(count: number, spareBytes = 0): BufferPool {
  const bytes = count * partBytes + spareBytes
  const memory = sharedMemory(bytes)
  const buffer = memory?.buffer ?? new SharedArrayBuffer(bytes)
  const free: Buffer[] = []
  const waiting: ((buffer: Buffer) => void)[] = []
  let made = 0
  return {
    memory,
    spareAt: count * partBytes,
    take: async () => {
      const back = free.pop()
      if (back) return back
      if (made === count) return new Promise(resolve => waiting.push(resolve))
      return Buffer.from(buffer, partBytes * made++, partBytes)
    },
    giveBack: lent => {
      const whole = Buffer.from(buffer, lent.byteOffset - (lent.byteOffset % partBytes), partBytes)
      const next = waiting.shift()
      if (next) next(whole)
      else free.push(whole)
    },
  }
}
