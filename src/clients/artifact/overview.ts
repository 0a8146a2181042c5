import {IntegrityError, OpsError} from '../net/errors.ts'
import type {Located} from './locate.ts'

/** A key of the store as lists show it. */
export interface ArtifactRow {
  key: string
  /** `dangling`: the payload is missing. `unreadable`: what stands at the pointer is no manifest. */
  state: 'ok' | 'dangling' | 'unreadable'
  backend?: string
  backendVersion?: string
  cursorHex?: string
  rank?: bigint
  createdAt?: string
  files?: number
  /** Of the unpacked files. */
  bytes?: bigint
  layout?: '0.6' | '0.5'
  address?: string
  payload?: string
  scope?: string[]
  payloads?: number
  payloadBytes?: number
  problem?: string
}

export function artifactRow({key, manifest, layout, address, payload, other}: Located): ArtifactRow {
  const problem = payload === undefined
    ? 'the payload is missing: publish again'
    : other ? 'a payload of the 0.5 layout stands there too' : undefined
  return {
    key,
    state: payload ? 'ok' : 'dangling',
    backend: manifest.backend,
    backendVersion: manifest.backendVersion,
    cursorHex: manifest.cursorHex,
    rank: manifest.cursor.rank,
    createdAt: unixTime(manifest.createdAtUnix),
    files: manifest.files.length,
    bytes: manifest.files.reduce((sum, file) => sum + file.sizeBytes, 0n),
    layout: layout && (layout === 'addressed' ? '0.6' : '0.5'),
    address,
    payload: payload?.key,
    scope: manifest.scope,
    problem,
  }
}

/** A row for a pointer that could not be read; other errors pass. */
export function unreadableRow(key: string, error: unknown): ArtifactRow {
  if (!(error instanceof IntegrityError)) throw error
  return {key, state: 'unreadable', problem: (error as OpsError).message}
}

function unixTime(seconds: bigint): string | undefined {
  const date = new Date(Number(seconds) * 1000)
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString()
}
