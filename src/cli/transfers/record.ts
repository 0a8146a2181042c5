import {join} from 'node:path'
import type {Io} from '../io.ts'
import {stateFolder} from '../state-folder.ts'

/** A transfer under way, as its process leaves it in the state folder for others of the account to see. */
export interface TransferRecord {
  action: 'push' | 'pull' | 'verify'
  /** Artifact key, or folder. */
  subject: string
  /** `s3://bucket/prefix`; null when it is not configured. */
  store: string | null
  context: string | null
  pid: number
  host: string
  doneBytes: number
  totalBytes: number
  /** Of the last ten seconds; null before that can be told. */
  bytesPerSecond: number | null
  startedAt: string
  /** Last sign of life. */
  updatedAt: string
}

/** $XDG_STATE_HOME/opsdeck/transfers; undefined on a machine without a home. */
export function transfersFolder(io: Pick<Io, 'env' | 'homeDir'>): string | undefined {
  const folder = stateFolder(io)
  return folder === undefined ? undefined : join(folder, 'transfers')
}

export const recordName = (pid: number, startedMs: number): string => `${pid}-${startedMs}.json`

/** The process that wrote a file of the folder; undefined for what is none of ours. */
export function pidOf(name: string): number | undefined {
  const [, pid] = /^(\d{1,10})-\d+\.json(?:\.part)?$/.exec(name) ?? []
  return pid === undefined ? undefined : Number(pid)
}

/** Undefined when it is no record: somebody else's file, or one that is half written. */
export function parseRecord(text: string): TransferRecord | undefined {
  let value: Partial<TransferRecord> | null
  try {
    value = JSON.parse(text) as Partial<TransferRecord> | null
  } catch {
    return undefined
  }
  const texts = [value?.action, value?.subject, value?.host, value?.startedAt, value?.updatedAt]
  const numbers = [value?.pid, value?.doneBytes, value?.totalBytes]
  const isWhole = texts.every(each => typeof each === 'string') && numbers.every(each => typeof each === 'number')
  return isWhole ? value as TransferRecord : undefined
}
