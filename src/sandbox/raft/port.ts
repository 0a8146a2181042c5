import type {EventEmitter} from 'node:events'
import {
  createServer as createHttp2, type Http2Server, type IncomingHttpHeaders, type ServerHttp2Stream,
} from 'node:http2'
import {connect, createServer, type AddressInfo, type Server, type Socket} from 'node:net'

export type ServeStream = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => Promise<void>

/** A port of HTTP/2 that can stand still as a stopped process does, or be gone. */
export class Http2Port {
  readonly port: number
  readonly #front: Server
  readonly #behind: Http2Server
  readonly #pipes = new Map<Socket, Socket>()
  #isFrozen = false

  private constructor(front: Server, behind: Http2Server) {
    this.port = portOf(front)
    this.#front = front
    this.#behind = behind
    front.on('connection', (socket: Socket) => this.#accept(socket))
  }

  /** Listens on a free port of 127.0.0.1, in front of a port of its own that nobody is told. */
  static async open(serve: ServeStream): Promise<Http2Port> {
    const [front, behind] = [createServer(), createHttp2()]
    behind.on('stream', (stream, headers) => void serve(stream, headers))
    behind.on('sessionError', () => undefined)
    await listen(behind, 0)
    await listen(front, 0)
    return new Http2Port(front, behind)
  }

  /** Connections are accepted, nothing is read and nothing is sent. */
  freeze(): void {
    this.#isFrozen = true
    for (const [socket, through] of this.#pipes) {
      socket.unpipe(through)
      through.unpipe(socket)
    }
  }

  thaw(): void {
    this.#isFrozen = false
    for (const [socket, through] of this.#pipes) socket.pipe(through).pipe(socket)
  }

  /** Cuts every connection; new ones are refused. */
  async close(): Promise<void> {
    this.#isFrozen = false
    if (!this.#front.listening) return
    const closed = new Promise(resolve => this.#front.close(resolve))
    for (const socket of this.#pipes.keys()) socket.destroy()
    await closed
  }

  /** On the same port again. */
  async reopen(): Promise<void> {
    await listen(this.#front, this.port)
  }

  /** For good. */
  async stop(): Promise<void> {
    await this.close()
    await new Promise(resolve => this.#behind.close(resolve))
  }

  #accept(socket: Socket): void {
    const through = connect(portOf(this.#behind), '127.0.0.1')
    this.#pipes.set(socket, through)
    socket.once('close', () => this.#pipes.delete(socket))
    tie(socket, through)
    tie(through, socket)
    if (!this.#isFrozen) socket.pipe(through).pipe(socket)
  }
}

function portOf(server: {address(): unknown}): number {
  return (server.address() as AddressInfo).port
}

/** Where one ends, the other does. */
function tie(socket: Socket, other: Socket): void {
  socket.setNoDelay(true)
  socket.on('error', () => undefined)
  socket.once('close', () => other.destroy())
}

interface Listener extends EventEmitter {
  listen(port: number, host: string, done: () => void): unknown
}

function listen(server: Listener, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve()
    })
  })
}
