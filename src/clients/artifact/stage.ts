import {constants} from 'node:fs'
import {mkdir, open, stat, type FileHandle} from 'node:fs/promises'
import {dirname, join} from 'node:path'
import {DirectWriter} from './direct-write.ts'
import {syncFolder} from './folders.ts'
import type {Manifest} from './manifest.ts'
import type {UnpackFile, UnpackTarget} from './unpack.ts'

/** The folder that a pull fills before it is renamed to its destination. Links in it are never followed. */
export function folderTarget(stage: string): UnpackTarget {
  const folder = async (path: string) => void (await mkdir(join(stage, path), {recursive: true, mode: 0o755}))
  return {
    folder,
    async file(path, sizeBytes) {
      await folder(dirname(path))
      return openStaged(join(stage, path), sizeBytes)
    },
  }
}

/** Below this a file of its own way to the disk is not worth opening it twice. */
const directBytes = 16 * 1_048_576

async function openStaged(path: string, sizeBytes: bigint): Promise<StagedFile> {
  const handle = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o644)
  try {
    return new StagedFile(handle, sizeBytes < directBytes ? undefined : await DirectWriter.open(path))
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** So much is on its way to the disk while more arrives; else it would all be waited for at the end. */
const flushBytes = 64 * 1_048_576

/** Larger writes cost the kernel three times the time (measured on ext4, Linux 6.1, with 8 MiB). */
const writeBytes = 1_048_576

class StagedFile implements UnpackFile {
  readonly #handle: FileHandle
  readonly #direct: DirectWriter | undefined
  #written: Promise<void> = Promise.resolve()
  #flushed: Promise<void> = Promise.resolve()
  #isFlushing = false
  #unflushedBytes = 0

  constructor(handle: FileHandle, direct: DirectWriter | undefined) {
    this.#handle = handle
    this.#direct = direct
  }

  async *kept(): AsyncGenerator<Uint8Array> {
    const buffer = Buffer.from(new SharedArrayBuffer(1_048_576))
    for (let at = 0; ;) {
      const {bytesRead} = await this.#handle.read(buffer, 0, buffer.length, at)
      if (bytesRead === 0) return
      yield buffer.subarray(0, bytesRead)
      at += bytesRead
    }
  }

  async restart(): Promise<void> {
    await this.#handle.truncate(0)
  }

  write(bytes: Uint8Array, at: bigint): Promise<void> {
    this.#written = this.#written.then(() => this.#writeAll(bytes, Number(at)))
    return this.#written
  }

  async finish(sizeBytes: bigint): Promise<void> {
    await this.#written
    await this.#flushed
    await this.#handle.truncate(Number(sizeBytes))
    await this.#handle.datasync()
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#written, this.#flushed])
    await this.#direct?.close()
    await this.#handle.close()
  }

  async #writeAll(bytes: Uint8Array, at: number): Promise<void> {
    const direct = (await this.#direct?.write(bytes, at)) ?? 0
    for (let from = direct; from < bytes.length;) {
      const {bytesWritten} = await this.#handle.write(bytes, from, Math.min(writeBytes, bytes.length - from), at + from)
      from += bytesWritten
    }
    this.#unflushedBytes += bytes.length - direct
    if (this.#unflushedBytes >= flushBytes && !this.#isFlushing) this.#flush()
  }

  #flush(): void {
    this.#isFlushing = true
    this.#unflushedBytes = 0
    // One after the other: a failed flush is reported only once by the system, and must not be forgotten.
    this.#flushed = this.#flushed.then(() => this.#handle.datasync()).finally(() => (this.#isFlushing = false))
    this.#flushed.catch(() => undefined)
  }
}

/** Writes the manifest, last of all, and makes every folder lasting. */
export async function settleStage(stage: string, manifest: Manifest, manifestBytes: Buffer): Promise<void> {
  const folders = new Set(manifest.files.flatMap(({path}) => parents(path)))
  for (const folder of folders) await syncFolder(join(stage, folder))
  const file = await open(join(stage, 'MANIFEST.json'), 'w', 0o644)
  try {
    await file.writeFile(manifestBytes)
    await file.sync()
  } finally {
    await file.close()
  }
  await syncFolder(stage)
}

const parents = (path: string): string[] => {
  const parts = path.split('/').slice(0, -1)
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
}

export async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false
}
