export const partBytes = 8 * 1_048_576

/** What is used of the global; Node's types leave it out. */
declare const WebAssembly: {
  Memory?: new (of: {initial: number; maximum: number; shared: true}) => {buffer: SharedArrayBuffer}
}

const pageBytes = 65_536

export interface BufferPool {
  take(): Promise<Buffer>
  giveBack(buffer: Buffer): void
}

/** Lends `count` buffers of a part each, in memory that threads share; a lent buffer must come back. */
export function bufferPool(count: number): BufferPool {
  const free: Buffer[] = []
  const waiting: ((buffer: Buffer) => void)[] = []
  let memory: SharedArrayBuffer | undefined
  let made = 0
  return {
    take: async () => {
      const buffer = free.pop()
      if (buffer) return buffer
      if (made === count) return new Promise(resolve => waiting.push(resolve))
      memory ??= sharedMemory(count * partBytes)
      return Buffer.from(memory, partBytes * made++, partBytes)
    },
    giveBack: buffer => {
      const whole = Buffer.from(buffer.buffer, buffer.byteOffset - (buffer.byteOffset % partBytes), partBytes)
      const next = waiting.shift()
      if (next) next(whole)
      else free.push(whole)
    },
  }
}

/**
 * Memory that begins at a page, so that a disk can be written from it directly; only that of WebAssembly does. It
 * takes none of the machine's before it is touched.
 */
function sharedMemory(bytes: number): SharedArrayBuffer {
  const pages = Math.ceil(bytes / pageBytes)
  const {Memory} = typeof WebAssembly === 'undefined' ? {} : WebAssembly
  return Memory ? new Memory({initial: pages, maximum: pages, shared: true}).buffer : new SharedArrayBuffer(bytes)
}
