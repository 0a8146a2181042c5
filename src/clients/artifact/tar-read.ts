import {blockBytes, octal, padding, parseHeader, tarError, type TarHeader} from './tar-header.ts'

/** Where the bytes of a tar come from, in order. */
export interface ByteSource {
  /** At most `max` next bytes, valid until the next call; empty at the end. */
  chunk(max: number): Promise<Uint8Array>
  /** Leaves out bytes; the source need not fetch them. */
  skip(bytes: bigint): Promise<void>
}

export interface TarEntry {
  path: string
  kind: 'file' | 'directory'
  /** Bytes of the unpacked file. */
  sizeBytes: bigint
  /** Data that the tar holds, in order; for a file without holes one extent from 0. */
  extents: Extent[]
}

interface Extent {
  offset: bigint
  sizeBytes: bigint
}

const maxMetaBytes = 65_536n
const maxExtents = 100_000

/**
 * Reads ustar, v7, GNU (long names, old sparse) and pax (path, size) archives entry by entry. The caller takes
 * the data of an entry from `source`, all of it; the rest of the block is left out here. Links, devices and
 * every other type are refused. Ends at the first zero block or at the end of the bytes.
 */
export async function* readTar(source: ByteSource): AsyncGenerator<TarEntry> {
  let longName: string | undefined
  let pax: Map<string, string> = new Map()
  for (;;) {
    const block = await readExactly(source, blockBytes, true)
    const header = block && parseHeader(block)
    if (!header) return
    if (header.type === 'L') longName = (await readMeta(source, header)).toString('utf8').replace(/\0.*$/s, '')
    else if (header.type === 'x') pax = parsePax(await readMeta(source, header))
    else if (header.type === 'g') await readMeta(source, header)
    else {
      const entry = await entryOf(source, header, pax.get('path') ?? longName, pax)
      longName = undefined
      pax = new Map()
      yield entry
      const stored = entry.extents.reduce((sum, extent) => sum + extent.sizeBytes, 0n)
      await readExactly(source, padding(stored), true)
    }
  }
}

async function entryOf(
  source: ByteSource,
  header: TarHeader,
  name: string | undefined,
  pax: Map<string, string>,
): Promise<TarEntry> {
  const path = name ?? header.path
  const shown = JSON.stringify(path)
  if ([...pax.keys()].some(key => key.startsWith('GNU.sparse.'))) throw tarError(`${shown} is a pax sparse file`)
  const sizeBytes = pax.has('size') ? paxSize(pax.get('size')!) : header.sizeBytes
  if (header.type === '5') {
    if (sizeBytes !== 0n) throw tarError(`the directory ${shown} carries data`)
    return {path, kind: 'directory', sizeBytes: 0n, extents: []}
  }
  if (header.type === '0' || header.type === '7')
    return {path, kind: 'file', sizeBytes, extents: [{offset: 0n, sizeBytes}]}
  if (header.type === 'S') return sparseEntry(source, path, sizeBytes, header.block)
  throw tarError(`${shown} is a link, a device or of an unknown type (${JSON.stringify(header.type)})`)
}

async function sparseEntry(source: ByteSource, path: string, stored: bigint, block: Buffer): Promise<TarEntry> {
  const extents = extentsOf(block, 386, 4)
  let isExtended = block[482] === 1
  while (isExtended) {
    const more = Buffer.from((await readExactly(source, blockBytes))!)
    extents.push(...extentsOf(more, 0, 21))
    isExtended = more[504] === 1
    if (extents.length > maxExtents) throw tarError(`${JSON.stringify(path)} has too many extents`)
  }
  const entry: TarEntry = {path, kind: 'file', sizeBytes: octal(block, 483, 12), extents}
  let end = 0n
  for (const extent of extents) {
    if (extent.offset < end) throw tarError(`the extents of ${JSON.stringify(path)} overlap`)
    end = extent.offset + extent.sizeBytes
  }
  const total = extents.reduce((sum, extent) => sum + extent.sizeBytes, 0n)
  if (end > entry.sizeBytes || total !== stored)
    throw tarError(`the extents of ${JSON.stringify(path)} do not fit its size`)
  return entry
}

function extentsOf(block: Buffer, start: number, count: number): Extent[] {
  const extents: Extent[] = []
  for (let index = 0; index < count; index += 1) {
    const at = start + index * 24
    if (block[at] === 0 && block[at + 12] === 0) break
    extents.push({offset: octal(block, at, 12), sizeBytes: octal(block, at + 12, 12)})
  }
  return extents
}

async function readMeta(source: ByteSource, header: TarHeader): Promise<Buffer> {
  if (header.sizeBytes > maxMetaBytes) throw tarError('a name or pax record is too long')
  const body = Buffer.from((await readExactly(source, Number(header.sizeBytes)))!)
  await readExactly(source, padding(header.sizeBytes))
  return body
}

function parsePax(body: Buffer): Map<string, string> {
  const records = new Map<string, string>()
  let at = 0
  while (at < body.length) {
    const space = body.indexOf(0x20, at)
    const length = Number(body.toString('latin1', at, Math.max(space, at)))
    if (space < 0 || !Number.isInteger(length) || length <= space - at || at + length > body.length)
      throw tarError('a malformed pax record')
    const record = body.toString('utf8', space + 1, at + length - 1)
    const equals = record.indexOf('=')
    if (equals < 1) throw tarError('a malformed pax record')
    records.set(record.slice(0, equals), record.slice(equals + 1))
    at += length
  }
  return records
}

function paxSize(text: string): bigint {
  if (!/^\d{1,19}$/.test(text)) throw tarError('a malformed pax size')
  return BigInt(text)
}

/** Exactly `length` bytes; at the very end undefined where `mayEnd` allows it, else TAR "cut off". */
async function readExactly(source: ByteSource, length: number, mayEnd = false): Promise<Uint8Array | undefined> {
  const first = await source.chunk(length)
  if (first.length === length) return first
  const whole = Buffer.alloc(length)
  let at = 0
  for (
    let piece = first;
    piece.length > 0;
    piece = at < length ? await source.chunk(length - at) : piece.subarray(0, 0)
  ) {
    whole.set(piece, at)
    at += piece.length
  }
  if (at === length) return whole
  if (mayEnd && at === 0) return undefined
  throw tarError('it is cut off')
}
