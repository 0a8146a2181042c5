import {createBlake3} from '../../../src/clients/artifact/hash.ts'
import type {RangeSource} from '../../../src/clients/artifact/range-source.ts'
import type {UnpackTarget} from '../../../src/clients/artifact/unpack.ts'

/** One tar entry with any header that a test wants, right or wrong. */
export interface RawEntry {
  name: string
  body?: Buffer
  type?: string
  mode?: number
  link?: string
  magic?: 'gnu' | 'ustar' | 'v7'
  sizeField?: number
}

export function tarEntry({
  name,
  body = Buffer.alloc(0),
  type = '0',
  mode = 0o644,
  link = '',
  magic = 'gnu',
  sizeField,
}: RawEntry): Buffer {
  const head = Buffer.alloc(512)
  head.write(name.slice(0, 100), 0, 'utf8')
  head.write(`${mode.toString(8).padStart(7, '0')}\0`, 100)
  head.write('0000000\0', 108)
  head.write('0000000\0', 116)
  head.write(`${(sizeField ?? body.length).toString(8).padStart(11, '0')}\0`, 124)
  head.write('00000000000\0', 136)
  head.write(type, 156)
  head.write(link, 157)
  if (magic !== 'v7') head.write(magic === 'gnu' ? 'ustar  \0' : 'ustar\x0000', 257, 'latin1')
  seal(head)
  return Buffer.concat([head, body, Buffer.alloc((512 - (body.length % 512)) % 512)])
}

/** Writes the checksum of a header. */
export function seal(head: Buffer): void {
  head.write('        ', 148)
  let sum = 0
  for (const byte of head.subarray(0, 512)) sum += byte
  head.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
}

export const tarEnd = Buffer.alloc(1024)

export const paxBody = (key: string, value: string): Buffer => {
  const rest = ` ${key}=${value}\n`
  const length = rest.length + String(rest.length + 2).length
  return Buffer.from(`${length}${rest}`)
}

/** A source over bytes in memory, in pieces of `pieceBytes`. */
export function bytesSource(bytes: Buffer, pieceBytes = 1000): RangeSource {
  let at = 0
  return {
    isProbing: false,
    chunk: async max => {
      const piece = bytes.subarray(at, Math.min(at + max, at + pieceBytes))
      at += piece.length
      return piece
    },
    skip: async count => void (at = Number(BigInt(at) + count)),
    hold: () => {},
  }
}

/** A target that keeps the files in memory. */
export function memoryTarget(): UnpackTarget & {files: Map<string, Buffer>; folders: string[]} {
  const files = new Map<string, Buffer>()
  const folders: string[] = []
  return {
    files, folders,
    folder: async path => void folders.push(path),
    file: async path => {
      const pieces: [bigint, Buffer][] = []
      return {
        kept: async function* () {},
        restart: async () => {},
        close: async () => {},
        write: async (bytes, at) => void pieces.push([at, Buffer.from(bytes)]),
        finish: async sizeBytes => {
          const whole = Buffer.alloc(Number(sizeBytes))
          for (const [at, piece] of pieces) piece.copy(whole, Number(at))
          files.set(path, whole)
        },
      }
    },
  }
}

export async function blake3Hex(bytes: Buffer): Promise<string> {
  const hasher = await createBlake3()
  hasher.update(bytes)
  return hasher.digest()
}
