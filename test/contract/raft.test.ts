import {afterAll, beforeAll, expect, it} from 'vitest'
import {startRaftWorld, type RaftWorld} from '../../src/sandbox/raft/world.ts'
import {raftContract} from './raft.ts'

let world: RaftWorld
beforeAll(async () => {
  world = await startRaftWorld({
    nowMs: () => Date.now(), monotonicMs: () => performance.now(), random: Math.random, hasLeases: true,
  })
})
afterAll(() => world.stop())

const node = (id: number) => world.nodes.find(each => each.id === id)!

raftContract(() => ({
  endpoints: world.endpoints,
  kill: id => node(id).kill(),
  freeze: id => node(id).freeze(),
  thaw: id => node(id).revive(),
  restart: id => node(id).revive(),
}))

it('runs on ports of its own', () => expect(new Set(Object.values(world.endpoints)).size).toBe(3))
