import {constants} from 'node:fs'
import {open, type FileHandle} from 'node:fs/promises'

/** Disks are written in whole sectors of this; some have larger ones, and then say EINVAL. */
const sectorBytes = 512

/**
 * Writes a file past the page cache. Copying 1 GiB into the cache takes half a second of processor time or more, and
 * flushing it as long again at the end (measured on ext4, Linux 6.18); like this the bytes are on the disk as soon as
 * they are written, and what the machine has in its cache stays there.
 */
export class DirectWriter {
  #handle: FileHandle | undefined

  private constructor(handle: FileHandle) {
    this.#handle = handle
  }

  /** For a file that is there; undefined where the system or the file system has no such way. */
  static async open(path: string): Promise<DirectWriter | undefined> {
    if (!constants.O_DIRECT) return undefined
    const handle = await open(path, constants.O_WRONLY | constants.O_DIRECT | constants.O_NOFOLLOW).catch(noSuchWay)
    return handle && new DirectWriter(handle)
  }

  /** Writes the whole sectors at the start of `bytes`; how many bytes that is, 0 when the file system refuses them. */
  async write(bytes: Uint8Array, at: number): Promise<number> {
    const whole = at % sectorBytes === 0 ? bytes.length - (bytes.length % sectorBytes) : 0
    let from = 0
    while (this.#handle && from < whole) {
      const written = await this.#handle.write(bytes, from, whole - from, at + from).catch(noSuchWay)
      if (!written) await this.close()
      from += written?.bytesWritten ?? 0
      if (from % sectorBytes !== 0) break
    }
    return from
  }

  async close(): Promise<void> {
    const handle = this.#handle
    this.#handle = undefined
    await handle?.close()
  }
}

function noSuchWay(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'EINVAL' && error.code !== 'EOPNOTSUPP') throw error
}
