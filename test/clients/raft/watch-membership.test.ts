import {expect, test} from 'vitest'
import type {Caller} from '../../../src/clients/raft/caller.ts'
import type {StreamListener} from '../../../src/clients/raft/node.ts'
import type {MembershipSnapshot} from '../../../src/clients/raft/proto.ts'
import {watchMembership, type MembershipRecord} from '../../../src/clients/raft/watch-membership.ts'
import {faults, quickClock, rpcError, type Fault} from './fake-nodes.ts'

type Listener = StreamListener<MembershipSnapshot>

class Teller {
  readonly endpoint: string
  readonly id: number
  listener: Listener | undefined
  fault: Fault | undefined

  constructor(id: number) {
    this.id = id
    this.endpoint = `n${id}:1`
  }

  readonly call = () => Promise.reject(new Error('no calls'))

  stream(_: unknown, __: unknown, listener: unknown): () => void {
    this.listener = listener as Listener
    if (this.fault) queueMicrotask(() => this.listener?.ended(rpcError(this.fault!)))
    else queueMicrotask(() => this.listener?.item({members: [3, 1, 2]}))
    return () => {
      this.listener = undefined
    }
  }
}

function follow(tellers: Teller[]) {
  const stop = new AbortController()
  const told: MembershipRecord[] = []
  const ended = (async () => {
    for await (const record of watchMembership(tellers as unknown as Caller[], quickClock(), () => 0.5, stop.signal)) {
      told.push(record)
    }
  })()
  return {stop, told, ended}
}

test('what each node knows, each change, and a node that is away told once', async () => {
  const tellers = [new Teller(1), new Teller(2)]
  tellers[1]!.fault = faults.refused
  const {stop, told, ended} = follow(tellers)
  await expect.poll(() => told.length).toBe(2)
  expect(told).toEqual(expect.arrayContaining([
    {event: 'membership', node: 1, members: [1, 2, 3], learners: [], committedIndex: 0n},
    {event: 'gap', node: 2, reason: 'raft n2:1: connect ECONNREFUSED 127.0.0.1:1'},
  ]))
  tellers[0]!.listener!.item({members: [1, 2, 3], learners: [4], committedIndex: 3n})
  await expect.poll(() => told.at(-1)).toMatchObject({node: 1, learners: [4], committedIndex: 3n})
  tellers[1]!.fault = undefined
  await expect.poll(() => told.at(-1)).toMatchObject({event: 'membership', node: 2})
  stop.abort()
  await ended
  expect(told.filter(({event}) => event === 'gap')).toHaveLength(1)
})

test('when no node can be asked at the beginning it is an error', async () => {
  const tellers = [new Teller(1), new Teller(2)]
  for (const teller of tellers) teller.fault = faults.refused
  await expect(follow(tellers).ended).rejects.toMatchObject({
    exit: 4, message: expect.stringContaining('node 2: n2:1: connect'),
  })
})
