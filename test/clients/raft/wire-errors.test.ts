import {afterAll, expect, test} from 'vitest'
import {RaftClient} from '../../../src/clients/raft/client.ts'
import type {TlsTexts} from '../../../src/clients/raft/connection.ts'
import {
  grpcServer, http1, listen, message, onConnection, plainHttp2, rawTls, selfSigned, stopServers, type Reply,
} from './servers.ts'
import {createServer} from 'node:net'

const identity = selfSigned()
const refusesTls = (words: string) =>
  ({code: 'TLS', hint: expect.stringContaining('raft.tls'), message: expect.stringContaining(words)})
afterAll(stopServers)

/** One round with one node at that address. */
async function ask(endpoint: string, tls?: TlsTexts, timeoutMs = 1_000) {
  const client = await RaftClient.open({endpoints: {1: endpoint}, tls, timeoutMs, monotonicMs: () => performance.now()})
  const status = await client.status(new AbortController().signal)
  client.close()
  return {...status, node: status.nodes[0]!}
}

const voter = {id: 1, address: 'a:1', role: 1, status: 3}

/** A follower by its word, with some answers of its own. */
const follower = (own: Record<string, Reply> = {}) => grpcServer(method => {
  if (method in own) return own[method]
  if (method === 'GetClusterMetadata') return message('ClusterMembership', {nodes: [voter]})
  return method === 'DiscoverLeader'
    ? {code: 7, text: 'Follower should not response DiscoverLeader event.'} : {code: 9, text: 'Not leader'}
})

async function closedPort(): Promise<string> {
  const server = createServer()
  const endpoint = await listen(server)
  await new Promise(resolve => server.close(resolve))
  return endpoint
}

test.each<[string, () => Promise<string>, object]>([
  ['a closed port', closedPort, {code: 'UNAVAILABLE', message: expect.stringContaining('ECONNREFUSED')}],
  ['no such host', async () => 'no-such-host.invalid:1',
    {code: 'UNAVAILABLE', message: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/)}],
  ['an HTTP/1 server', http1,
    {code: 'NOT_GRPC', message: expect.stringContaining('speaks HTTP/1.1'), hint: expect.stringContaining('gRPC')}],
  ['an HTTP/2 server without gRPC', plainHttp2, {code: 'NOT_GRPC', message: expect.stringContaining('HTTP 200')}],
  ['a TLS port', () => rawTls(identity),
    {code: 'TLS', message: expect.stringContaining('expects TLS'), hint: expect.stringContaining('raft.tls.ca')}],
  ['a gRPC server with TLS', () => grpcServer(() => undefined, identity),
    {code: 'TLS', message: expect.stringContaining('expects TLS')}],
  ['a server of another kind', () => onConnection(socket => socket.write('SSH-2.0-x\r\n')), {code: 'NOT_GRPC'}],
  ['one that hangs up', () => onConnection(socket => socket.end()),
    {code: 'UNAVAILABLE', message: expect.stringContaining('closed before')}],
  ['one that resets', () => onConnection(socket => socket.resetAndDestroy()),
    {code: 'UNAVAILABLE', message: expect.stringContaining('ECONNRESET')}],
])('%s is unreachable, and named as what it is', async (_, start, error) => {
  const {node, leader} = await ask(await start())
  expect(leader).toBeNull()
  expect(node).toMatchObject({reachable: false, ready: false, latencyMs: null, error})
})

test('one that says nothing runs into the time limit', async () => {
  const {node} = await ask(await onConnection(() => undefined), undefined, 200)
  expect(node).toMatchObject({reachable: false, error: {code: 'TIMEOUT', hint: expect.stringContaining('frozen')}})
})

test.each<[string, () => Promise<string>, TlsTexts, object]>([
  ['TLS asked of a plain server', () => follower(), {}, refusesTls('does not speak TLS')],
  ['an unknown authority', () => grpcServer(() => undefined, identity), {}, refusesTls('self-signed')],
  ['another name', () => grpcServer(() => undefined, identity), {ca: identity.cert}, refusesTls('altnames')],
])('%s', async (_, start, tls, error) => {
  expect((await ask(await start(), tls)).node).toMatchObject({reachable: false, error})
})

test('TLS with the authority and the name of the context', async () => {
  const endpoint = await grpcServer(() => ({code: 14, text: 'Service is not ready'}), identity)
  const {node} = await ask(endpoint, {ca: identity.cert, servername: 'localhost'})
  expect(node).toMatchObject({reachable: true, ready: false, error: {code: 'NOT_READY'}})
})

test('a server before 0.2.3 is told by its member numbers: it is neither ready nor a proven leader', async () => {
  const nodes = [{id: 1, address: 'a:1', role: 0, status: 2}, {id: 4, address: 'd:1', role: 3, status: 0}]
  const {node, leader} = await ask(await follower({
    GetClusterMetadata: message('ClusterMembership', {nodes, leaderId: 1}),
    HandleClientRead: message('ClientResponse', {}),
    DiscoverLeader: message('LeaderDiscoveryResponse', {leaderId: 1, term: 3n}),
  }))
  expect(leader).toBeNull()
  expect(node).toMatchObject({reachable: true, ready: false, proven: false, error: {code: 'RAFT_VERSION'}})
})

test('an answer whose fields have other types is no message of this protocol', async () => {
  // 0.2.2 answers a write with a bare flag in the field where 0.2.4 has a message.
  const {node} = await ask(await follower({HandleClientRead: Buffer.from('00000000021001', 'hex')}))
  const error = {code: 'RAFT_PROTOCOL', hint: expect.stringContaining('0.2.4')}
  expect(node).toMatchObject({ready: true, proven: false, error})
})

test('an answer that says it is larger than 64 MiB is refused before it is read', async () => {
  const {node} = await ask(await follower({GetClusterMetadata: Buffer.from('00ffffffff00', 'hex')}))
  const error = {code: 'TOO_LARGE', message: expect.stringContaining('4294967295 bytes')}
  expect(node).toMatchObject({ready: false, error})
})
