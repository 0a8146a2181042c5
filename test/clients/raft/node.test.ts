import {createConnection} from 'node:net'
import {afterAll, expect, test} from 'vitest'
import {Connection} from '../../../src/clients/raft/connection.ts'
import {openNodes, type RaftNode} from '../../../src/clients/raft/node.ts'
import {grpcServer, message, onConnection, stopServers, type Reply} from './servers.ts'

afterAll(stopServers)
const opened: RaftNode[] = []
afterAll(() => opened.forEach(node => node.close()))

function open(endpoint: string, timeoutMs = 1_000): RaftNode {
  const node = openNodes({endpoints: {1: endpoint}, timeoutMs, monotonicMs: () => performance.now()})[0]!
  opened.push(node)
  return node
}

const fine = message('ClientResponse', {})
const failing = (node: RaftNode) =>
  node.call('read', {}).then(() => undefined, error => error as {code: number; sent: boolean})

/** Tries until it succeeds: a busy machine needs longer than the time limits of these cases. */
async function until(work: () => Promise<unknown>): Promise<void> {
  while (!await work().then(() => true, () => false)) continue
}

test('a dropped connection is dialled again by the next call', async () => {
  const node = open(await grpcServer(() => fine))
  await node.call('read', {})
  node.close()
  await expect(node.call('read', {})).resolves.toEqual({})
})

test.each<[string, Reply, object]>([
  ['its own words', {code: 9, text: 'Not leader'}, {code: 9, details: 'Not leader', sent: true}],
  ['words beyond ASCII', {code: 13, text: '100 % verrückt'}, {code: 13, details: '100 % verrückt'}],
])('a refusal comes with %s', async (_, reply, error) => {
  expect(await failing(open(await grpcServer(() => reply)))).toMatchObject(error)
})

test('what was never sent is told from what was', async () => {
  expect(await failing(open(await onConnection(() => undefined), 100))).toMatchObject({code: 4, sent: false})
  let isSilent = false
  const node = open(await grpcServer(() => (isSilent ? undefined : fine)), 300)
  await until(() => node.call('read', {}))
  isSilent = true
  expect(await failing(node)).toMatchObject({code: 4, sent: true})
})

test('a node that stands still is sent one call, however often it is asked', async () => {
  const seen: string[] = []
  let isFrozen = false
  const backend = await grpcServer(method => (seen.push(method), isFrozen ? undefined : fine))
  const node = open(await onConnection(socket => {
    if (isFrozen) return
    const [host, port] = backend.split(':')
    const through = createConnection(Number(port), host!)
    socket.pipe(through).pipe(socket)
    through.on('error', () => socket.destroy())
  }), 100)
  await until(() => node.call('read', {}))
  isFrozen = true
  const before = seen.length
  for (let round = 0; round < 25; round += 1) expect(await failing(node)).toMatchObject({code: 4})
  expect(seen.length - before).toBeLessThanOrEqual(1)
})

test('a connection with pings ends when its node stands still; without it stays open', async () => {
  const silent = await onConnection(socket => {
    socket.write(Buffer.from('000000040000000000', 'hex'))
    socket.on('data', () => undefined)
  })
  const address = {host: '127.0.0.1', port: Number(silent.split(':')[1])}
  const [pinged, plain] = [new Connection(address, {everyMs: 50, withinMs: 50}), new Connection(address)]
  const [session, other] = [await pinged.ready(), await plain.ready()]
  await new Promise(resolve => session.once('close', resolve))
  expect(other.destroyed).toBe(false)
  plain.drop()
})

test('an abort ends a call that waits, and one that has its turn yet to come', async () => {
  const node = open(await grpcServer(() => undefined), 5_000)
  const stop = new AbortController()
  const calls = [node.call('read', {}, stop.signal), node.call('read', {}, stop.signal)]
  setTimeout(() => stop.abort(), 50)
  const results = await Promise.allSettled(calls)
  expect(results.map(each => each.status === 'rejected' && each.reason))
    .toMatchObject([{code: 1, sent: true}, {code: 1, sent: false}])
})

test('calls go one after the other, whatever is asked at once', async () => {
  let inFlight = 0
  let most = 0
  const node = open(await grpcServer(async () => {
    most = Math.max(most, inFlight += 1)
    await new Promise(resolve => setTimeout(resolve, 5))
    inFlight -= 1
    return fine
  }))
  await Promise.all(Array.from({length: 12}, () => node.call('read', {})))
  expect(most).toBe(1)
})

test('a hundred and twenty streams of a node, and its calls are answered all the same', async () => {
  let watches = 0
  const node = open(await grpcServer(method => (method === 'Watch' ? void (watches += 1) : fine)))
  for (let count = 0; count < 120; count += 1) {
    node.stream('watch', {key: Buffer.from('/a/'), prefix: true}, {opened() {}, item() {}, ended() {}})
  }
  // On one connection no more than a hundred would ever arrive.
  await expect.poll(() => watches, {timeout: 10_000}).toBe(120)
  await expect(node.call('read', {})).resolves.toEqual({})
})
