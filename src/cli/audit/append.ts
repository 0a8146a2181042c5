import {randomUUID} from 'node:crypto'
import {constants} from 'node:fs'
import {open, rename, stat, type FileHandle} from 'node:fs/promises'
import {dirname} from 'node:path'
import {makeFolder} from '../../clients/net/make-folder.ts'
import {toJson} from '../../format/json.ts'
import type {AuditRecord} from '../audit.ts'

export interface AppendOptions {
  /** From this size on the file is set aside and a new one begun. */
  rotateAtBytes?: number
  /** Waits for the disk. */
  isLasting?: boolean
}

const usualRotateAtBytes = 16 * 1024 * 1024

/**
 * Appends one line in one write, so that the lines of several commands at once do not mix. A line that an earlier
 * command could not finish (killed, full disk) is ended first. Rejects when the line cannot be written whole.
 */
export async function appendAudit(path: string, record: AuditRecord, options: AppendOptions = {}): Promise<void> {
  const {rotateAtBytes = usualRotateAtBytes, isLasting = false} = options
  await makeFolder(dirname(path))
  await rotate(path, record, rotateAtBytes)
  const file = await open(path, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT, 0o600)
  try {
    const {size, mode, isFile} = await facts(file)
    if (isFile && (mode & 0o077) !== 0) await file.chmod(0o600)
    const line = Buffer.from(`${isFile && (await isTorn(file, size)) ? '\n' : ''}${toJson(record)}\n`)
    const {bytesWritten} = await file.write(line)
    if (bytesWritten < line.length)
      throw new Error(`only ${bytesWritten} of ${line.length} bytes of the record could be written`)
    if (isLasting) await file.datasync()
  } finally {
    await file.close()
  }
}

/**
 * Sets a full file aside under a name of its own, which sorts by its time. Nothing is lost when two do so at once: the
 * second sets a short file aside, and whoever has the old one open still writes to its end.
 */
async function rotate(path: string, {at}: AuditRecord, rotateAtBytes: number): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  if (!found?.isFile() || found.size < rotateAtBytes) return
  // When it fails, somebody else was quicker, or the file goes on growing: either way the record has its place.
  await rename(path, `${path}.${at.replaceAll(/[:.]/g, '-')}-${randomUUID().slice(0, 8)}`).catch(() => undefined)
}

async function facts(file: FileHandle): Promise<{size: number; mode: number; isFile: boolean}> {
  const found = await file.stat()
  return {size: found.size, mode: found.mode, isFile: found.isFile()}
}

async function isTorn(file: FileHandle, size: number): Promise<boolean> {
  if (size === 0) return false
  const {buffer, bytesRead} = await file.read(Buffer.alloc(1), 0, 1, size - 1)
  return bytesRead === 1 && buffer[0] !== 0x0a
}
