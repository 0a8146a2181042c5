import {createServer} from 'node:http'
import type {IncomingMessage, Server, ServerResponse} from 'node:http'
import {isIP} from 'node:net'
import {RefusedError, UnreachableError} from '../net/errors.ts'

/** What a leader sent: one ingest batch, and when and under which epoch it came. */
export interface TapFrame {
  kind: 'frame'
  receivedMs: number
  /** The sender's epoch; null when it runs without coordination. */
  epoch: bigint | null
  from: string
  payload: Buffer
}

export type TapItem =
  | TapFrame
  /** The sender's epoch is another than that of the frame before: noted only, nothing is refused. */
  | {kind: 'epoch'; receivedMs: number; before: bigint | null; now: bigint | null}
  /** Frames that were answered but not kept, because their decoding fell behind. */
  | {kind: 'dropped'; receivedMs: number; frames: number; bytes: number}

/** What the operator states about the leader; undefined when nothing was stated. */
export interface TapSafety {
  /** TAEL_WAL_REQUIRED_ACKS of the leader. */
  requiredAcks: number | undefined
  /** Real standbys in TAEL_WAL_STANDBYS, this tap not counted. */
  standbys: number | undefined
  host: string
}

/**
 * May a tap be started? Only when no write of the leader can ever depend on it: one missed required ack leaves
 * a leader degraded until its restart. And only on loopback, since the sender never authenticates.
 */
export function tapRefusal({requiredAcks, standbys, host}: TapSafety): RefusedError | undefined {
  if (!isLoopback(host)) {
    return new RefusedError(`${host} is not a loopback address`, {
      code: 'TAP_NOT_LOOPBACK',
      hint: 'Whoever reaches the port can feed it. Tunnel instead: ssh -R PORT:127.0.0.1:PORT leader',
    })
  }
  if (requiredAcks === undefined || standbys === undefined) {
    const what = 'a tap can harm its leader: state how many acks the leader needs and how many real standbys it has'
    return new RefusedError(what, {
      code: 'TAP_UNSTATED',
      hint: 'Give --required-acks and --standbys, as TAEL_WAL_REQUIRED_ACKS and TAEL_WAL_STANDBYS of the leader say.',
    })
  }
  if (requiredAcks === 0 || requiredAcks < standbys) return undefined
  const what = `with ${requiredAcks} required acks and ${standbys} real standbys a write may depend on this tap`
  return new RefusedError(what, {
    code: 'TAP_UNSAFE',
    hint: 'Set TAEL_WAL_REQUIRED_ACKS of the leader below the number of its real standbys, or to 0.',
  })
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

/** Answered frames wait for their reader up to this much; then they are dropped, never held back. */
const backlogBytes = 64 * 1024 * 1024

/**
 * A sink for a leader's `TAEL_WAL_STANDBYS`: every frame is answered 202 as soon as its body is in, before
 * anything is done with it. `items` ends with the signal, and the port is closed then: a refused connection
 * costs the leader nothing, a hanging one 30 s a write.
 */
export async function startTap(
  listen: {host: string; port: number}, nowMs: () => number, signal: AbortSignal,
): Promise<{port: number; items: AsyncIterable<TapItem>}> {
  const queue = new TapQueue(nowMs)
  const server = createServer((request, response) => receive(request, response, queue))
  server.keepAliveTimeout = 60_000
  const port = await listening(server, listen)
  const stop = () => {
    server.close()
    server.closeAllConnections()
    queue.end()
  }
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop, {once: true})
  return {port, items: queue}
}

function listening(server: Server, {host, port}: {host: string; port: number}): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', cause =>
      reject(new UnreachableError(`cannot listen on ${host}:${port}: ${cause.message}`, {
        code: 'LISTEN', endpoint: `${host}:${port}`, cause,
      })))
    server.listen(port, host, () => resolve((server.address() as {port: number}).port))
  })
}

function receive(request: IncomingMessage, response: ServerResponse, queue: TapQueue): void {
  if (request.method !== 'POST' || request.url !== '/internal/wal/records') {
    request.resume()
    response.writeHead(404).end()
    return
  }
  const parts: Buffer[] = []
  request.on('data', (part: Buffer) => parts.push(part))
  request.on('error', () => response.destroy())
  request.on('end', () => {
    response.writeHead(202, {'content-type': 'text/plain; charset=utf-8'}).end('applied')
    const epoch = request.headers['x-tael-wal-epoch']
    queue.push(
      parts, typeof epoch === 'string' && /^\d{1,20}$/.test(epoch) ? BigInt(epoch) : null,
      request.socket.remoteAddress ?? '',
    )
  })
}

class TapQueue implements AsyncIterable<TapItem> {
  readonly #nowMs: () => number
  #items: TapItem[] = []
  #bytes = 0
  #dropped = {frames: 0, bytes: 0}
  #epoch: bigint | null | undefined
  #ended = false
  #wake: (() => void) | undefined

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  push(parts: Buffer[], epoch: bigint | null, from: string): void {
    const size = parts.reduce((sum, part) => sum + part.length, 0)
    const receivedMs = this.#nowMs()
    if (this.#bytes + size > backlogBytes) {
      this.#dropped = {frames: this.#dropped.frames + 1, bytes: this.#dropped.bytes + size}
      return
    }
    this.#tellDropped(receivedMs)
    if (this.#epoch !== undefined && this.#epoch !== epoch) {
      this.#items.push({kind: 'epoch', receivedMs, before: this.#epoch, now: epoch})
    }
    this.#epoch = epoch
    this.#bytes += size
    this.#items.push({kind: 'frame', receivedMs, epoch, from, payload: Buffer.concat(parts)})
    this.#wake?.()
  }

  end(): void {
    this.#tellDropped(this.#nowMs())
    this.#ended = true
    this.#wake?.()
  }

  #tellDropped(receivedMs: number): void {
    if (this.#dropped.frames === 0) return
    this.#items.push({kind: 'dropped', receivedMs, ...this.#dropped})
    this.#dropped = {frames: 0, bytes: 0}
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TapItem> {
    for (;;) {
      const item = this.#items.shift()
      if (item) {
        if (item.kind === 'frame') this.#bytes -= item.payload.length
        yield item
      } else if (this.#ended) {
        return
      } else {
        await new Promise<void>(resolve => { this.#wake = resolve })
        this.#wake = undefined
      }
    }
  }
}
