import {backoffMs, type Clock} from '../net/deadline.ts'
import {UnreachableError} from '../net/errors.ts'
import {raftError} from './errors.ts'
import type {Caller} from './caller.ts'
import type {MembershipSnapshot} from './proto.ts'
import {WatchQueue} from './watch-queue.ts'

export type MembershipRecord =
  /** The membership by the word of one node; `committedIndex` is 0 until a change was applied since its start. */
  | {event: 'membership'; node: number; members: number[]; learners: number[]; committedIndex: bigint}
  /** This node tells nothing until its next record. */
  | {event: 'gap'; node: number; reason: string}

type Item = {node: Caller} & ({kind: 'told'; snapshot: MembershipSnapshot} | {kind: 'ended'; error: unknown})

interface Tools {
  queue: WatchQueue<Item>
  clock: Clock
  random: () => number
}

const stableMs = 5_000

/**
 * Follows the membership by the word of every node: first what each knows, then each change. They may disagree,
 * since it is not stored: a restarted node goes back to its file. Nothing is said here about who leads. Rejects when
 * no node can be asked at the beginning.
 */
export async function* watchMembership(
  nodes: readonly Caller[], clock: Clock, random: () => number, signal: AbortSignal,
): AsyncGenerator<MembershipRecord> {
  const over = new AbortController()
  const all = AbortSignal.any([signal, over.signal])
  const queue = new WatchQueue<Item>(() => over.abort())
  const failing = new Map<Caller, string>()
  let isBegun = false
  for (const node of nodes) void followNode(node, {queue, clock, random}, all)
  try {
    while (!all.aborted) {
      for (const item of await queue.take(all)) {
        isBegun ||= item.kind === 'told'
        const record = recordOf(item, failing)
        if (!isBegun && failing.size === nodes.length) throw nobody(failing)
        if (record) yield record
      }
    }
  } finally {
    over.abort()
  }
}

/** A node that cannot be reached is told once, not at every new try. */
function recordOf(item: Item, failing: Map<Caller, string>): MembershipRecord | undefined {
  const {node} = item
  if (item.kind === 'told') {
    failing.delete(node)
    const {members = [], learners = [], committedIndex = 0n} = item.snapshot
    return {event: 'membership', node: node.id, members: sorted(members), learners: sorted(learners), committedIndex}
  }
  const isKnown = failing.has(node)
  const reason = item.error === undefined ? 'the node ended the watch' : raftError(item.error, node.endpoint).message
  failing.set(node, reason)
  return isKnown ? undefined : {event: 'gap', node: node.id, reason}
}

/** One stream after the other, until the signal aborts. */
async function followNode(node: Caller, {queue, clock, random}: Tools, signal: AbortSignal): Promise<void> {
  for (let attempt = 0; !signal.aborted; attempt += 1) {
    const sinceMs = clock.monotonicMs()
    const error = await oneStream(node, snapshot => queue.push({kind: 'told', node, snapshot}), signal)
    if (signal.aborted) return
    queue.push({kind: 'ended', node, error})
    if (clock.monotonicMs() - sinceMs > stableMs) attempt = 0
    await clock.sleep(backoffMs(attempt, random, 250, 2_000), signal).catch(() => undefined)
  }
}

function oneStream(
  node: Caller, item: (snapshot: MembershipSnapshot) => void, signal: AbortSignal,
): Promise<unknown> {
  return new Promise(resolve => {
    const close = node.stream('watchMembership', {}, {
      opened: () => undefined,
      item,
      ended: error => {
        signal.removeEventListener('abort', stop)
        resolve(error)
      },
    })
    const stop = () => {
      close()
      resolve(undefined)
    }
    signal.addEventListener('abort', stop, {once: true})
  })
}

function nobody(failing: ReadonlyMap<Caller, string>): UnreachableError {
  const said = [...failing].map(([node, reason]) => `node ${node.id}: ${reason.replace(/^raft /, '')}`)
  return new UnreachableError(`no node tells its members (${said.join('; ')})`, {
    endpoint: [...failing.keys()].map(({endpoint}) => endpoint).join(','), hint: 'ctl raft status shows each node.',
  })
}

function sorted(ids: readonly number[]): number[] {
  return [...ids].sort((a, b) => a - b)
}
