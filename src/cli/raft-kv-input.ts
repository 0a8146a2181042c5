import {createReadStream} from 'node:fs'
import {rename, writeFile} from 'node:fs/promises'
import {SystemError, UsageError} from '../clients/net/errors.ts'
import {messageLimitBytes} from '../clients/raft/proto.ts'
import {parseBytes, type Encoding} from '../clients/raft/value.ts'
import type {Io} from './io.ts'

/** The bytes of a value: given as a word, or the content of a file or of stdin as it is. */
export async function valueFrom(
  io: Io, word: string | undefined, file: string | undefined, encoding: Encoding,
): Promise<Buffer> {
  if (word !== undefined && file !== undefined) throw new UsageError('give a value or --in, not both')
  if (word === undefined && file === undefined) throw new UsageError('give a value, or --in FILE (- for stdin)')
  return file === undefined ? parseBytes(word!, encoding, 'the value') : readBytes(io, file)
}

/** Reads no more than tells that it is too much. */
async function readBytes(io: Io, file: string): Promise<Buffer> {
  const chunks: Buffer[] = []
  let sizeBytes = 0
  try {
    for await (const chunk of file === '-' ? io.stdin : createReadStream(file)) {
      chunks.push(Buffer.from(chunk as Uint8Array))
      sizeBytes += chunks.at(-1)!.length
      if (sizeBytes > messageLimitBytes) break
    }
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? String(cause)
    throw new UsageError(`${file} cannot be read: ${why}`, {code: 'UNREADABLE', endpoint: file, cause})
  }
  return Buffer.concat(chunks)
}

/** Writes the whole file or, when that fails, nothing under its name. */
export async function writeBytes(file: string, bytes: Uint8Array, pid: number): Promise<void> {
  const part = `${file}.${pid}.part`
  try {
    await writeFile(part, bytes)
    await rename(part, file)
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? String(cause)
    throw new SystemError(`${file} cannot be written: ${why}`, {endpoint: file, cause})
  }
}

/** A TTL as the nodes count it. */
export function wholeSeconds(ms: number): bigint {
  if (ms >= 1_000 && ms % 1_000 === 0) return BigInt(ms / 1_000)
  throw new UsageError('--ttl must be a whole number of seconds, at least one', {code: 'BAD_TTL'})
}
