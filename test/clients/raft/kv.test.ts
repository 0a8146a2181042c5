import {beforeEach, describe, expect, test} from 'vitest'
import {RaftKv} from '../../../src/clients/raft/kv.ts'
import type {WriteCommand} from '../../../src/clients/raft/proto.ts'
import {FakeCluster, faults, quickClock} from './fake-nodes.ts'

const signal = new AbortController().signal
const [key, on, off] = [Buffer.from('/k'), Buffer.from('on'), Buffer.from('off')]
const isFence = ({cas}: WriteCommand) => cas?.expected?.length === 24
let cluster: FakeCluster
let kv: RaftKv

beforeEach(() => {
  cluster = new FakeCluster()
  kv = new RaftKv(cluster.nodes, {clock: quickClock(), patienceMs: 2_000, areLeasesOn: false})
})

const put = async (value = on) => (await kv.planPut(key, value, {force: false}, signal)).apply(signal)
const cas = async (expected: Buffer | undefined, value: Buffer, unique = false) =>
  (await kv.planCas(key, value, {expected, unique, force: false}, signal)).apply(signal)

describe('writes', () => {
  test('a plan writes nothing; applied it is done, by the answer', async () => {
    const change = await kv.planPut(key, on, {force: false}, signal)
    expect(cluster.written).toEqual([])
    expect(change).toMatchObject({
      system: 'raft', action: 'put', target: '/k', before: undefined, after: {value: 'on'}, destructive: false,
    })
    expect(change.request).toBe('d_engine.client.RaftClientService/HandleClientWrite insert\nkey: "/k"\nvalue: "on"')
    expect(await change.apply(signal)).toMatchObject({
      state: 'done', result: {knownBy: 'answer', leader: 1, before: null, after: {value: 'on'}},
    })
    expect(cluster.written).toHaveLength(1)
  })

  test('a hidden value is in no word of the plan, the answer or an error', async () => {
    const secret = Buffer.from('hunter2')
    const change = await kv.planPut(key, secret, {force: false, hide: true}, signal)
    const outcome = await change.apply(signal)
    const swap = await kv.planCas(key, on, {expected: secret, unique: false, force: false, hide: true}, signal)
    cluster.data.set('/k', Buffer.from('hunter3'))
    const lost = await swap.apply(signal)
    const removal = await kv.planDelete(key, {hide: true}, signal)
    const error = lost.state === 'not-done' ? [lost.error.message, lost.error.details] : undefined
    expect(error).toBeDefined()
    expect(outcome).toMatchObject({state: 'done', result: {after: {sha256: expect.any(String), sizeBytes: 7}}})
    expect(JSON.stringify([change, outcome, swap, error, removal])).not.toContain('hunter')
  })

  test('a leader that lost its place is left for the next one, and the write sent once more', async () => {
    cluster.onWrite = () => {
      cluster.leader = 3
      cluster.onWrite = () => ({})
      return {isApplied: false, fault: faults.notLeader}
    }
    expect(await put()).toMatchObject({state: 'done', result: {leader: 3}})
  })

  test.each([
    ['applied', true, 'done', 'on'], ['never applied', false, 'not-done', undefined],
  ])('a lost answer is read back behind a fence: %s', async (_, isApplied, state, held) => {
    cluster.onWrite = command => (isFence(command) ? {} : {isApplied, fault: faults.timeout})
    const outcome = await put()
    expect(outcome).toMatchObject({
      state, ...(state === 'done' ? {result: {knownBy: 'read-back'}} : {error: {code: 'NOT_WRITTEN', exit: 4}}),
    })
    expect(cluster.data.get('/k')?.toString()).toBe(held)
    expect(cluster.written.map(isFence)).toEqual([false, true])
  })

  test('a write that is still in the log lands before the fence, and is then known to be done', async () => {
    let late: WriteCommand | undefined
    cluster.onWrite = command => {
      if (!isFence(command)) return (late = command, {isApplied: false, fault: faults.reset})
      if (late) cluster.apply(late)
      return {}
    }
    expect(await put()).toMatchObject({state: 'done', result: {knownBy: 'read-back'}})
  })

  test('without a leader after it the outcome is unknown, and says so', async () => {
    cluster.onWrite = () => {
      cluster.leader = undefined
      return {isApplied: false, fault: faults.timeout}
    }
    expect(await put()).toMatchObject({state: 'unknown', error: {code: 'TIMEOUT'}})
  })

  test('a fence that times out leaves it unknown, with what was found', async () => {
    cluster.onWrite = () => ({isApplied: false, fault: faults.timeout})
    expect(await put()).toMatchObject({state: 'unknown', found: {holds: null, isSettled: false}})
  })

  test('another client wrote meanwhile: unknown, with what is there', async () => {
    cluster.onWrite = command => {
      if (!isFence(command)) return {isApplied: false, fault: faults.reset}
      cluster.data.set('/k', Buffer.from('theirs'))
      return {}
    }
    expect(await put()).toMatchObject({state: 'unknown', found: {holds: {value: 'theirs'}, isSettled: true}})
  })

  test('what the server refuses for good is not tried again', async () => {
    cluster.onWrite = () => ({isApplied: false, fault: {code: 3, details: 'no'}})
    expect(await put()).toMatchObject({state: 'not-done', error: {exit: 3}})
    expect(cluster.written).toHaveLength(1)
  })

  test('a put that "did not succeed" for no reason is looked after, never called a lost swap', async () => {
    cluster.onWrite = command => (isFence(command) ? {} : {answer: {write: {succeeded: false}}})
    expect(await put()).toMatchObject({state: 'done', result: {knownBy: 'read-back'}})
  })

  test('delete asks to be confirmed, and succeeds on what is not there', async () => {
    const change = await kv.planDelete(key, {}, signal)
    expect(change).toMatchObject({destructive: true, warnings: [expect.stringContaining('not there')]})
    expect(await change.apply(signal)).toMatchObject({state: 'done', result: {before: null, after: null}})
  })

  test('an empty value, as of a pipe that failed, is warned of', async () => {
    const empty = Buffer.alloc(0)
    expect((await kv.planPut(key, empty, {force: false}, signal)).warnings).toEqual(['the new value is empty'])
    expect((await kv.planPut(key, on, {force: false}, signal)).warnings).toEqual([])
  })

  test('a TTL is refused before anything is asked', async () => {
    await expect(kv.planPut(key, on, {ttlSecs: 1n, force: false}, signal)).rejects.toMatchObject({
      code: 'TTL_OFF', hint: expect.stringContaining('ctl context set NAME raft.ttl=true'),
    })
    expect(cluster.nodes.flatMap(({calls}) => calls)).toEqual([])
  })

  test('where leases are on, an old TTL that stays is warned of', async () => {
    kv = new RaftKv(cluster.nodes, {clock: quickClock(), patienceMs: 2_000, areLeasesOn: true})
    await put()
    expect((await kv.planPut(key, off, {force: false}, signal)).warnings.join()).toContain('TTL')
    expect((await kv.planPut(key, off, {force: false, ttlSecs: 1n}, signal)).warnings).toEqual([])
  })
})

