import {IntegrityError} from '../net/errors.ts'

export const blockBytes = 512

/** One header block, as it stands; long names and sizes of other blocks are not yet applied. */
export interface TarHeader {
  path: string
  sizeBytes: bigint
  /** The type flag: `0` file, `5` directory, `L` long name, `x` pax, `S` sparse, ... */
  type: string
  block: Buffer
}

/** Parses a header block; undefined for the zero block that ends an archive. Throws IntegrityError TAR. */
export function parseHeader(bytes: Uint8Array): TarHeader | undefined {
  const block = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (block.every(byte => byte === 0)) return undefined
  if (Number(octal(block, 148, 8)) !== checksum(block)) throw tarError('a header has a wrong checksum')
  const isUstar = block.toString('latin1', 257, 263) === 'ustar\0'
  const prefix = isUstar ? text(block, 345, 155) : ''
  const name = text(block, 0, 100)
  return {
    path: prefix === '' ? name : `${prefix}/${name}`,
    sizeBytes: octal(block, 124, 12),
    type: block[156] === 0 ? '0' : String.fromCharCode(block[156]!),
    block: Buffer.from(block),
  }
}

export function tarError(reason: string): IntegrityError {
  return new IntegrityError(`the payload is not a readable tar: ${reason}`, {code: 'TAR'})
}

function checksum(block: Buffer): number {
  let sum = 0
  for (let at = 0; at < blockBytes; at += 1) sum += at >= 148 && at < 156 ? 32 : block[at]!
  return sum
}

function text(block: Buffer, start: number, length: number): string {
  const end = block.subarray(start, start + length).indexOf(0)
  return block.toString('utf8', start, end < 0 ? start + length : start + end)
}

/** A number field: octal text, or base 256 when its first bit is set. */
export function octal(block: Buffer, start: number, length: number): bigint {
  if ((block[start]! & 0x80) !== 0) {
    const value = BigInt(`0x${block.toString('hex', start + 1, start + length)}`)
    if (block[start] !== 0x80) throw tarError('a number field is out of range')
    return value
  }
  const digits = block.toString('latin1', start, start + length).replaceAll('\0', ' ').trim()
  if (!/^[0-7]*$/.test(digits)) throw tarError('a number field is not octal')
  return digits === '' ? 0n : BigInt(`0o${digits}`)
}

/** The blocks that announce one entry as the 0.8.6 crate's reader takes them: GNU, fixed owner and time. */
export function encodeHeader(path: string, type: '0' | '5', sizeBytes: bigint): Buffer {
  const name = Buffer.from(path)
  if (name.length <= 100) return headerBlock(name, type, sizeBytes)
  const body = Buffer.concat([name, Buffer.alloc(1)])
  return Buffer.concat([
    headerBlock(Buffer.from('././@LongLink'), 'L', BigInt(body.length)),
    body, Buffer.alloc(padding(BigInt(body.length))),
    headerBlock(name.subarray(0, 100), type, sizeBytes),
  ])
}

function headerBlock(name: Buffer, type: string, sizeBytes: bigint): Buffer {
  const block = Buffer.alloc(blockBytes)
  name.copy(block)
  block.write(type === '5' ? '0000755\0' : '0000644\0', 100)
  block.write('0000000\0', 108)
  block.write('0000000\0', 116)
  if (sizeBytes < 0o77777777777n) block.write(`${sizeBytes.toString(8).padStart(11, '0')}\0`, 124)
  else block.write(sizeBytes.toString(16).padStart(22, '0'), 125, 'hex')
  if (sizeBytes >= 0o77777777777n) block[124] = 0x80
  block.write('00000000000\0', 136)
  block.write(type, 156)
  block.write('ustar  \0', 257)
  block.write(`${checksum(block).toString(8).padStart(6, '0')}\0 `, 148)
  return block
}

/** Bytes that fill `sizeBytes` up to whole blocks. */
export function padding(sizeBytes: bigint): number {
  return Number((512n - (sizeBytes % 512n)) % 512n)
}
