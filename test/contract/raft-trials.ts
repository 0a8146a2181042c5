import {expect} from 'vitest'
import {systemClock} from '../../src/clients/net/deadline.ts'
import {RaftClient} from '../../src/clients/raft/client.ts'
import {openNodes, type RaftNode, type RaftOptions} from '../../src/clients/raft/node.ts'
import {Policy, type KeyValue, type WriteCommand} from '../../src/clients/raft/proto.ts'

/** Three voters with leases on, numbered from 1, that can be broken. */
export interface RaftPeers {
  endpoints: Record<string, string>
  kill(id: number): Promise<void>
  freeze(id: number): void
  thaw(id: number): unknown
  restart(id: number): unknown
}

export const bytes = (text: string) => Buffer.from(text)

export const put = (key: string, value: string, ttlSecs?: bigint): WriteCommand =>
  ({insert: {key: bytes(key), value: bytes(value), ttlSecs}})

export const remove = (key: string): WriteCommand => ({delete: {key: bytes(key)}})

/** `expected` undefined: the key must not be there. */
export const cas = (key: string, expected: string | undefined, value: string): WriteCommand =>
  ({cas: {key: bytes(key), expected: expected === undefined ? undefined : bytes(expected), value: bytes(value)}})

export const notLeader = {code: 9, details: 'Not leader'}
export const tooLate = {
  code: 4, details: expect.stringMatching(/^(RPC timeout exceeded|(read|write) request timeout|lease read timeout)$/),
}

const optionsOf = ({endpoints}: RaftPeers): RaftOptions =>
  ({endpoints, timeoutMs: 1_000, monotonicMs: systemClock.monotonicMs})

/** Once all are ready and name the proven leader: works with the leader and the two others. */
export async function whole<T>(
  peers: RaftPeers, work: (leader: RaftNode, others: [RaftNode, RaftNode]) => Promise<T>,
): Promise<T> {
  const client = await RaftClient.open(optionsOf(peers))
  const nodes = openNodes(optionsOf(peers))
  try {
    for await (const {leader, nodes: all} of client.watch(50, systemClock, AbortSignal.timeout(60_000))) {
      if (!leader || !all.every(({ready, names}) => ready && names === leader.id)) continue
      const [first, second] = nodes.filter(({id}) => id !== leader.id)
      return await work(nodes.find(({id}) => id === leader.id)!, [first!, second!])
    }
    throw new Error('it never became whole')
  } finally {
    client.close()
    for (const node of nodes) node.close()
  }
}

/** What the node says of it; false for a compare-and-swap that was refused. */
export async function write(node: RaftNode, command: WriteCommand): Promise<boolean> {
  return (await node.call('write', {command})).write?.succeeded ?? false
}

export async function writeAll(node: RaftNode, commands: readonly WriteCommand[]): Promise<void> {
  for (const command of commands) await write(node, command)
}

export async function read(node: RaftNode, keys: string[], policy?: number): Promise<Record<string, string>> {
  const answer = await node.call('read', {keys: keys.map(bytes), policy})
  return byKey(answer.read?.results)
}

export async function scan(node: RaftNode, prefix: string) {
  const {entries, revision = 0n} = await node.call('scan', {prefix: bytes(prefix)})
  return {revision, found: byKey(entries)}
}

function byKey(found: readonly KeyValue[] = []): Record<string, string> {
  return Object.fromEntries(found.map(({key, value}) => [String(key ?? ''), String(value ?? '')]))
}

/** One of them serves a linearizable read. */
export async function someoneServes(nodes: readonly RaftNode[]): Promise<boolean> {
  const reads = await Promise.allSettled(nodes.map(node => node.call('read', {policy: Policy.linearizable})))
  return reads.some(({status}) => status === 'fulfilled')
}

/** Asks until it is so. */
export async function until(what: () => Promise<unknown>): Promise<void> {
  await expect.poll(async () => what().catch(() => false), {timeout: 30_000, interval: 50}).toBe(true)
}

let count = 0
/** A prefix that no case had before. */
export const folder = () => `/case${(count += 1)}/`
