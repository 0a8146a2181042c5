import type {FileFinding} from './digest.ts'
import type {ManifestFile} from './manifest.ts'
import {refused} from './not-whole.ts'
import type {RangeSource} from './range-source.ts'
import type {TarEntry} from './tar-read.ts'
import type {UnpackFile, UnpackInput} from './unpack.ts'

/** Bytes that the tar holds of an entry; a file with holes has fewer than its size. */
export const storedBytes = (entry: TarEntry): bigint => entry.extents.reduce((sum, each) => sum + each.sizeBytes, 0n)

/** Takes one file; undefined when it is a wrong one, which is not fatal by itself: a later entry of that name wins. */
export async function takeFile(
  input: UnpackInput,
  entry: TarEntry,
  file: ManifestFile,
): Promise<FileFinding | undefined> {
  if (entry.sizeBytes !== file.sizeBytes) return void (await input.source.skip(storedBytes(entry)))
  const out = await input.target.file(file.path, file.sizeBytes)
  try {
    return await fill(input, entry, file, out)
  } finally {
    await out.close()
  }
}

async function fill(
  input: UnpackInput,
  entry: TarEntry,
  file: ManifestFile,
  out: UnpackFile,
): Promise<FileFinding | undefined> {
  const {source, digester, manifest, onBytes} = input
  const subject = {sizeBytes: file.sizeBytes, isLog: manifest.backend === 'append-log'}
  digester.begin(subject)
  const kept = isPlain(entry) ? await digestKept(input, out) : 0n
  if (kept > 0n && kept === file.sizeBytes) {
    const found = await digester.finish()
    if (found.digest === file.blake3) {
      onBytes(Number(kept))
      await source.skip(kept)
      await out.finish(file.sizeBytes)
      return found
    }
  }
  const at = kept < file.sizeBytes ? kept : 0n
  if (at === 0n) {
    await out.restart()
    digester.begin(subject)
  } else await source.skip(at)
  return stream(input, entry, file, out, at)
}

const isPlain = ({extents, sizeBytes}: TarEntry): boolean => extents.length === 1 && extents[0]!.sizeBytes === sizeBytes

/** Digests what an earlier run left of the file; returns how much that is. */
async function digestKept({digester}: UnpackInput, out: UnpackFile): Promise<bigint> {
  let at = 0n
  for await (const piece of out.kept()) {
    await digester.update(piece)
    at += BigInt(piece.length)
  }
  return at
}

/** Writes the rest of a file and digests it; the next bytes are taken meanwhile, as far as there is memory. */
async function stream(
  {source, digester, onBytes, signal}: UnpackInput, entry: TarEntry, file: ManifestFile, out: UnpackFile, from: bigint,
): Promise<FileFinding | undefined> {
  source.isProbing = false
  onBytes(Number(from))
  let failure: unknown
  await eachPiece(source, entry, from, signal, async (piece, at, isHole) => {
    if (failure) throw failure
    const work = Promise.all([digester.update(piece), isHole ? undefined : out.write(piece, at)])
    work.catch(error => (failure ??= error))
    if (isHole) await work
    else source.hold(work)
    onBytes(piece.length)
  })
  const [found] = await Promise.all([digester.finish(), out.finish(file.sizeBytes)])
  return found.digest === file.blake3 ? found : undefined
}

const pieceBytes = 8_388_608n
const hole = Buffer.from(new SharedArrayBuffer(65_536))

type TakePiece = (piece: Uint8Array, at: bigint, isHole: boolean) => Promise<void>

/** Calls `take` with the bytes of an entry from `from` on, holes as zeros. */
export async function eachPiece(
  source: RangeSource, entry: TarEntry, from: bigint, signal: AbortSignal, take: TakePiece,
): Promise<void> {
  let at = from
  const fillTo = async (end: bigint) => {
    while (at < end) {
      signal.throwIfAborted()
      const piece = hole.subarray(0, Number(smaller(end - at, BigInt(hole.length))))
      await take(piece, at, true)
      at += BigInt(piece.length)
    }
  }
  for (const extent of entry.extents) {
    await fillTo(extent.offset)
    const end = extent.offset + extent.sizeBytes
    while (at < end) {
      const piece = await source.chunk(Number(smaller(end - at, pieceBytes)))
      if (piece.length === 0) throw refused('the payload is cut off')
      await take(piece, at, false)
      at += BigInt(piece.length)
    }
  }
  await fillTo(entry.sizeBytes)
}

const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b)
