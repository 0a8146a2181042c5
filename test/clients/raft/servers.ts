import {execFileSync} from 'node:child_process'
import {mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {createServer as createHttp} from 'node:http'
import * as http2 from 'node:http2'
import * as net from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {createServer as createTls} from 'node:tls'
import {encode} from '../../../src/clients/raft/codec.ts'
import {frame} from '../../../src/clients/raft/framing.ts'

const running: {close(): unknown}[] = []
const sockets = new Set<net.Socket>()

/** Ends every server of this file. */
export function stopServers(): void {
  for (const socket of sockets) socket.destroy()
  for (const server of running.splice(0)) server.close()
}

/** Listens on a free port of 127.0.0.1; the address as raft.endpoints has it. */
export async function listen(server: net.Server): Promise<string> {
  running.push(server)
  server.on('connection', (socket: net.Socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return `127.0.0.1:${(server.address() as net.AddressInfo).port}`
}

/** A certificate for `localhost` that nobody signed, and its key. */
export function selfSigned(): {cert: string; key: string} {
  const dir = mkdtempSync(join(tmpdir(), 'opsdeck-tls-'))
  try {
    execFileSync('openssl', [
      'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj',
      '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-keyout', join(dir, 'key.pem'),
      '-out', join(dir, 'cert.pem'),
    ], {stdio: 'ignore'})
    return {cert: readFileSync(join(dir, 'cert.pem'), 'utf8'), key: readFileSync(join(dir, 'key.pem'), 'utf8')}
  } finally {
    rmSync(dir, {recursive: true})
  }
}

export const http1 = () => listen(createHttp((_, answer) => answer.end('hello')))
export const plainHttp2 = () => listen(http2.createServer((_, answer) => answer.end('hello')) as unknown as net.Server)
export const rawTls = (identity: {cert: string; key: string}) => listen(createTls(identity, () => undefined))
export const onConnection = (act: (socket: net.Socket) => void) => listen(net.createServer(act))

/** What a node of this file answers: bytes of a message, or a refusal. `undefined` leaves the call open. */
export type Reply = Buffer | {code: number; text: string} | undefined

/** A server that speaks gRPC; `answer` is asked with the method's last word. */
export function grpcServer(answer: (method: string) => Reply | Promise<Reply>, identity?: object): Promise<string> {
  // As many streams on one connection as a real node takes.
  const settings = {maxConcurrentStreams: 100}
  const server = identity ? http2.createSecureServer({...identity, settings}) : http2.createServer({settings})
  server.on('stream', async (stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => {
    stream.on('error', () => undefined)
    const reply = await answer(String(headers[':path']).split('/').at(-1)!)
    if (!reply) return
    const head = {':status': 200, 'content-type': 'application/grpc'}
    if (!Buffer.isBuffer(reply)) {
      const status = {'grpc-status': reply.code, 'grpc-message': encodeURIComponent(reply.text)}
      return stream.respond({...head, ...status}, {endStream: true})
    }
    stream.respond(head, {waitForTrailers: true})
    stream.on('wantTrailers', () => stream.sendTrailers({'grpc-status': '0'}))
    stream.end(reply)
  })
  return listen(server as unknown as net.Server)
}

export const message = (type: string, value: object): Buffer => frame(encode(type, value))
