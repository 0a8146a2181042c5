import {RpcError, Status} from './rpc-error.ts'

/** Answers have no limit of their own; one beyond this is refused rather than swallowed. */
const answerLimitBytes = 64 * 1024 * 1024

const headBytes = 5

/** A message as gRPC sends it: not compressed, its length, its bytes. */
export function frame(message: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(headBytes + message.length)
  framed[0] = 0
  framed.writeUInt32BE(message.length, 1)
  framed.set(message, headBytes)
  return framed
}

/** Cuts a stream of bytes into messages. */
export class MessageReader {
  #chunks: Buffer[] = []
  #sizeBytes = 0
  #neededBytes = headBytes

  /** The messages that are whole now. RpcError for one that is too large, or compressed, which we never offer. */
  push(chunk: Buffer): Buffer[] {
    this.#chunks.push(chunk)
    this.#sizeBytes += chunk.length
    if (this.#sizeBytes < this.#neededBytes) return []
    const bytes = Buffer.concat(this.#chunks)
    const messages: Buffer[] = []
    let at = 0
    this.#neededBytes = headBytes
    while (bytes.length - at >= headBytes) {
      this.#neededBytes = headBytes + lengthOf(bytes.subarray(at))
      if (bytes.length - at < this.#neededBytes) break
      messages.push(bytes.subarray(at + headBytes, at + this.#neededBytes))
      at += this.#neededBytes
      this.#neededBytes = headBytes
    }
    this.#chunks = [bytes.subarray(at)]
    this.#sizeBytes = bytes.length - at
    return messages
  }
}

function lengthOf(head: Buffer): number {
  if (head[0] !== 0) throw new RpcError(Status.internal, 'the answer is compressed', {sent: true})
  const sizeBytes = head.readUInt32BE(1)
  if (sizeBytes <= answerLimitBytes) return sizeBytes
  throw new RpcError(Status.exhausted, `the answer has ${sizeBytes} bytes, more than ${answerLimitBytes}`, {
    sent: true, trouble: 'oversized',
  })
}
