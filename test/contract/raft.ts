import {describe, expect, it} from 'vitest'
import {systemClock} from '../../src/clients/net/deadline.ts'
import {Policy} from '../../src/clients/raft/proto.ts'
import {expiryCases, readCases, writeCases} from './raft-keys.ts'
import {
  cas, folder, notLeader, put, read, scan, someoneServes, tooLate, until, whole, write, type RaftPeers,
} from './raft-trials.ts'
import {watchCases} from './raft-watches.ts'

export type {RaftPeers} from './raft-trials.ts'

/** What every cluster must do, as d-engine 0.2.4 does it. The cases run in this order, on one cluster. */
export function raftContract(peers: () => RaftPeers): void {
  leaderCases(peers)
  writeCases(peers)
  readCases(peers)
  watchCases(peers)
  expiryCases(peers)
  failureCases(peers)
}

function leaderCases(peers: () => RaftPeers): void {
  describe('who leads', () => {
    it('three voters with their addresses, told by each; the leader serves the read that proves it', () =>
      whole(peers(), async (leader, others) => {
        const voters = Object.entries(peers().endpoints).map(([id, address]) =>
          ({id: Number(id), address, role: 1, status: 3}))
        for (const node of [leader, ...others]) {
          const {nodes = [], leaderId} = await node.call('metadata', {})
          expect({leaderId, voters: nodes.toSorted((a, b) => a.id! - b.id!)}).toEqual({leaderId: leader.id, voters})
        }
        await expect(leader.call('read', {policy: Policy.linearizable})).resolves.not.toHaveProperty('error')
      }))

    it('only the leader answers who leads; the others tell their role by refusing', () =>
      whole(peers(), async (leader, [other]) => {
        const {leaderId, address, term} = await leader.call('discover', {})
        expect({leaderId, address}).toEqual({leaderId: leader.id, address: leader.endpoint})
        expect(term).toBeGreaterThan(0n)
        const refusal = {code: 7, details: 'Follower should not response DiscoverLeader event.'}
        await expect(other.call('discover', {})).rejects.toMatchObject(refusal)
      }))
  })
}

function failureCases(peers: () => RaftPeers): void {
  describe('when nodes fail', () => {
    it('a killed leader: named by the others until one of them leads, in a higher term', () =>
      whole(peers(), async (leader, others) => {
        const {term} = await leader.call('discover', {})
        await peers().kill(leader.id)
        expect((await others[0].call('metadata', {})).leaderId).toBe(leader.id)
        await expect(others[0].call('read', {policy: Policy.linearizable})).rejects.toMatchObject(notLeader)
        await expect(leader.call('metadata', {})).rejects.toMatchObject({code: 14})
        const refused = {code: 14, sent: false, details: expect.stringContaining('ECONNREFUSED')}
        await expect(leader.call('metadata', {})).rejects.toMatchObject(refused)
        await until(() => someoneServes(others))
        await peers().restart(leader.id)
        await whole(peers(), async (next, [one, two]) => {
          expect((await next.call('discover', {})).term).toBeGreaterThan(term!)
          expect([one.id, two.id]).toContain(leader.id)
        })
      }))

    it('a frozen follower answers nothing; the others go on, and it catches up', () =>
      whole(peers(), async (leader, [one, two]) => {
        const key = `${folder()}a`
        await one.call('metadata', {})
        peers().freeze(one.id)
        await expect(one.call('metadata', {})).rejects.toMatchObject({code: 4, sent: true, answered: false})
        expect(await write(leader, put(key, 'x'))).toBe(true)
        await until(async () => (await read(two, [key], Policy.eventual))[key] === 'x')
        peers().thaw(one.id)
        await until(async () => (await read(one, [key], Policy.eventual))[key] === 'x')
      }))

    it('a frozen leader loses its place, and knows it when it wakes', () => whole(peers(), async (leader, others) => {
      await leader.call('metadata', {})
      peers().freeze(leader.id)
      await until(() => someoneServes(others))
      peers().thaw(leader.id)
      const refuses = () => leader.call('read', {policy: Policy.linearizable}).then(() => false, ({code}) => code === 9)
      await until(refuses)
      await whole(peers(), async next => expect(next.id).not.toBe(leader.id))
    }))

    it('without a quorum a leader stays one by its own word, and serves only what needs no other', () =>
      whole(peers(), async (leader, [one, two]) => {
        const [old, late, lock] = ['old', 'late', 'lock'].map(key => `${folder()}${key}`)
        await write(leader, put(old!, 'x'))
        await peers().kill(one.id)
        await peers().kill(two.id)
        // Longer than its lease, on the strength of which it goes on.
        await systemClock.sleep(600)
        await expect(write(leader, put(late!, 'y'))).rejects.toMatchObject(tooLate)
        await expect(write(leader, cas(lock!, undefined, 'me'))).rejects.toMatchObject(tooLate)
        await expect(read(leader, [old!], Policy.linearizable)).rejects.toMatchObject(tooLate)
        await expect(read(leader, [old!], Policy.lease)).rejects.toMatchObject(tooLate)
        expect(await read(leader, [old!], Policy.eventual)).toEqual({[old!]: 'x'})
        expect((await scan(leader, old!)).found).toEqual({[old!]: 'x'})
        expect((await leader.call('metadata', {})).leaderId).toBe(leader.id)
        expect((await leader.call('discover', {})).leaderId).toBe(leader.id)

        await peers().restart(one.id)
        const notReady = {code: 14, details: 'Service is not ready'}
        await until(() => one.call('metadata', {}).then(() => false, ({details}) => details === notReady.details))
        await expect(one.call('discover', {})).rejects.toMatchObject(notReady)
        await expect(write(one, put('/x', 'y'))).rejects.toMatchObject(notReady)
        await expect(read(one, ['/x'], Policy.eventual)).rejects.toMatchObject(notReady)
        await expect(read(leader, [], Policy.linearizable)).rejects.toMatchObject(tooLate)

        await peers().restart(two.id)
        // What had run into the time limit was in the log of the leader all the while.
        await whole(peers(), async next =>
          expect(await read(next, [late!, lock!])).toEqual({[late!]: 'y', [lock!]: 'me'}))
      }))
  })
}
