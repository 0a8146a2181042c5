import {isUtf8} from 'node:buffer'
import {createHash} from 'node:crypto'
import {UsageError} from '../net/errors.ts'

/** How bytes are written as text. */
export const encodings = ['utf8', 'hex', 'base64'] as const
export type Encoding = (typeof encodings)[number]

/** Bytes as text; the encoding is the mark that tells hex from a text that only looks like it. */
export interface Shown {
  text: string
  encoding: Encoding
}

/** UTF-8 when the bytes are valid UTF-8, else hex; or as asked. What is no UTF-8 is never shown as if it were. */
export function showBytes(bytes: Uint8Array, wanted?: Encoding): Shown {
  const encoding = wanted ?? (isUtf8(bytes) ? 'utf8' : 'hex')
  if (encoding === 'utf8' && !isUtf8(bytes)) return showBytes(bytes, 'hex')
  return {text: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString(encoding), encoding}
}

const patterns: Record<Encoding, RegExp> = {
  utf8: /^/,
  hex: /^(?:[\da-f]{2})*$/i,
  base64: /^(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?$/,
}

/** The bytes that a text stands for. Rejects what is no such text: nothing is ever cut or skipped. */
export function parseBytes(text: string, encoding: Encoding, what: string): Buffer {
  if (!patterns[encoding].test(text)) throw new UsageError(`${what} is no ${encoding}`, {code: 'BAD_ENCODING'})
  return Buffer.from(text, encoding)
}

/** SHA-256 in hex. */
export function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** A key, and what it holds, as `json` prints them. */
export interface KvItem {
  key: string
  keyEncoding: Encoding
  value: string
  valueEncoding: Encoding
  sizeBytes: number
}

export function kvItem(key: Uint8Array, value: Uint8Array, wanted?: Encoding): KvItem {
  const [name, content] = [showBytes(key), showBytes(value, wanted)]
  return {
    key: name.text, keyEncoding: name.encoding, value: content.text, valueEncoding: content.encoding,
    sizeBytes: value.length,
  }
}

/** Values beyond this are told by their digest. */
const longBytes = 4_096

/** What a key holds, for plans and the audit log: a long or hidden value by its SHA-256 in hex. */
export interface KvState extends Omit<KvItem, 'value' | 'valueEncoding'> {
  value?: string
  valueEncoding?: Encoding
  sha256?: string
}

export function shortItem(key: Uint8Array, value: Uint8Array, isHidden = false): KvState {
  const {value: text, valueEncoding, ...rest} = kvItem(key, value)
  const isTold = !isHidden && value.length <= longBytes
  return isTold ? {...rest, value: text, valueEncoding} : {...rest, sha256: digestOf(value)}
}
