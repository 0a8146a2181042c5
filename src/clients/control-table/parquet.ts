import {gunzipSync, zstdDecompressSync} from 'node:zlib'
import {broken} from './actions.ts'

export type ParquetRow = Record<string, unknown>

/** OPTIMIZE, and the DELETE of one row out of a shared file, write ZSTD where the engine writes SNAPPY. */
const compressors = {
  ZSTD: (bytes: Uint8Array) => new Uint8Array(zstdDecompressSync(bytes)),
  GZIP: (bytes: Uint8Array) => new Uint8Array(gunzipSync(bytes)),
}

/** The library's own parsers make a Date and lose the microseconds. */
const parsers = {
  timestampFromMilliseconds: (ms: bigint) => ms * 1_000n,
  timestampFromMicroseconds: (us: bigint) => us,
  timestampFromNanoseconds: (ns: bigint) => ns / 1_000n,
}

/** All rows of a file; only the wanted top-level columns that it has. Instants are microseconds as bigint. */
export async function readParquet(bytes: Uint8Array, wanted: readonly string[], name: string): Promise<ParquetRow[]> {
  const {parquetMetadata, parquetReadObjects} = await import('hyparquet')
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer
  try {
    const metadata = parquetMetadata(file)
    const columns = topLevel(metadata.schema).filter(column => wanted.includes(column))
    return await parquetReadObjects({file, metadata, columns, compressors, parsers})
  } catch (cause) {
    throw broken(name, 'it is not a whole parquet file', cause)
  }
}

/** The schema is a tree, flattened depth first. */
function topLevel(schema: {name: string; num_children?: number}[]): string[] {
  const names: string[] = []
  let at = 1
  const skip = (): void => {
    const children = schema[at]?.num_children ?? 0
    at += 1
    for (let child = 0; child < children; child += 1) skip()
  }
  while (at < schema.length) {
    names.push(schema[at]!.name)
    skip()
  }
  return names
}
