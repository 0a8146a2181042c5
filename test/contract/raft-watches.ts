import {describe, expect, it} from 'vitest'
import {systemClock} from '../../src/clients/net/deadline.ts'
import type {RaftNode} from '../../src/clients/raft/node.ts'
import {Policy, WatchEvent, type WatchResponse} from '../../src/clients/raft/proto.ts'
import {bytes, cas, folder, put, read, remove, until, whole, write, writeAll, type RaftPeers} from './raft-trials.ts'

interface Watched {
  key: string
  prefix: boolean
  prevKv: boolean
}

type Told = [event: number, key: string, value: string, before: string, revision: bigint]

/** What each of the nodes told of `work`, in which `enough` things happen. */
async function watched(
  nodes: readonly RaftNode[], {key, ...request}: Watched, enough: number, work: () => Promise<unknown>,
): Promise<Told[][]> {
  const told = nodes.map((): WatchResponse[] => [])
  const stops = await Promise.all(nodes.map((node, at) => new Promise<() => void>((resolve, reject) => {
    const stop: () => void = node.stream('watch', {key: bytes(key), ...request}, {
      opened: () => resolve(stop), item: item => void told[at]!.push(item), ended: reject,
    })
  })))
  await work()
  await expect.poll(() => told.every(each => each.length >= enough), {timeout: 10_000}).toBe(true)
  // Whatever is told too much comes late.
  await systemClock.sleep(200)
  for (const stop of stops) stop()
  return told.map(each => each.map(({event = 0, key: name, value, prevValue, revision = 0n}): Told =>
    [event, String(name ?? ''), String(value ?? ''), String(prevValue ?? ''), revision]))
}

export function watchCases(peers: () => RaftPeers): void {
  describe('watches', () => {
    it('what happens, in order, the same on the leader and a follower; a refused swap is nothing', () =>
      whole(peers(), async (leader, [other]) => {
        const at = folder()
        const [a, b] = [`${at}a`, `${at}b`]
        await write(leader, put(`${at}before`, 'x'))
        await until(async () => `${at}before` in await read(other, [`${at}before`], Policy.eventual))
        const [mine, theirs] = await watched([leader, other], {key: at, prefix: true, prevKv: true}, 6, () =>
          writeAll(leader, [
            put(a, '1'), put(a, '1'), cas(a, '9', '2'), cas(a, '1', '2'), put(b, ''), remove(a), remove(a),
            put('/elsewhere', 'x'),
          ]))
        const first = mine![0]![4]
        expect(mine).toEqual([
          [WatchEvent.put, a, '1', '', first], [WatchEvent.put, a, '1', '1', first + 1n],
          [WatchEvent.put, a, '2', '1', first + 3n], [WatchEvent.put, b, '', '', first + 4n],
          [WatchEvent.delete, a, '', '2', first + 5n], [WatchEvent.delete, a, '', '', first + 6n],
        ])
        expect(theirs).toEqual(mine)
      }))

    it('one key, without what it was before', () => whole(peers(), async leader => {
      const key = `${folder()}a`
      const [told] = await watched([leader], {key, prefix: false, prevKv: false}, 2, () =>
        writeAll(leader, [put(key, '1'), put(`${key}b`, '2'), put(key, '3')]))
      expect(told!.map(each => each.slice(0, 4))).toEqual([[0, key, '1', ''], [0, key, '3', '']])
    }))

    it.each(['/w', 'w/', ''])('a prefix "%s" is refused', prefix => whole(peers(), async (_, [other]) => {
      const ended = await new Promise(resolve => {
        other.stream('watch', {key: bytes(prefix), prefix: true}, {opened() {}, item() {}, ended: resolve})
      })
      expect(ended).toMatchObject({code: 3, details: "prefix must start with '/' and end with '/'"})
    }))

    it('of the members: it begins with who they are', () => whole(peers(), async (_, [other]) => {
      const first = await new Promise<{members?: number[]}>((resolve, reject) => {
        const stop = other.stream('watchMembership', {}, {
          opened() {},
          item(item) {
            stop()
            resolve(item)
          },
          ended: reject,
        })
      })
      expect(first.members?.toSorted()).toEqual([1, 2, 3])
    }))
  })
}
