import {IntegrityError} from '../net/errors.ts'
import {decodeCursor, decodeCursorHex, type Cursor} from './cursor.ts'
import {parseStrictJson, type StrictJson} from './strict-json.ts'

/** `MANIFEST.json` of an artifact. The raw bytes are what is hashed and compared, never this parsed form. */
export interface Manifest {
  schemaVersion: 1 | 2
  /** `append-log`, `fjall`, `rocksdb`, or whatever the writer put there. */
  backend: string
  backendVersion: string
  cursorHex: string
  cursor: Cursor
  /** Unix seconds; informational. */
  createdAtUnix: bigint
  files: ManifestFile[]
  /** Key prefixes that the exporter watched, `[""]` for all; undefined in schema 1. */
  scope: string[] | undefined
}

export interface ManifestFile {
  /** Relative, below `data/`. */
  path: string
  sizeBytes: bigint
  /** Lowercase hex of the file's BLAKE3-256. */
  blake3: string
}

/** Readers refuse a remote manifest beyond this. */
export const maxManifestBytes = 1_048_576

const u32 = 0xffff_ffffn
const u64 = 0xffff_ffff_ffff_ffffn
const fields = ['schema_version', 'backend', 'backend_version', 'cursor_hex', 'created_at_unix', 'files', 'scope']
const fileFields = ['path', 'size', 'blake3']

/**
 * Parses a manifest exactly as strictly as the 0.8.6 crate does (a positional array instead of the object
 * passes, as serde lets it). Throws IntegrityError MANIFEST; see `importProblems` for what only import refuses.
 */
export function parseManifest(bytes: Uint8Array, where = 'MANIFEST.json'): Manifest {
  try {
    return manifestOf(record(parseStrictJson(bytes), fields, ['scope'], 'manifest'))
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new IntegrityError(`${where} is not a manifest: ${error.message}`, {
      code: 'MANIFEST',
      endpoint: where,
      cause: error,
    })
  }
}

/** The schema version of a manifest that may be newer than we know; undefined when it cannot be told. */
export function schemaVersionOf(bytes: Uint8Array): bigint | undefined {
  try {
    const json = parseStrictJson(bytes)
    const version = json instanceof Map ? json.get('schema_version') : undefined
    return typeof version === 'bigint' ? version : undefined
  } catch {
    return undefined
  }
}

function manifestOf(json: Map<string, StrictJson>): Manifest {
  const version = integer(json, 'schema_version', u32)
  if (version !== 1n && version !== 2n)
    throw new SyntaxError(`unsupported schema_version ${version} (1 and 2 are known)`)
  const cursorHex = text(json, 'cursor_hex')
  const raw = decodeCursorHex(cursorHex)
  const cursor = raw && decodeCursor(raw)
  const manifest: Manifest = {
    schemaVersion: version === 1n ? 1 : 2,
    backend: text(json, 'backend'),
    backendVersion: text(json, 'backend_version'),
    cursorHex,
    cursor: cursor ?? reject(raw ? `cursor_hex of ${raw.length} bytes is no known cursor` : 'malformed cursor_hex'),
    createdAtUnix: integer(json, 'created_at_unix', u64),
    files: list(json, 'files').map(fileOf),
    scope: scopeOf(json.get('scope') ?? null),
  }
  if (version === 1n && manifest.scope) throw new SyntaxError('schema_version 1 carries a scope')
  if (version === 2n && !manifest.scope) throw new SyntaxError('schema_version 2 is missing its scope')
  return manifest
}

function fileOf(json: StrictJson): ManifestFile {
  const file = record(json, fileFields, [], 'file')
  const path = text(file, 'path')
  if (path.includes('\\')) throw new SyntaxError(`path ${JSON.stringify(path)} contains a backslash`)
  const parts = path.split('/').filter((part, index) => index === 0 || (part !== '' && part !== '.'))
  if (!path.startsWith('data/') || path === 'data/')
    throw new SyntaxError(`path ${JSON.stringify(path)} is not under data/`)
  if (parts.includes('..')) throw new SyntaxError(`path ${JSON.stringify(path)} leaves its folder`)
  return {path, sizeBytes: integer(file, 'size', u64), blake3: text(file, 'blake3')}
}

function scopeOf(json: StrictJson): string[] | undefined {
  if (json === null) return undefined
  if (!Array.isArray(json) || !json.every(each => typeof each === 'string'))
    throw new SyntaxError('scope is not a list of strings')
  return json
}

/** The struct of these fields, from an object without others or from an array in their order. */
function record(json: StrictJson, names: string[], optional: string[], what: string): Map<string, StrictJson> {
  if (Array.isArray(json)) {
    if (json.length > names.length) throw new SyntaxError(`${what} has too many elements`)
    json = new Map(json.map((value, index) => [names[index]!, value]))
  }
  if (!(json instanceof Map)) throw new SyntaxError(`${what} is not an object`)
  for (const key of json.keys()) if (!names.includes(key)) throw new SyntaxError(`unknown field "${key}"`)
  for (const name of names)
    if (!optional.includes(name) && !json.has(name)) throw new SyntaxError(`missing field "${name}"`)
  return json
}

function integer(json: Map<string, StrictJson>, name: string, max: bigint): bigint {
  const value = json.get(name)
  return typeof value === 'bigint' && value >= 0n && value <= max
    ? value
    : reject(`"${name}" is not a whole number in range`)
}

function text(json: Map<string, StrictJson>, name: string): string {
  const value = json.get(name)
  return typeof value === 'string' ? value : reject(`"${name}" is not a string`)
}

function list(json: Map<string, StrictJson>, name: string): StrictJson[] {
  const value = json.get(name)
  return Array.isArray(value) ? value : reject(`"${name}" is not a list`)
}

function reject(reason: string): never {
  throw new SyntaxError(reason)
}

/** What the parser lets through and import refuses all the same: reasons, empty when the artifact may be whole. */
export function importProblems(manifest: Manifest): string[] {
  const problems: string[] = []
  const seen = new Set<string>()
  for (const file of manifest.files) {
    const name = JSON.stringify(file.path)
    if (!isPlainPath(file.path)) problems.push(`the path ${name} can never match a file`)
    if (seen.has(file.path)) problems.push(`the path ${name} is declared twice`)
    if (!/^[0-9a-f]{64}$/.test(file.blake3)) problems.push(`the digest of ${name} is not 64 lowercase hex digits`)
    seen.add(file.path)
  }
  const known = knownGenerations[manifest.backend]
  if (known !== undefined && manifest.backendVersion !== known) {
    problems.push(`${manifest.backend} format generation "${manifest.backendVersion}" is not "${known}"`)
  }
  if (manifest.backend === 'append-log' && (manifest.files.length !== 1 || !seen.has('data/fold.snap'))) {
    problems.push('an append-log artifact must contain exactly "data/fold.snap"')
  }
  return problems
}

const knownGenerations: Record<string, string> = {'append-log': '2', fjall: '3'}

/** A path that a tar entry or a directory walk can spell in only this one way. */
export function isPlainPath(path: string): boolean {
  return !path.includes('\0') && path.split('/').every(part => part !== '' && part !== '.' && part !== '..')
}
