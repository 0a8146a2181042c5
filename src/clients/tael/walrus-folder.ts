import {constants} from 'node:fs'
import {open, readdir} from 'node:fs/promises'
import {NotFoundError, OpsError, UnauthorizedError, UnreachableError} from '../net/errors.ts'
import {compareSegments, isSegmentName} from './wal-position.ts'
import {readSegment} from './walrus-segment.ts'
import type {ByteSource, Segment} from './walrus-segment.ts'

/** The segment files of one walrus instance. */
export interface SegmentFolder {
  readonly path: string
  /** File names, oldest first. */
  list(): Promise<string[]>
  /** Undefined when the file is gone. */
  open(name: string): Promise<Segment | undefined>
}

/** Payloads above this are checked and counted, but not decoded: memory stays bounded. */
export const maxPayloadBytes = 64 * 1024 * 1024

export function segmentFolder(path: string): SegmentFolder {
  return {
    path,
    async list() {
      const names = await readdir(path).catch((cause: unknown) => Promise.reject(fileError(path, cause)))
      return names.filter(isSegmentName).sort(compareSegments)
    },
    async open(name) {
      try {
        return readSegment(await openBytes(`${path}/${name}`), maxPayloadBytes)
      } catch (error) {
        if (error instanceof NotFoundError) return undefined
        throw error
      }
    },
  }
}

/** Opens a file for reading only: no lock, no mapping, nothing that the writer could notice. */
export async function openBytes(path: string): Promise<ByteSource> {
  const handle = await open(path, constants.O_RDONLY).catch((cause: unknown) => Promise.reject(fileError(path, cause)))
  return {
    async read(target, position) {
      let filled = 0
      while (filled < target.length) {
        const {bytesRead} = await handle.read(target, filled, target.length - filled, position + filled)
        if (bytesRead === 0) break
        filled += bytesRead
      }
      return filled
    },
    close: () => handle.close(),
  }
}

export function fileError(path: string, cause: unknown): OpsError {
  const code = (cause as {code?: string}).code ?? ''
  const options = {endpoint: path, cause}
  if (code === 'ENOENT' || code === 'ENOTDIR') return new NotFoundError(`${path} does not exist`, options)
  if (code === 'EACCES' || code === 'EPERM') {
    return new UnauthorizedError(`${path} may not be read`, {
      ...options, hint: 'Run it as a user who may read the WAL directory.',
    })
  }
  return new UnreachableError(`${path} cannot be read: ${code}`, options)
}
