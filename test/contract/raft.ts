import {describe, expect, it} from 'vitest'
import {systemClock} from '../../src/clients/net/deadline.ts'
import {RaftClient} from '../../src/clients/raft/client.ts'
import {openNodes, type RaftNode, type RaftOptions} from '../../src/clients/raft/node.ts'
import {messageLimitBytes, Policy, WatchEvent, type WatchResponse, type WriteCommand} from '../../src/clients/raft/proto.ts'

/** Three voters with leases on, numbered from 1, that can be broken. */
export interface RaftPeers {
  endpoints: Record<string, string>
  kill(id: number): Promise<void>
  freeze(id: number): void
  thaw(id: number): unknown
  restart(id: number): unknown
}

const bytes = (text: string) => Buffer.from(text)
const put = (key: string, value: string, ttlSecs?: bigint): WriteCommand => ({insert: {key: bytes(key), value: bytes(value), ttlSecs}})
const remove = (key: string): WriteCommand => ({delete: {key: bytes(key)}})
const cas = (key: string, expected: string | undefined, value: string): WriteCommand =>
  ({cas: {key: bytes(key), expected: expected === undefined ? undefined : bytes(expected), value: bytes(value)}})
const notLeader = {code: 9, details: 'Not leader'}
const tooLate = {code: 4, details: expect.stringMatching(/^(RPC timeout exceeded|(read|write) request timeout)$/)}

