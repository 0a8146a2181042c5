import {constants} from 'node:fs'
import {lstat, open, readdir, readFile, type FileHandle} from 'node:fs/promises'
import {join} from 'node:path'
import {NotFoundError} from '../net/errors.ts'
import type {Digester} from './digest.ts'
import type {FoldLogEnd} from './fold-log.ts'
import {broken} from './not-whole.ts'
import {importProblems, parseManifest, type Manifest, type ManifestFile} from './manifest.ts'

/** An artifact folder whose shape has been checked; the bytes of its files have not. */
export interface LocalArtifact {
  dir: string
  manifest: Manifest
  manifestBytes: Buffer
  /** Folders below `data`, `data` included, sorted. */
  folders: string[]
  /** Declared files, sorted by path. */
  files: ManifestFile[]
}

/** Reads the manifest of `dir` and compares the tree under `data/` with it. Links and special files are refused. */
export async function openLocalArtifact(dir: string): Promise<LocalArtifact> {
  const manifestPath = join(dir, 'MANIFEST.json')
  const found = await lstat(manifestPath).catch(error => missing(error, manifestPath))
  if (!found.isFile()) throw broken(dir, 'MANIFEST.json is not a regular file')
  const manifestBytes = await readFile(manifestPath)
  const manifest = parseManifest(manifestBytes, manifestPath)
  const [problem] = importProblems(manifest)
  if (problem) throw broken(dir, problem)
  const declared = new Set(manifest.files.map(file => file.path))
  const folders: string[] = []
  const present = new Set<string>()
  await walk(dir, 'data', folders, present)
  for (const path of present) if (!declared.has(path)) throw broken(dir, `undeclared file ${JSON.stringify(path)}`)
  for (const path of declared) if (!present.has(path)) throw broken(dir, `missing file ${JSON.stringify(path)}`)
  const files = manifest.files.toSorted((a, b) => (a.path < b.path ? -1 : 1))
  return {dir, manifest, manifestBytes, folders: folders.toSorted(), files}
}

async function walk(dir: string, path: string, folders: string[], present: Set<string>): Promise<void> {
  const found = await lstat(join(dir, path)).catch(error => missing(error, join(dir, path)))
  if (found.isFile() && path !== 'data') return void present.add(path)
  if (!found.isDirectory()) throw broken(dir, `${JSON.stringify(path)} is neither a regular file nor a folder`)
  folders.push(path)
  for (const name of await readdir(join(dir, path))) await walk(dir, `${path}/${name}`, folders, present)
}

/** Reads every file and compares size and digest. Gives back what an append log is, its meaning unchecked. */
export async function verifyFiles(
  artifact: LocalArtifact, digester: Digester, onBytes: (bytes: number) => void, signal: AbortSignal,
): Promise<FoldLogEnd | undefined> {
  const isLog = artifact.manifest.backend === 'append-log'
  const buffer = Buffer.from(new SharedArrayBuffer(1_048_576))
  let log: FoldLogEnd | undefined
  for (const file of artifact.files) {
    const handle = await openDeclared(artifact.dir, file)
    try {
      digester.begin({sizeBytes: file.sizeBytes, isLog})
      for (;;) {
        signal.throwIfAborted()
        const {bytesRead} = await handle.read(buffer, 0, buffer.length, null)
        if (bytesRead === 0) break
        await digester.update(buffer.subarray(0, bytesRead))
        onBytes(bytesRead)
      }
      const found = await digester.finish()
      checkDigest(artifact.dir, file, found.digest)
      log = found.log
    } finally {
      await handle.close()
    }
  }
  return log
}

/** Opens a declared file without following a link; its size must be the declared one. */
export async function openDeclared(dir: string, file: ManifestFile): Promise<FileHandle> {
  const handle = await open(join(dir, file.path), constants.O_RDONLY | constants.O_NOFOLLOW)
  const stat = await handle.stat({bigint: true})
  if (stat.isFile() && stat.size === file.sizeBytes) return handle
  await handle.close()
  throw broken(dir, `${JSON.stringify(file.path)} has ${stat.size} bytes, the manifest says ${file.sizeBytes}`)
}

export function checkDigest(where: string, file: ManifestFile, digest: string): void {
  if (digest !== file.blake3)
    throw broken(where, `${JSON.stringify(file.path)} hashes to ${digest}, the manifest says ${file.blake3}`)
}

function missing(error: unknown, path: string): never {
  if ((error as {code?: string}).code !== 'ENOENT') throw error
  throw new NotFoundError(`no artifact: ${path} is missing`, {
    code: 'NO_ARTIFACT', endpoint: path, hint: 'An artifact is complete only when its MANIFEST.json is there.',
  })
}
