import {afterEach, expect, it} from 'vitest'
import {systemClock} from '../../src/clients/net/deadline.ts'
import {RaftClient} from '../../src/clients/raft/client.ts'
import {openNodes} from '../../src/clients/raft/node.ts'
import {raft} from '../../src/sandbox/raft/part.ts'
import {startRaftWorld} from '../../src/sandbox/raft/world.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

const ambient = {nowMs: () => Date.now(), monotonicMs: systemClock.monotonicMs, random: Math.random}

async function clientOf(endpoints: Record<string, string>): Promise<RaftClient> {
  const client = await RaftClient.open({endpoints, timeoutMs: 500, monotonicMs: systemClock.monotonicMs})
  closers.push(() => client.close())
  return client
}

const patience = () => AbortSignal.timeout(20_000)

it('the part of the sandbox: its section reaches three nodes, its targets kill and revive them', async () => {
  const part = await raft.start({dir: '/nowhere', nowMs: () => Date.now(), hide: []} as never)
  closers.push(() => part.stop())
  expect(Object.keys(part.targets!)).toEqual(['1', '2', '3'])
  const client = await clientOf(part.section['endpoints'] as Record<string, string>)
  const {leader} = await client.waitFor({kind: 'leader'}, 50, systemClock, patience())
  const target = part.targets![String(leader!.id)]!
  expect(target.state()).toBe('up, leader')
  await target.actions.kill!()
  await target.actions.kill!()
  expect(target.state()).toBe('down')
  const next = await client.waitFor({kind: 'not-leader', id: leader!.id}, 50, systemClock, patience())
  expect(next.leader!.term).toBeGreaterThan(leader!.term!)
  await target.actions.revive!()
  await expect.poll(() => target.state()).toBe('up, follower')
  await target.actions.freeze!()
  expect(target.state()).toBe('frozen')
  await target.actions.revive!()
  expect(target.state()).toMatch(/^up, /)
})

it('a ttl while leases are off stops every state machine: reads of a lease go on, nothing else', async () => {
  const world = await startRaftWorld({...ambient, hasLeases: false})
  closers.push(() => world.stop())
  const client = await clientOf(world.endpoints)
  const {leader} = await client.waitFor({kind: 'leader'}, 50, systemClock, patience())
  const {endpoints} = world
  const nodes = openNodes({endpoints, timeoutMs: 500, monotonicMs: systemClock.monotonicMs})
  const node = nodes[leader!.id - 1]!
  closers.push(() => node.close())
  const insert = {key: Buffer.from('/a'), value: Buffer.from('x')}
  await node.call('write', {command: {insert}})
  await expect(node.call('write', {command: {insert: {...insert, ttlSecs: 5n}}})).rejects.toMatchObject({code: 4})
  await expect(node.call('write', {command: {insert}})).rejects.toMatchObject({code: 4})
  const status = await client.status(patience())
  expect(status).toMatchObject({leader: null, quorum: true})
  expect(status.problems.join()).toContain('leads a quorum but serves no linearizable read')
  const outcome = await client.planProbe(status, 'x')!.apply(patience())
  expect(outcome).toMatchObject({state: 'unknown', found: {stateMachine: 'stuck', node: leader!.id}})
})

it('a probe of a cluster that applies is done, and moves its revision by one', async () => {
  const world = await startRaftWorld({...ambient, hasLeases: true})
  closers.push(() => world.stop())
  const client = await clientOf(world.endpoints)
  const change = client.planProbe(await client.waitFor({kind: 'leader'}, 50, systemClock, patience()), 'x')!
  expect(change).toMatchObject({system: 'raft', action: 'probe', target: '/opsdeck/probe', destructive: false})
  const outcome = await change.apply(patience())
  const result = outcome.state === 'done' ? outcome.result : undefined
  expect(result).toMatchObject({stateMachine: 'applies'})
  expect(result!.revisionAfter! - result!.revisionBefore!).toBe(1n)
})
