import type {Digester} from './digest.ts'
import {checkDigest, openDeclared, type LocalArtifact} from './local-artifact.ts'
import type {ManifestFile} from './manifest.ts'
import {encodeHeader, padding} from './tar-header.ts'

interface Piece {
  header: Buffer
  body?: Buffer
  file?: ManifestFile
  bodyBytes: bigint
}

/** Entries in the order of the tar: the manifest, the folders, the files, each sorted. */
function pieces(artifact: LocalArtifact): Piece[] {
  const {manifestBytes, folders, files} = artifact
  const size = BigInt(manifestBytes.length)
  return [
    {header: encodeHeader('MANIFEST.json', '0', size), body: manifestBytes, bodyBytes: size},
    ...folders.map(path => ({header: encodeHeader(path, '5', 0n), bodyBytes: 0n})),
    ...files.map(file => ({header: encodeHeader(file.path, '0', file.sizeBytes), file, bodyBytes: file.sizeBytes})),
  ]
}

const endBytes = 1024

export function tarSizeBytes(artifact: LocalArtifact): bigint {
  return pieces(artifact).reduce(
    (sum, {header, bodyBytes}) => sum + BigInt(header.length + padding(bodyBytes)) + bodyBytes,
    BigInt(endBytes),
  )
}

/**
 * The tar of an artifact: the same artifact always gives the same bytes, so that a broken upload can go on. Each
 * file is hashed from the very bytes that are handed out, and compared before its last piece is.
 * Writes into the buffers that `nextBuffer` lends and yields each filled one, the last one shorter.
 */
export async function* writeTar(
  artifact: LocalArtifact, digester: Digester, nextBuffer: () => Promise<Buffer>, signal: AbortSignal,
): AsyncGenerator<Buffer> {
  let buffer = await nextBuffer()
  let at = 0
  for await (const fill of fillers(artifact, digester)) {
    for (let isMore = true; isMore;) {
      signal.throwIfAborted()
      if (at === buffer.length) {
        yield buffer
        buffer = await nextBuffer()
        at = 0
      }
      const {bytes, isLast} = await fill(buffer.subarray(at))
      at += bytes
      isMore = !isLast
    }
  }
  if (at > 0) yield buffer.subarray(0, at)
}

/** Writes what fits into `room`; `isLast` when nothing is left of this run of bytes. */
type Fill = (room: Buffer) => Promise<{bytes: number; isLast: boolean}>

async function* fillers(artifact: LocalArtifact, digester: Digester): AsyncGenerator<Fill> {
  for (const piece of pieces(artifact)) {
    yield fromBytes(piece.header)
    if (piece.body) yield fromBytes(piece.body)
    if (piece.file) yield* fromFile(artifact.dir, piece.file, digester)
    yield fromBytes(Buffer.alloc(padding(piece.bodyBytes)))
  }
  yield fromBytes(Buffer.alloc(endBytes))
}

function fromBytes(all: Buffer): Fill {
  let from = 0
  return async room => {
    const bytes = all.copy(room, 0, from)
    from += bytes
    return {bytes, isLast: from === all.length}
  }
}

async function* fromFile(dir: string, file: ManifestFile, digester: Digester): AsyncGenerator<Fill> {
  const handle = await openDeclared(dir, file)
  const finish = async () => checkDigest(dir, file, (await digester.finish()).digest)
  try {
    digester.begin({sizeBytes: file.sizeBytes, isLog: false})
    let left = Number(file.sizeBytes)
    if (left === 0) return await finish()
    yield async room => {
      const {bytesRead} = await handle.read(room, 0, Math.min(left, room.length), null)
      await digester.update(room.subarray(0, bytesRead))
      left -= bytesRead
      const isLast = left === 0 || bytesRead === 0
      if (isLast) await finish()
      return {bytes: bytesRead, isLast}
    }
  } finally {
    await handle.close()
  }
}
