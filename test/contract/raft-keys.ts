import {describe, expect, it} from 'vitest'
import {messageLimitBytes, Policy} from '../../src/clients/raft/proto.ts'
import {
  bytes, cas, folder, notLeader, put, read, remove, scan, until, whole, write, writeAll, type RaftPeers,
} from './raft-trials.ts'

export function writeCases(peers: () => RaftPeers): void {
  describe('writes', () => {
    it('put, delete, delete what is not there', () => whole(peers(), async leader => {
      const at = folder()
      expect(await write(leader, put(`${at}a`, 'one'))).toBe(true)
      expect(await read(leader, [`${at}a`])).toEqual({[`${at}a`]: 'one'})
      expect(await write(leader, remove(`${at}a`))).toBe(true)
      expect(await write(leader, remove(`${at}a`))).toBe(true)
      expect(await read(leader, [`${at}a`])).toEqual({})
    }))

    it('an empty value is a value, an empty key a key', () => whole(peers(), async leader => {
      const at = folder()
      await writeAll(leader, [put(`${at}empty`, ''), put('', 'x')])
      expect(await read(leader, [`${at}empty`, ''])).toEqual({[`${at}empty`]: '', '': 'x'})
    }))

    it('compare-and-swap: absent, equal, different, empty', () => whole(peers(), async leader => {
      const key = `${folder()}cas`
      const tries: [expected: string | undefined, value: string, succeeds: boolean][] = [
        ['v0', 'v1', false], [undefined, 'v1', true], [undefined, 'v2', false], ['v1', 'v2', true],
        ['v1', 'v3', false], ['', 'v3', false], ['v2', '', true], ['', 'v4', true],
      ]
      for (const each of tries) {
        const [expected, value] = each
        expect([expected, value, await write(leader, cas(key, expected, value))]).toEqual(each)
      }
      expect(await read(leader, [key])).toEqual({[key]: 'v4'})
    }))

    it('nothing to do is refused, and so is every write by who does not lead', () =>
      whole(peers(), async (leader, [other]) => {
        const empty = {code: 3, details: 'WriteCommand must contain an operation'}
        await expect(write(leader, {})).rejects.toMatchObject(empty)
        for (const command of [put('/x', 'y'), remove('/x'), cas('/x', undefined, 'y')]) {
          await expect(write(other, command)).rejects.toMatchObject(notLeader)
        }
      }))

    it('a request of more than 4 MiB', () => whole(peers(), async leader => {
      const words = /^Error, decoded message length too large: found \d+ bytes, the limit is: 4194304 bytes$/
      await expect(write(leader, put('/large', 'x'.repeat(messageLimitBytes))))
        .rejects.toMatchObject({code: 11, details: expect.stringMatching(words)})
    }))
  })
}

export function readCases(peers: () => RaftPeers): void {
  describe('reads', () => {
    it.each([['absent', undefined], ['lease', 0], ['linearizable', 1], ['unknown', 9]])(
      'policy %s: the leader answers, the others refuse', (_, policy) => whole(peers(), async (leader, [other]) => {
        const at = folder()
        await write(leader, put(`${at}a`, 'one'))
        expect(await read(leader, [`${at}a`, `${at}none`], policy)).toEqual({[`${at}a`]: 'one'})
        await expect(read(other, [`${at}a`], policy)).rejects.toMatchObject(notLeader)
      }))

    it('eventual: everybody answers, a follower after a while', () => whole(peers(), async (leader, others) => {
      const key = `${folder()}a`
      await write(leader, put(key, 'one'))
      expect(await read(leader, [key], Policy.eventual)).toEqual({[key]: 'one'})
      for (const other of others) await until(async () => (await read(other, [key], Policy.eventual))[key] === 'one')
    }))

    it('scan: any prefix, on the leader only; its revision counts writes', () =>
      whole(peers(), async (leader, [other]) => {
        const at = folder()
        await writeAll(leader, [put(`${at}a`, '1'), put(`${at}b`, '2')])
        const {found, revision} = await scan(leader, at)
        expect(found).toEqual({[`${at}a`]: '1', [`${at}b`]: '2'})
        expect((await scan(leader, at.slice(1, -1))).found).toEqual({})
        expect((await scan(leader, at.slice(0, -1))).found).toMatchObject(found)
        expect((await scan(leader, '')).found).toMatchObject(found)
        await write(leader, cas(`${at}a`, 'wrong', '3'))
        expect(await scan(leader, `${at}none/`)).toEqual({found: {}, revision: revision + 1n})
        await expect(scan(other, at)).rejects.toMatchObject(notLeader)
      }))
  })
}

/** Longer than seven writes and a read take on a busy machine. */
const ttlS = 5n

export function expiryCases(peers: () => RaftPeers): void {
  describe('a time to live', () => {
    it('ends a key without an event; a write without one keeps the end that the key has', () =>
      whole(peers(), async (leader, [other]) => {
        const [renewed, longer, deleted] = ['renewed', 'longer', 'deleted'].map(key => `${folder()}${key}`)
        const events: unknown[] = []
        const stops = await Promise.all([renewed!, longer!, deleted!].map(key => new Promise<() => void>(resolve => {
          const stop: () => void = other.stream('watch', {key: bytes(key)}, {
            opened: () => resolve(stop), item: item => void events.push(item), ended() {},
          })
        })))
        await writeAll(leader, [
          put(renewed!, '1', ttlS), put(renewed!, '2'), put(longer!, '1', ttlS), put(longer!, '2', 60n),
          put(deleted!, '1', ttlS), remove(deleted!), put(deleted!, '2'),
        ])
        const all = () => read(leader, [renewed!, longer!, deleted!])
        expect(await all()).toEqual({[renewed!]: '2', [longer!]: '2', [deleted!]: '2'})
        await until(async () => !(renewed! in await all()))
        expect(await all()).toEqual({[longer!]: '2', [deleted!]: '2'})
        await until(async () => events.length >= 7)
        for (const stop of stops) stop()
        expect(events).toHaveLength(7)
      }))
  })
}