describe('compare and swap', () => {
  test('absent, equal, empty', async () => {
    expect(await cas(undefined, on)).toMatchObject({state: 'done'})
    expect(await cas(on, Buffer.alloc(0))).toMatchObject({state: 'done'})
    expect(await cas(Buffer.alloc(0), off)).toMatchObject({
      state: 'done', result: {before: {value: ''}, after: {value: 'off'}},
    })
  })

  test('what is other already is lost without being sent', async () => {
    await put()
    await expect(cas(off, on)).rejects.toMatchObject({code: 'CAS_LOST', exit: 7, details: {holds: {value: 'on'}}})
    await expect(cas(undefined, on)).rejects.toMatchObject({code: 'CAS_LOST'})
    expect(cluster.written).toHaveLength(1)
  })

  test('lost on the way: 7 with what is there now', async () => {
    cluster.onWrite = () => {
      cluster.data.set('/k', Buffer.from('theirs'))
      return {}
    }
    expect(await cas(undefined, on)).toMatchObject({
      state: 'not-done', error: {exit: 7, message: expect.stringContaining('theirs')},
    })
  })

  test.each([[true, 'done'], [false, 'unknown']])('a lost answer with a token (%s): %s', async (unique, state) => {
    cluster.onWrite = command => (isFence(command) ? {} : {fault: faults.reset})
    expect(await cas(undefined, on, unique)).toMatchObject({state})
    expect(cluster.written.filter(command => !isFence(command))).toHaveLength(1)
  })
})

describe('reads', () => {
  test('by any policy, in the order of the keys; what is missing is undefined', async () => {
    await put()
    const keys = [Buffer.from('/none'), key]
    for (const policy of ['linearizable', 'lease', 'eventual'] as const) {
      expect((await kv.reader.get(keys, policy, undefined, signal)).values).toEqual([undefined, on])
    }
    expect((await kv.reader.get(keys, 'eventual', 2, signal)).node.id).toBe(2)
    await expect(kv.reader.get(keys, 'lease', 2, signal)).rejects.toMatchObject({code: 'NOT_LEADER', exit: 4})
    await expect(kv.reader.get(keys, 'eventual', 9, signal)).rejects.toMatchObject({code: 'UNKNOWN_NODE', exit: 3})
  })

  test('no node up is said at once; an election is waited for, and then given up', async () => {
    for (const node of cluster.nodes) node.fault = () => faults.refused
    await expect(put()).rejects.toMatchObject({code: 'UNREACHABLE', exit: 4})
    expect(Math.max(...cluster.nodes.map(({calls}) => calls.length))).toBeLessThan(4)
    for (const node of cluster.nodes) node.fault = () => undefined
    cluster.leader = undefined
    await expect(put()).rejects.toMatchObject({
      code: 'NO_LEADER', exit: 4, message: expect.stringContaining('node 2: n2:1: Not leader'),
    })
  })

  test('a scan is told only by a leader that proves itself afterwards', async () => {
    await put()
    const [first] = cluster.nodes
    let reads = 0
    first!.fault = name => {
      if (name === 'read' && (reads += 1) === 2) cluster.leader = 2
      return undefined
    }
    const {node, entries, revision} = await kv.reader.scan(Buffer.from('/'), signal)
    expect([node.id, entries, revision]).toEqual([2, [{key, value: on}], 1n])
    expect(first!.calls).toContain('scan')
  })

  test('entries come by key; an answer that is too large says what to do', async () => {
    for (const name of ['b', 'a', 'c']) cluster.data.set(name, on)
    expect((await kv.reader.scan(Buffer.alloc(0), signal)).entries.map(each => String(each.key))).toEqual([
      'a', 'b', 'c',
    ])
    cluster.nodes[0]!.fault = name =>
      (name === 'scan' ? {code: 8, details: 'the answer has 5 bytes', trouble: 'oversized' as const} : undefined)
    await expect(kv.reader.scan(Buffer.alloc(0), signal)).rejects.toMatchObject({code: 'TOO_LARGE'})
  })
})

test('a node that stands still holds up nobody, and no second call waits for it', async () => {
  const frozen = cluster.nodes[2]!
  let hung = 0
  frozen.call = () => {
    hung += 1
    return new Promise(() => {})
  }
  for (let round = 0; round < 30; round += 1) {
    kv.leader.forget()
    await put()
  }
  expect(hung).toBe(1)
})
