import type {EventEmitter} from 'node:events'
import {createServer as createHttp2, type IncomingHttpHeaders, type ServerHttp2Stream} from 'node:http2'
import {connect, createServer, type AddressInfo, type Socket} from 'node:net'
import {decode, encode} from '../../clients/raft/codec.ts'
import {frame, MessageReader} from '../../clients/raft/framing.ts'
import {messageLimitBytes, methods, streams, type Calls, type MethodName, type StreamName} from '../../clients/raft/proto.ts'
import {Status} from '../../clients/raft/rpc-error.ts'
import {Refusal, tooLarge, type RaftService} from './service.ts'

const reply = {':status': 200, 'content-type': 'application/grpc'}
const unaryByPath = new Map(Object.entries(methods).map(([name, method]) => [method.path as string, name as MethodName]))
const streamByPath = new Map(Object.entries(streams).map(([name, method]) => [method.path as string, name as StreamName]))

/** A port that speaks gRPC, and can stand still as a stopped process does, or be gone. */
export interface GrpcPort {
  readonly port: number
  /** Connections are accepted, nothing is read and nothing is sent. */
  freeze(): void
  thaw(): void
  /** Cuts every connection; new ones are refused. */
  close(): Promise<void>
  /** On the same port again. */
  open(): Promise<void>
  /** For good. */
  stop(): Promise<void>
}

/** Listens on a free port of 127.0.0.1, in front of a port of its own that nobody is told. */
export async function openGrpcPort(service: RaftService): Promise<GrpcPort> {
  const http2 = createHttp2()
  http2.on('stream', (stream, headers) => void serve(service, stream, headers))
  http2.on('sessionError', () => undefined)
  await listen(http2, 0)
  const {port: behind} = http2.address() as AddressInfo
  const pipes = new Map<Socket, Socket>()
  let isFrozen = false
  const front = createServer(socket => {
    const through = connect(behind, '127.0.0.1')
    pipes.set(socket, through)
    tie(socket, through, () => pipes.delete(socket))
    if (!isFrozen) socket.pipe(through).pipe(socket)
  })
  await listen(front, 0)
  const {port} = front.address() as AddressInfo
  const close = async () => {
    isFrozen = false
    if (!front.listening) return
    const closed = new Promise(resolve => front.close(resolve))
    for (const socket of pipes.keys()) socket.destroy()
    await closed
  }
  return {
    port,
    freeze() {
      isFrozen = true
      for (const [socket, through] of pipes) void [socket.unpipe(through), through.unpipe(socket)]
    },
    thaw() {
      isFrozen = false
      for (const [socket, through] of pipes) socket.pipe(through).pipe(socket)
    },
    close,
    open: () => listen(front, port),
    async stop() {
      await close()
      await new Promise(resolve => http2.close(resolve))
    },
  }
}

function listen(server: {listen(port: number, host: string, done: () => void): unknown} & EventEmitter, port: number) {
  return new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve()
    })
  })
}

/** Where one ends, the other does. */
function tie(one: Socket, other: Socket, ended: () => void): void {
  for (const [socket, peer] of [[one, other], [other, one]] as const) {
    socket.setNoDelay(true)
    socket.on('error', () => undefined)
    socket.once('close', () => {
      peer.destroy()
      ended()
    })
  }
}

/** One call, from the first byte of its request to the last of its answer. */
async function serve(service: RaftService, stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
  stream.on('error', () => undefined)
  try {
    const path = String(headers[':path'])
    const request = await requestOf(stream)
    const [unary, streaming] = [unaryByPath.get(path), streamByPath.get(path)]
    if (unary) return answer(stream, encode(methods[unary].answer, await callUnary(service, unary, request)))
    if (streaming) return openStream(service, streaming, request, stream)
    if (path === '/grpc.health.v1.Health/Check') return answer(stream, Buffer.from([0x08, 0x01]))
    throw new Refusal(Status.unimplemented, '')
  } catch (error) {
    const {code, message} = error instanceof Refusal ? error : new Refusal(Status.internal, String(error))
    if (!stream.closed && !stream.headersSent) stream.respond({...reply, 'grpc-status': code, 'grpc-message': encodeURIComponent(message)}, {endStream: true})
  }
}

function callUnary(service: RaftService, name: MethodName, bytes: Buffer): object | Promise<object> {
  const request = decode(methods[name].request, bytes)
  switch (name) {
    case 'metadata': return service.metadata()
    case 'discover': return service.discover()
    case 'read': return service.read(request)
    case 'write': return service.write(request)
    case 'scan': return service.scan(request)
  }
}

/** The headers go out at once: the watcher is registered. */
function openStream(service: RaftService, name: StreamName, bytes: Buffer, stream: ServerHttp2Stream): void {
  const queued: Buffer[] = []
  let send = (message: Buffer) => void queued.push(message)
  const tell = (message: object) => send(frame(encode(streams[name].answer, message)))
  const end = name === 'watch'
    ? service.watch(decode('WatchRequest', bytes) as Partial<Calls['watch']['request']>, tell)
    : service.watchMembership(tell)
  stream.once('close', end)
  stream.respond(reply)
  send = message => void (stream.closed || stream.write(message))
  queued.forEach(message => send(message))
}

function answer(stream: ServerHttp2Stream, message: Buffer): void {
  if (stream.closed) return
  stream.respond(reply, {waitForTrailers: true})
  stream.on('wantTrailers', () => stream.sendTrailers({'grpc-status': '0'}))
  stream.end(frame(message))
}

async function requestOf(stream: ServerHttp2Stream): Promise<Buffer> {
  const reader = new MessageReader()
  for await (const chunk of stream.iterator({destroyOnReturn: false})) {
    for (const message of reader.push(chunk as Buffer)) {
      if (message.length > messageLimitBytes) throw tooLarge(message.length)
      return message
    }
  }
  throw new Refusal(Status.internal, 'no request')
}
