import type {Digester, FileFinding} from './digest.ts'
import type {FoldLogEnd} from './fold-log.ts'
import {importProblems, maxManifestBytes, type Manifest} from './manifest.ts'
import {refused} from './not-whole.ts'
import type {RangeSource} from './range-source.ts'
import {readTar, type TarEntry} from './tar-read.ts'
import {eachPiece, storedBytes, takeFile} from './unpack-file.ts'

/** Where the files of an artifact go as they stream by; verifying alone has a target that keeps nothing. */
export interface UnpackTarget {
  folder(path: string): Promise<void>
  file(path: string, sizeBytes: bigint): Promise<UnpackFile>
}

export interface UnpackFile {
  /** Bytes of an earlier run, in order; empty when there are none. */
  kept(): AsyncIterable<Uint8Array>
  /** Forgets the kept bytes. */
  restart(): Promise<void>
  /** Calls need not wait for each other; what is written is always a beginning of the file, of growing length. */
  write(bytes: Uint8Array, at: bigint): Promise<void>
  /** Makes the file lasting, `sizeBytes` long; rejects when a write has failed. */
  finish(sizeBytes: bigint): Promise<void>
  /** Lets go of it, finished or not. */
  close(): Promise<void>
}

export interface UnpackInput {
  source: RangeSource
  manifest: Manifest
  manifestBytes: Buffer
  digester: Digester
  target: UnpackTarget
  onBytes(bytes: number): void
  signal: AbortSignal
}

/** What the stream proved of an artifact. */
export interface Verified {
  files: number
  bytes: bigint
  /** Keys in an append log; undefined for other backends, which only their engine can read. */
  keys: number | undefined
}

/**
 * Unpacks and verifies the tar of an artifact in one pass: embedded manifest, declared files only, size and
 * digest of each, and for an append log the records and the final cursor. Stricter than the crate: links, files
 * outside `data/`, absolute names and `..` are refused; modes of the tar are not taken over.
 */
export async function unpack(input: UnpackInput): Promise<Verified> {
  const [problem] = importProblems(input.manifest)
  if (problem) throw refused(problem)
  const declared = new Map(input.manifest.files.map(file => [file.path, file]))
  const good = new Map<string, FileFinding>()
  let isManifestGood: boolean | undefined
  let entries = 0
  for await (const entry of readTar(input.source)) {
    entries += 1
    if (entries > 2 * declared.size + 10_000) throw refused('it has far more entries than declared files')
    const path = entryPath(entry.path)
    if (entry.kind === 'directory') await takeFolder(input, path)
    else if (path === 'MANIFEST.json')
      isManifestGood = (await readManifest(input, entry))?.equals(input.manifestBytes) ?? false
    else {
      const file = declared.get(path) ?? fail(`undeclared file ${JSON.stringify(path)}`)
      const found = await takeFile(input, entry, file)
      if (found) good.set(path, found)
      else good.delete(path)
    }
  }
  if (isManifestGood === undefined) throw refused('there is no embedded manifest')
  if (!isManifestGood) throw refused('the embedded manifest disagrees with the stored one')
  for (const path of declared.keys())
    if (!good.has(path)) throw refused(`missing or wrong file ${JSON.stringify(path)}`)
  return summary(input.manifest, good)
}

async function takeFolder({target}: UnpackInput, path: string): Promise<void> {
  if (path === '') return
  if (path !== 'data' && !path.startsWith('data/')) throw refused(`${JSON.stringify(path)} is outside data/`)
  await target.folder(path)
}

function summary(manifest: Manifest, good: Map<string, FileFinding>): Verified {
  const bytes = manifest.files.reduce((sum, file) => sum + file.sizeBytes, 0n)
  const log = good.get('data/fold.snap')?.log
  if (!log) return {files: good.size, bytes, keys: undefined}
  return {files: good.size, bytes, keys: checkFoldLog(log, manifest)}
}

/** The keys of a whole append log. IntegrityError when it is torn, or ends at another cursor than the manifest. */
export function checkFoldLog(log: FoldLogEnd, manifest: Manifest): number {
  const {cursorHex, keys, problem} = log
  if (problem) throw refused(`data/fold.snap: ${problem}`)
  if (cursorHex.toLowerCase() !== canonicalCursor(manifest)) {
    throw refused(
      `the payload's cursor ${cursorHex || '(none)'} disagrees with the manifest's ${manifest.cursorHex || '(none)'}`,
    )
  }
  return keys
}

/** The cursor as the engine would write it: lowercase, and without a memo that says nothing. */
function canonicalCursor({cursorHex, cursor}: Manifest): string {
  return cursor.evictionSeen ? cursorHex.toLowerCase() : cursor.tokenHex
}

/** The name inside the artifact; a leading `./` and a trailing slash are left out. */
function entryPath(name: string): string {
  const parts = name.split('/').filter(part => part !== '' && part !== '.')
  if (name.startsWith('/') || parts.includes('..') || name.includes('\\') || name.includes('\0')) {
    throw refused(`the entry ${JSON.stringify(name)} leaves its folder`)
  }
  return parts.join('/')
}

async function readManifest({source, signal}: UnpackInput, entry: TarEntry): Promise<Buffer | undefined> {
  if (entry.sizeBytes > BigInt(maxManifestBytes)) return void (await source.skip(storedBytes(entry)))
  const bytes = Buffer.alloc(Number(entry.sizeBytes))
  await eachPiece(source, entry, 0n, signal, async (piece, at) => void bytes.set(piece, Number(at)))
  return bytes
}

function fail(reason: string): never {
  throw refused(reason)
}

/** How far a verification went, in words: only its engine can look inside an LSM backend. */
export function checkedBy({backend}: Manifest): string {
  if (backend === 'append-log') return 'files, digests, every record and the final cursor'
  return `files and digests; the cursor inside a ${backend} tree is checked by the engine at import`
}
