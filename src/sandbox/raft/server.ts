import type {IncomingHttpHeaders, ServerHttp2Stream} from 'node:http2'
import {decode, encode} from '../../clients/raft/codec.ts'
import {frame, MessageReader} from '../../clients/raft/framing.ts'
import {
  messageLimitBytes, methods, streams, type Calls, type MethodName, type StreamName,
} from '../../clients/raft/proto.ts'
import {Status} from '../../clients/raft/rpc-error.ts'
import {Refusal, tooLarge, type RaftService} from './service.ts'

const reply = {':status': 200, 'content-type': 'application/grpc'}
const byPath = <N extends string>(named: Record<N, {path: string}>) =>
  new Map(Object.entries<{path: string}>(named).map(([name, {path}]) => [path, name as N]))
const unaryByPath = byPath<MethodName>(methods)
const streamByPath = byPath<StreamName>(streams)

/** One call, from the first byte of its request to the last of its answer. */
export async function serveCall(
  service: RaftService, stream: ServerHttp2Stream, headers: IncomingHttpHeaders,
): Promise<void> {
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
    refuse(stream, code, message)
  }
}

function refuse(stream: ServerHttp2Stream, code: number, words: string): void {
  if (isGone(stream) || stream.headersSent) return
  const status = {'grpc-status': code, 'grpc-message': encodeURIComponent(words)}
  stream.respond({...reply, ...status}, {endStream: true})
}

/** The caller, or its whole connection, went away. */
function isGone(stream: ServerHttp2Stream): boolean {
  return stream.closed || stream.destroyed || stream.session === undefined || stream.session.destroyed
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
  if (isGone(stream)) return end()
  stream.once('close', end)
  stream.respond(reply)
  send = message => void (isGone(stream) || stream.write(message))
  queued.forEach(message => send(message))
}

function answer(stream: ServerHttp2Stream, message: Buffer): void {
  if (isGone(stream)) return
  stream.respond(reply, {waitForTrailers: true})
  stream.on('wantTrailers', () => void (isGone(stream) || stream.sendTrailers({'grpc-status': '0'})))
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