/** What every cluster must do, as d-engine 0.2.4 does it. The cases run in this order, on one cluster. */
export function raftContract(peers: () => RaftPeers): void {
  let count = 0
  const folder = () => `/case${(count += 1)}/`
  const optionsOf = (): RaftOptions => ({endpoints: peers().endpoints, timeoutMs: 1_000, monotonicMs: systemClock.monotonicMs})

  /** Once all are ready and name the proven leader: the leader and the two others. */
  async function whole<T>(work: (leader: RaftNode, others: [RaftNode, RaftNode]) => Promise<T>): Promise<T> {
    const client = await RaftClient.open(optionsOf())
    const nodes = openNodes(optionsOf())
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
  const write = async (node: RaftNode, command: WriteCommand) => (await node.call('write', {command})).write?.succeeded ?? false
  const read = async (node: RaftNode, keys: string[], policy?: number) =>
    Object.fromEntries(((await node.call('read', {keys: keys.map(bytes), policy})).read?.results ?? [])
      .map(({key, value}) => [String(key ?? ''), String(value ?? '')]))
  const scan = async (node: RaftNode, prefix: string) => {
    const {entries = [], revision = 0n} = await node.call('scan', {prefix: bytes(prefix)})
    return {revision, found: Object.fromEntries(entries.map(({key, value}) => [String(key ?? ''), String(value ?? '')]))}
  }
  /** One of them serves a linearizable read. */
  const someoneServes = async (nodes: RaftNode[]) =>
    (await Promise.allSettled(nodes.map(node => node.call('read', {policy: Policy.linearizable})))).some(({status}) => status === 'fulfilled')
  /** Asks until it is so. */
  const until = (what: () => Promise<unknown>) => expect.poll(async () => what().catch(() => false), {timeout: 30_000, interval: 50}).toBe(true)

  describe('who leads', () => {
    it('three voters with their addresses, told by each; the leader serves the read that proves it', () => whole(async (leader, others) => {
      for (const node of [leader, ...others]) {
        const {nodes = [], leaderId} = await node.call('metadata', {})
        expect(leaderId).toBe(leader.id)
        expect(nodes.map(({id, address, role, status}) => ({id, address, role, status})).sort((a, b) => a.id! - b.id!))
          .toEqual(Object.entries(peers().endpoints).map(([id, address]) => ({id: Number(id), address, role: 1, status: 3})))
      }
      await expect(leader.call('read', {policy: Policy.linearizable})).resolves.not.toHaveProperty('error')
    }))

    it('only the leader answers who leads; the others tell their role by refusing', () => whole(async (leader, [other]) => {
      const {leaderId, address, term} = await leader.call('discover', {})
      expect({leaderId, address}).toEqual({leaderId: leader.id, address: leader.endpoint})
      expect(term).toBeGreaterThan(0n)
      await expect(other.call('discover', {})).rejects.toMatchObject({code: 7, details: 'Follower should not response DiscoverLeader event.'})
    }))

    it('a watch of the members begins with who they are', () => whole(async (_, [other]) => {
      const first = await new Promise(resolve => {
        const stop = other.stream('watchMembership', {}, {opened() {}, item: item => { stop(); resolve(item) }, ended: resolve})
      })
      expect((first as {members: number[]}).members.toSorted()).toEqual([1, 2, 3])
    }))
  })

  describe('writes', () => {
    it('put, delete, delete what is not there', () => whole(async leader => {
      const at = folder()
      expect(await write(leader, put(`${at}a`, 'one'))).toBe(true)
      expect(await read(leader, [`${at}a`])).toEqual({[`${at}a`]: 'one'})
      expect(await write(leader, remove(`${at}a`))).toBe(true)
      expect(await write(leader, remove(`${at}a`))).toBe(true)
      expect(await read(leader, [`${at}a`])).toEqual({})
    }))

    it('an empty value is a value, an empty key a key', () => whole(async leader => {
      const at = folder()
      await write(leader, put(`${at}empty`, ''))
      await write(leader, put('', 'x'))
      expect(await read(leader, [`${at}empty`, ''])).toEqual({[`${at}empty`]: '', '': 'x'})
    }))

    it('compare-and-swap: absent, equal, different, empty', () => whole(async leader => {
      const key = `${folder()}cas`
      const tries: [string | undefined, string, boolean][] = [
        ['v0', 'v1', false], [undefined, 'v1', true], [undefined, 'v2', false], ['v1', 'v2', true], ['v1', 'v3', false],
        ['', 'v3', false], ['v2', '', true], ['', 'v4', true],
      ]
      for (const [expected, value, succeeds] of tries) expect([expected, await write(leader, cas(key, expected, value))]).toEqual([expected, succeeds])
      expect(await read(leader, [key])).toEqual({[key]: 'v4'})
    }))

    it('nothing to do is refused, and so is every write by who does not lead', () => whole(async (leader, [other]) => {
      await expect(write(leader, {})).rejects.toMatchObject({code: 3, details: 'WriteCommand must contain an operation'})
      for (const command of [put('/x', 'y'), remove('/x'), cas('/x', undefined, 'y')]) {
        await expect(write(other, command)).rejects.toMatchObject(notLeader)
      }
    }))

    it('a request of more than 4 MiB', () => whole(async leader => {
      await expect(write(leader, put('/large', 'x'.repeat(messageLimitBytes)))).rejects.toMatchObject({
        code: 11, details: expect.stringMatching(/^Error, decoded message length too large: found \d+ bytes, the limit is: 4194304 bytes$/),
      })
    }))
  })

  describe('reads', () => {
    it.each([['absent', undefined], ['lease', 0], ['linearizable', 1], ['unknown', 9]])('policy %s: the leader answers, the others refuse', (_, policy) =>
      whole(async (leader, [other]) => {
        const at = folder()
        await write(leader, put(`${at}a`, 'one'))
        expect(await read(leader, [`${at}a`, `${at}none`], policy)).toEqual({[`${at}a`]: 'one'})
        await expect(read(other, [`${at}a`], policy)).rejects.toMatchObject(notLeader)
      }))

    it('eventual: everybody answers, a follower after a while', () => whole(async (leader, others) => {
      const key = `${folder()}a`
      await write(leader, put(key, 'one'))
      expect(await read(leader, [key], Policy.eventual)).toEqual({[key]: 'one'})
      for (const other of others) await until(async () => (await read(other, [key], Policy.eventual))[key] === 'one')
    }))

    it('scan: any prefix, on the leader only; its revision counts writes', () => whole(async (leader, [other]) => {
      const at = folder()
      await write(leader, put(`${at}a`, '1'))
      await write(leader, put(`${at}b`, '2'))
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

  describe('watches', () => {
    /** Watches one prefix or key on two nodes; what each was told. */
    const watched = async (nodes: RaftNode[], key: string, prefix: boolean, prevKv: boolean, work: () => Promise<unknown>, enough: number) => {
      const told = nodes.map((): WatchResponse[] => [])
      const stops = await Promise.all(nodes.map((node, at) => new Promise<() => void>((resolve, reject) => {
        const stop: () => void = node.stream('watch', {key: bytes(key), prefix, prevKv}, {
          opened: () => resolve(stop), item: item => void told[at]!.push(item), ended: reject,
        })
      })))
      await work()
      await expect.poll(() => told.every(each => each.length >= enough), {timeout: 5_000}).toBe(true)
      await systemClock.sleep(200)
      stops.forEach(stop => stop())
      return told.map(each => each.map(item =>
        [item.event ?? 0, String(item.key ?? ''), String(item.value ?? ''), String(item.prevValue ?? ''), item.revision]))
    }

    it('what happens, in order, the same on the leader and a follower; a refused swap is nothing', () => whole(async (leader, [other]) => {
      const at = folder()
      await write(leader, put(`${at}before`, 'x'))
      await until(async () => `${at}before` in await read(other, [`${at}before`], Policy.eventual))
      const work = async () => {
        for (const command of [put(`${at}a`, '1'), put(`${at}a`, '1'), cas(`${at}a`, '9', '2'), cas(`${at}a`, '1', '2'), put(`${at}b`, ''),
          remove(`${at}a`), remove(`${at}a`), put('/elsewhere', 'x')]) await write(leader, command)
      }
      const [mine, theirs] = await watched([leader, other], at, true, true, work, 6)
      const first = mine![0]![4] as bigint
      expect(mine).toEqual([
        [WatchEvent.put, `${at}a`, '1', '', first], [WatchEvent.put, `${at}a`, '1', '1', first + 1n],
        [WatchEvent.put, `${at}a`, '2', '1', first + 3n], [WatchEvent.put, `${at}b`, '', '', first + 4n],
        [WatchEvent.delete, `${at}a`, '', '2', first + 5n], [WatchEvent.delete, `${at}a`, '', '', first + 6n],
      ])
      expect(theirs).toEqual(mine)
    }))

    it('one key, without what it was before', () => whole(async leader => {
      const at = folder()
      const work = async () => {
        for (const command of [put(`${at}a`, '1'), put(`${at}ab`, '2'), put(`${at}a`, '3')]) await write(leader, command)
      }
      const [told] = await watched([leader], `${at}a`, false, false, work, 2)
      expect(told!.map(each => each.slice(0, 4))).toEqual([[0, `${at}a`, '1', ''], [0, `${at}a`, '3', '']])
    }))

    it.each(['/w', 'w/', ''])('a prefix "%s" is refused', prefix => whole(async (_, [other]) => {
      const ended = await new Promise(resolve => {
        other.stream('watch', {key: bytes(prefix), prefix: true}, {opened() {}, item() {}, ended: resolve})
      })
      expect(ended).toMatchObject({code: 3, details: "prefix must start with '/' and end with '/'"})
    }))
  })

  describe('a time to live', () => {
    it('ends a key without an event; a write without one keeps the end that the key has', () => whole(async (leader, [other]) => {
      const at = folder()
      const events: unknown[] = []
      const stop = other.stream('watch', {key: bytes(at), prefix: true}, {opened() {}, item: item => void events.push(item), ended() {}})
      await write(leader, put(`${at}renewed`, '1', 2n))
      await write(leader, put(`${at}renewed`, '2'))
      await write(leader, put(`${at}longer`, '1', 2n))
      await write(leader, put(`${at}longer`, '2', 60n))
      await write(leader, put(`${at}deleted`, '1', 2n))
      await write(leader, remove(`${at}deleted`))
      await write(leader, put(`${at}deleted`, '2'))
      expect((await scan(leader, at)).found).toEqual({[`${at}renewed`]: '2', [`${at}longer`]: '2', [`${at}deleted`]: '2'})
      await until(async () => !(`${at}renewed` in (await scan(leader, at)).found))
      expect(await read(leader, ['renewed', 'longer', 'deleted'].map(key => at + key))).toEqual({[`${at}longer`]: '2', [`${at}deleted`]: '2'})
      stop()
      expect(events).toHaveLength(7)
    }))
  })

  describe('when nodes fail', () => {
    it('a killed leader: named by the others until one of them leads, in a higher term', () => whole(async (leader, others) => {
      const {term} = await leader.call('discover', {})
      await peers().kill(leader.id)
      expect((await others[0].call('metadata', {})).leaderId).toBe(leader.id)
      await expect(others[0].call('read', {policy: Policy.linearizable})).rejects.toMatchObject(notLeader)
      await expect(leader.call('metadata', {})).rejects.toMatchObject({code: 14})
      await expect(leader.call('metadata', {})).rejects.toMatchObject({code: 14, sent: false, details: expect.stringContaining('ECONNREFUSED')})
      await until(() => someoneServes(others))
      await peers().restart(leader.id)
      await whole(async (next, [one, two]) => {
        expect((await next.call('discover', {})).term).toBeGreaterThan(term!)
        expect([one.id, two.id]).toContain(leader.id)
      })
    }))

    it('a frozen follower answers nothing; the others go on, and it catches up', () => whole(async (leader, [one, two]) => {
      const key = `${folder()}a`
      await one.call('metadata', {})
      peers().freeze(one.id)
      await expect(one.call('metadata', {})).rejects.toMatchObject({code: 4, sent: true, answered: false})
      expect(await write(leader, put(key, 'x'))).toBe(true)
      await until(async () => (await read(two, [key], Policy.eventual))[key] === 'x')
      peers().thaw(one.id)
      await until(async () => (await read(one, [key], Policy.eventual))[key] === 'x')
    }))

    it('a frozen leader loses its place, and knows it when it wakes', () => whole(async (leader, others) => {
      await leader.call('metadata', {})
      peers().freeze(leader.id)
      await until(() => someoneServes(others))
      peers().thaw(leader.id)
      await until(async () => leader.call('read', {policy: Policy.linearizable}).then(() => false, ({code}) => code === 9))
      await whole(async next => expect(next.id).not.toBe(leader.id))
    }))

    it('without a quorum a leader stays one by its own word, and serves only what needs no other', () => whole(async (leader, [one, two]) => {
      const at = folder()
      await write(leader, put(`${at}old`, 'x'))
      await peers().kill(one.id)
      await peers().kill(two.id)
      await systemClock.sleep(600)
      await expect(write(leader, put(`${at}new`, 'y'))).rejects.toMatchObject(tooLate)
      await expect(write(leader, cas(`${at}lock`, undefined, 'me'))).rejects.toMatchObject(tooLate)
      for (const policy of [Policy.linearizable, Policy.lease]) await expect(read(leader, [`${at}old`], policy)).rejects.toMatchObject(tooLate)
      expect(await read(leader, [`${at}old`], Policy.eventual)).toEqual({[`${at}old`]: 'x'})
      expect((await scan(leader, at)).found).toEqual({[`${at}old`]: 'x'})
      expect((await leader.call('metadata', {})).leaderId).toBe(leader.id)
      expect((await leader.call('discover', {})).leaderId).toBe(leader.id)

      await peers().restart(one.id)
      const notReady = {code: 14, details: 'Service is not ready'}
      await until(async () => one.call('metadata', {}).then(() => false, ({details}) => details === notReady.details))
      await expect(one.call('discover', {})).rejects.toMatchObject(notReady)
      await expect(write(one, put('/x', 'y'))).rejects.toMatchObject(notReady)
      await expect(read(one, ['/x'], Policy.eventual)).rejects.toMatchObject(notReady)
      await expect(read(leader, [], Policy.linearizable)).rejects.toMatchObject(tooLate)

      await peers().restart(two.id)
      // What had run into the time limit was in the log of the leader all the while.
      await whole(async next => expect(await read(next, [`${at}new`, `${at}lock`])).toEqual({[`${at}new`]: 'y', [`${at}lock`]: 'me'}))
    }))
  })
}
