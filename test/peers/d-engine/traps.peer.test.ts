import {afterAll, beforeAll, expect, test} from 'vitest'
import {openNodes, type RaftNode} from '../../../src/clients/raft/node.ts'
import {startCluster, type RaftCluster} from './start.ts'
import {optionsOf, untilWhole} from './watching.ts'

let cluster: RaftCluster
let nodes: RaftNode[]
let leader: RaftNode

beforeAll(async () => {
  cluster = await startCluster({callLimitMs: 200})
  const {id} = await untilWhole(cluster)
  nodes = openNodes({...optionsOf(cluster), timeoutMs: 2_000})
  leader = nodes.find(node => node.id === id)!
}, 90_000)

afterAll(async () => {
  for (const node of nodes ?? []) node.close()
  await cluster?.dispose()
})

/** Counts what a watch of a node is told, and how it ended. */
async function counting(node: RaftNode) {
  const seen = {events: 0, ended: [] as unknown[]}
  await new Promise<void>((resolve, reject) => node.stream('watch', {key: Buffer.from('/trap/'), prefix: true}, {
    opened: resolve,
    item: () => void (seen.events += 1),
    ended: error => {
      seen.ended.push(error)
      reject(error)
    },
  }))
  return seen
}

function put(count: number): Promise<unknown> {
  const insert = {key: Buffer.from(`/trap/${count}`), value: Buffer.from('x')}
  return leader.call('write', {command: {insert}})
}

test('a frozen node asked 30 times: streams of the others lose nothing, and it answers when it wakes', async () => {
  const frozen = nodes.find(node => node !== leader)!
  const streams = await Promise.all(nodes.filter(node => node !== frozen).map(counting))
  const own = await counting(frozen)
  const poller = openNodes({...optionsOf(cluster), timeoutMs: 100}).find(({id}) => id === frozen.id)!
  await expect.poll(() => poller.call('metadata', {}).then(() => true, () => false), {timeout: 10_000}).toBe(true)
  cluster.freeze(frozen.id)
  const sent: boolean[] = []
  for (let count = 0; count < 30; count += 1) {
    const failed = await poller.call('metadata', {}).then(() => undefined, error => error)
    sent.push(failed.sent)
  }
  expect(sent.filter(Boolean)).toEqual([true])
  for (let count = 0; count < 20; count += 1) await put(count)
  await expect.poll(() => streams.map(({events}) => events), {timeout: 10_000}).toEqual([20, 20])
  cluster.thaw(frozen.id)
  const codes: number[] = []
  const awake = () => poller.call('metadata', {}).then(() => true, error => void codes.push(error.code))
  await expect.poll(awake, {timeout: 10_000}).toBe(true)
  expect(codes).not.toContain(8)
  poller.close()
  // Its own stream was cut by the missing answer to a ping, or has caught up; it did not hang.
  await expect.poll(() => own.events === 20 || own.ended.length === 1, {timeout: 20_000}).toBe(true)
  expect(streams.map(({ended}) => ended)).toEqual([[], []])
})

test('a hundred and ten watches of one node leave its calls alone', async () => {
  const seen = await Promise.all(Array.from({length: 110}, () => counting(leader)))
  await put(100)
  await expect.poll(() => seen.filter(({events}) => events === 1).length, {timeout: 20_000}).toBe(110)
})
