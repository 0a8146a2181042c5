import {IntegrityError} from '../net/errors.ts'
import {createFoldLog, type FoldLog} from './fold-log.ts'
import type {Blake3} from './hash.ts'
import {importProblems, maxManifestBytes, type Manifest, type ManifestFile} from './manifest.ts'
import type {RangeSource} from './range-source.ts'
import {readTar, type TarEntry} from './tar-read.ts'

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
  write(bytes: Uint8Array, at: bigint): Promise<void>
  /** Makes the file lasting, `sizeBytes` long. */
  finish(sizeBytes: bigint): Promise<void>
}

export interface UnpackInput {
  source: RangeSource
  manifest: Manifest
  manifestBytes: Buffer
  hasher: Blake3
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
  const good = new Map<string, FoldLog | undefined>()
  let isManifestGood: boolean | undefined
  let entries = 0
  for await (const entry of readTar(input.source)) {
    entries += 1
    if (entries > 2 * declared.size + 10_000) throw refused('it has far more entries than declared files')
    const path = entryPath(entry.path)
    if (entry.kind === 'directory') {
      if (path !== '' && path !== 'data' && !path.startsWith('data/')) throw refused(`${JSON.stringify(path)} is outside data/`)
      if (path !== '') await input.target.folder(path)
    } else if (path === 'MANIFEST.json') {
      isManifestGood = (await readManifest(input, entry))?.equals(input.manifestBytes) ?? false
    } else {
      const file = declared.get(path) ?? fail(`undeclared file ${JSON.stringify(path)}`)
      good.delete(path)
      await takeFile(input, entry, file, good)
    }
  }
  if (isManifestGood === undefined) throw refused('there is no embedded manifest')
  if (!isManifestGood) throw refused('the embedded manifest disagrees with the stored one')
  for (const path of declared.keys()) if (!good.has(path)) throw refused(`missing or wrong file ${JSON.stringify(path)}`)
  return summary(input.manifest, good)
}

function summary(manifest: Manifest, good: Map<string, FoldLog | undefined>): Verified {
  const bytes = manifest.files.reduce((sum, file) => sum + file.sizeBytes, 0n)
  const log = good.get('data/fold.snap')
  if (!log) return {files: good.size, bytes, keys: undefined}
  return {files: good.size, bytes, keys: checkFoldLog(log, manifest)}
}

/** How many keys a whole append log holds. IntegrityError when it is torn, or ends at another cursor than the manifest. */
export function checkFoldLog(log: FoldLog, manifest: Manifest): number {
  const {cursorHex, keys, problem} = log.finish()
  if (problem) throw refused(`data/fold.snap: ${problem}`)
  if (cursorHex.toLowerCase() !== canonicalCursor(manifest)) {
    throw refused(`the payload's cursor ${cursorHex || '(none)'} disagrees with the manifest's ${manifest.cursorHex || '(none)'}`)
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

const storedBytes = (entry: TarEntry): bigint => entry.extents.reduce((sum, each) => sum + each.sizeBytes, 0n)

/** Takes one file. A wrong one is not fatal by itself: a later entry of the same name wins. */
async function takeFile(input: UnpackInput, entry: TarEntry, file: ManifestFile, good: Map<string, FoldLog | undefined>): Promise<void> {
  const {source, hasher, target, onBytes, signal} = input
  if (entry.sizeBytes !== file.sizeBytes) return source.skip(storedBytes(entry))
  const out = await target.file(file.path, file.sizeBytes)
  const newLog = () => (input.manifest.backend === 'append-log' ? createFoldLog() : undefined)
  let log = newLog()
  hasher.reset()
  const feed = (bytes: Uint8Array) => {
    hasher.update(bytes)
    log?.update(bytes)
  }
  let at = 0n
  const isPlain = entry.extents.length === 1 && entry.extents[0]!.sizeBytes === entry.sizeBytes
  if (isPlain) {
    for await (const piece of out.kept()) {
      feed(piece)
      at += BigInt(piece.length)
    }
    if (at === file.sizeBytes && at > 0n && hasher.digest() !== file.blake3) at = 0n
    else if (at === file.sizeBytes && at > 0n) {
      onBytes(Number(at))
      await source.skip(at)
      await out.finish(file.sizeBytes)
      return void good.set(file.path, log)
    }
  }
  if (at === 0n) {
    await out.restart()
    hasher.reset()
    log = newLog()
  } else await source.skip(at)
  source.isProbing = false
  onBytes(Number(at))
  await eachPiece(source, entry, at, signal, async (piece, offset, isHole) => {
    feed(piece)
    if (!isHole) await out.write(piece, offset)
    onBytes(piece.length)
  })
  await out.finish(file.sizeBytes)
  if (hasher.digest() === file.blake3) good.set(file.path, log)
}

const holeBytes = Buffer.alloc(65_536)

/** Calls `take` with the bytes of an entry from `from` on, holes as zeros. */
async function eachPiece(
  source: RangeSource, entry: TarEntry, from: bigint, signal: AbortSignal,
  take: (piece: Uint8Array, at: bigint, isHole: boolean) => Promise<void>,
): Promise<void> {
  let at = from
  const fillTo = async (end: bigint) => {
    while (at < end) {
      signal.throwIfAborted()
      const piece = holeBytes.subarray(0, Number(end - at < BigInt(holeBytes.length) ? end - at : BigInt(holeBytes.length)))
      await take(piece, at, true)
      at += BigInt(piece.length)
    }
  }
  for (const extent of entry.extents) {
    await fillTo(extent.offset)
    const end = extent.offset + extent.sizeBytes
    while (at < end) {
      const piece = await source.chunk(Number(end - at < 1_048_576n ? end - at : 1_048_576n))
      if (piece.length === 0) throw refused('the payload is cut off')
      await take(piece, at, false)
      at += BigInt(piece.length)
    }
  }
  await fillTo(entry.sizeBytes)
}

function fail(reason: string): never {
  throw refused(reason)
}

export function refused(reason: string): IntegrityError {
  return new IntegrityError(`the stored artifact is not whole: ${reason}`, {code: 'ARTIFACT'})
}

/** How far a verification went, in words: only its engine can look inside an LSM backend. */
export function checkedBy({backend}: Manifest): string {
  if (backend === 'append-log') return 'files, digests, every record and the final cursor'
  return `files and digests; the cursor inside a ${backend} tree is checked by the engine at import`
}
