import {readdir, stat} from 'node:fs/promises'
import {NotFoundError} from '../net/errors.ts'
import {compareSegments, isSegmentName} from './wal-position.ts'
import type {WalTopic} from './wal-tail.ts'
import {fileError, segmentFolder} from './walrus-folder.ts'
import type {SegmentFolder} from './walrus-folder.ts'

const backend = 'tael-backend'

/**
 * The folder that holds a topic's segments: `<wal-dir>/tael-backend` for the log itself, the directory proper
 * for the live bus. A path that already ends in the former is taken as it is.
 */
export async function topicFolder(walDir: string, topic: WalTopic): Promise<SegmentFolder> {
  const entries =
    await readdir(walDir, {withFileTypes: true}).catch((cause: unknown) => Promise.reject(fileError(walDir, cause)))
  if (topic !== 'tael_wal') return segmentFolder(walDir)
  if (entries.some(entry => entry.name === backend && entry.isDirectory())) return segmentFolder(`${walDir}/${backend}`)
  if (entries.some(entry => isSegmentName(entry.name))) return segmentFolder(walDir)
  throw new NotFoundError(`${walDir} is no WAL directory of tael`, {
    endpoint: walDir, hint: `It should hold the folder ${backend}: look at --wal-dir or TAEL_WAL_DIR of the server.`,
  })
}

export interface SegmentFile {
  /** Relative to the WAL directory. */
  path: string
  folder: string
  file: string
  /** As `ls` shows it; files are made with their full size. */
  apparentBytes: number
  /** What is taken on the disk. */
  realBytes: number
  /** Made at this instant, as its name says. Milliseconds since the epoch. */
  createdMs: number
  /** Last written at. Milliseconds since the epoch. */
  modifiedMs: number
}

/** Every segment file below a WAL directory, by folder and age. Files that vanish meanwhile are left out. */
export async function listSegmentFiles(walDir: string): Promise<SegmentFile[]> {
  const entries =
    await readdir(walDir, {withFileTypes: true}).catch((cause: unknown) => Promise.reject(fileError(walDir, cause)))
  const folders = ['', ...entries.filter(entry => entry.isDirectory()).map(entry => entry.name).sort()]
  const found: SegmentFile[] = []
  for (const folder of folders) {
    const path = folder ? `${walDir}/${folder}` : walDir
    const names = folder
      ? await readdir(path).catch(() => [])
      : entries.filter(entry => entry.isFile()).map(entry => entry.name)
    for (const file of names.filter(isSegmentName).sort(compareSegments)) {
      const facts = await stat(`${path}/${file}`).catch(() => undefined)
      if (facts?.isFile()) found.push(segmentFile(folder, file, facts))
    }
  }
  return found
}

function segmentFile(
  folder: string, file: string, facts: {size: number; blocks: number; mtimeMs: number},
): SegmentFile {
  return {
    path: folder ? `${folder}/${file}` : file, folder, file,
    apparentBytes: facts.size, realBytes: facts.blocks * 512, createdMs: Number(file), modifiedMs: facts.mtimeMs,
  }
}
