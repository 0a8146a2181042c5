import type {RaftClient} from '../../clients/raft/client.ts'
import type {RaftKv} from '../../clients/raft/kv.ts'
import type {RaftOptions} from '../../clients/raft/node.ts'
import {contextWords, tlsTexts, type OpenTools} from './tools.ts'

/** A node gives up on a client's call after 50 to 100 ms; one that is silent for so long is frozen or gone. */
const longestCallMs = 1_000

/** The client of the context's Raft nodes. UsageError when nothing names any. */
export async function openRaft(tools: OpenTools): Promise<RaftClient> {
  const options = await raftOptions(tools)
  const {RaftClient} = await import('../../clients/raft/client.ts')
  return RaftClient.open(options)
}

/** Keys and values in the context's Raft nodes. */
export async function openRaftKv(tools: OpenTools): Promise<RaftKv> {
  const options = await raftOptions(tools)
  const {RaftKv} = await import('../../clients/raft/kv.ts')
  const {clock} = tools.io
  return RaftKv.open({
    ...options, clock, patienceMs: tools.timeoutMs, areLeasesOn: tools.settings.require('raft').ttl === true,
  })
}

async function raftOptions(tools: OpenTools): Promise<RaftOptions> {
  const {settings, io} = tools
  const {endpoints = {}, tls} = settings.require('raft')
  tools.trace(`raft at ${Object.values(endpoints).join(',')}${contextWords(settings)}`)
  return {
    endpoints, tls: await tlsTexts(tls), timeoutMs: Math.min(tools.timeoutMs, longestCallMs),
    monotonicMs: () => io.clock.monotonicMs(),
  }
}
